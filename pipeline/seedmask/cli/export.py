"""Commands that take results out: files for other programs, variants side by side, and masks of new pictures."""

from collections.abc import Iterable
from contextlib import nullcontext
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from seedmask.cli.app import Force, app, refuse_to_overwrite
from seedmask.cli.target import TARGET, TARGET_FIRST, split_words
from seedmask.errors import SeedmaskError


class Format(StrEnum):
    """Formats of `export`; `seedmask.export` has a writer for each, that of networks in `onnx_file`."""

    png = "png"
    voc = "voc"
    coco = "coco"
    yolo = "yolo"
    labelstudio = "labelstudio"
    confidence = "confidence"
    heat = "heat"
    tiff = "tiff"
    saliency = "saliency"
    onnx = "onnx"


class Device(StrEnum):
    """Where a network computes."""

    auto = "auto"
    cpu = "cpu"
    cuda = "cuda"


@app.command(options_metavar=TARGET_FIRST)
def export(
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="VARIANT",
            help="A variant, like masks/crf, predictions/crf or seeds/cam." + TARGET,
        ),
    ],
    out: Annotated[Path, typer.Option(help="Folder for the files, named by image.")],
    to: Annotated[Format, typer.Option(help="Format of the files.")] = Format.png,
    document_root: Annotated[
        Path | None, typer.Option(help="With labelstudio: its LOCAL_FILES_DOCUMENT_ROOT, a folder above the pictures.")
    ] = None,
    force: Force = False,
) -> None:
    """Write results for other programs, which name pictures by their path below the folder of the pictures.

    Masks: png (VOC's palette: 0 background, 1 the first class, 255 ignored), voc (the same in VOC's layout), coco
    (JSON), yolo (polygons), labelstudio (tasks to correct). Else: confidence, saliency (grey), heat (over the picture),
    tiff (an activation map for each class). Segmenters: onnx (RGB uint8 N3HW to probabilities, class names inside).
    """
    target, variants = split_words(words)
    if len(variants) > 1:
        raise SeedmaskError(f"{' '.join(variants)}: export one variant at a time")
    if document_root is not None and to is not Format.labelstudio:
        raise SeedmaskError(f"--document-root: is for `--to labelstudio`, not for `--to {to}`; leave it out")
    if to is Format.onnx:
        written, marks = _network(target.results, variants[0], out, force)
    else:
        written, marks = _arrays(target.results, variants[0], out, to, document_root, force)
    typer.echo(f"{written} files in {out}")
    for mark in marks:
        typer.echo(mark)


def _marks(pixel_labels: Iterable[str], made_elsewhere: Iterable[str]) -> list[str]:
    """What a user of a result must know of it, one line each."""
    return [f"uses pixel labels: {way}" for way in pixel_labels] + [f"made elsewhere: {of}" for of in made_elsewhere]


def _arrays(
    results: Path, variant: str, out: Path, to: Format, document_root: Path | None, force: bool
) -> tuple[int, list[str]]:
    from seedmask.export import FORMATS
    from seedmask.export.label_studio import export_label_studio
    from seedmask.export.variants import open_variant

    write = FORMATS[to.value]
    if document_root is not None:
        write = partial(export_label_studio, document_root=document_root)
    written, stored = write(results, variant, out, force=force), open_variant(results, variant)
    return written, _marks(stored.pixel_labels(), stored.made_elsewhere())


def _network(results: Path, variant: str, out: Path, force: bool) -> tuple[int, list[str]]:
    from seedmask.export.onnx_file import export_onnx
    from seedmask.storage.manifest import read_manifest

    written, manifest = export_onnx(results, variant, out, force=force), read_manifest(results, variant)
    return written, _marks(manifest.pixel_labels, manifest.made_elsewhere)


@app.command(options_metavar=TARGET_FIRST)
def compare(
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="VARIANT",
            help="Variants side by side, like seeds/cam masks/crf masks/ppg." + TARGET,
        ),
    ],
    out: Annotated[Path, typer.Option(help="Picture to write, a PNG.")],
    image: Annotated[list[str] | None, typer.Option(help="Image to show; may be given more than once.")] = None,
    count: Annotated[int, typer.Option(min=1, help="Images to choose when none is named.")] = 4,
    force: Force = False,
) -> None:
    """Draw variants side by side on the same pictures: seeds and saliency as heat, the others as labels."""
    from seedmask.report.compare import compare_variants as drawn

    refuse_to_overwrite(out, force)
    target, variants = split_words(words)
    picture = drawn(target.results, variants, image or (), count)
    out.parent.mkdir(parents=True, exist_ok=True)
    picture.save(out, format="PNG")
    typer.echo(str(out))


@app.command(options_metavar=f"{TARGET_FIRST} SEGMENTER")
def predict(
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="PICTURE",
            help="Pictures, and folders of pictures with all below them, behind a segmenter like segmenters/crf or "
            "segmenters/crf.1." + TARGET,
        ),
    ],
    out: Annotated[Path, typer.Option(help="Folder for the masks, named as the pictures are.")],
    overlay: Annotated[bool, typer.Option("--overlay", help="Draw masks over pictures too, in <out>/overlay.")] = False,
    confidence: Annotated[
        bool, typer.Option("--confidence", help="Write each label's probability too, in <out>/confidence, 255 for 1.")
    ] = False,
    like: Annotated[str | None, typer.Option(help="Variant of the predictions to take the views of.")] = None,
    scales: Annotated[
        list[float] | None, typer.Option(min=0.01, help="Size a picture is shown at; may be given more than once.")
    ] = None,
    short_side: Annotated[int | None, typer.Option(min=1, help="Shorter side in pixels at scale 1.")] = None,
    flip: Annotated[bool | None, typer.Option("--flip/--no-flip", help="Show mirror images too.")] = None,
    window: Annotated[int | None, typer.Option(min=1, help="Side in pixels of the sliding window.")] = None,
    window_stride: Annotated[int | None, typer.Option(min=1, help="Step in pixels of the window.")] = None,
    threads: Annotated[int | None, typer.Option(min=1, help="CPU threads; the last bits depend on them.")] = None,
    device: Annotated[Device, typer.Option(help="Where to compute; auto takes a GPU if there is one.")] = Device.auto,
    force: Force = False,
) -> None:
    """Predict new pictures: palette PNGs as `export` writes them, 0 background, 1 the first class.

    Views that are not given are those of the predictions that read the segmenter, as their manifest says, else the
    defaults of docs/config.md. Bad pictures are named at the end, when the others are done; the exit status is 1 then.
    """
    from seedmask.runs.gpus import lease

    target, (segmenter, *pictures) = split_words(words, "segmenter", "segmenters/crf")
    if not pictures:
        raise SeedmaskError(f"{segmenter}: no pictures given; name files or folders behind it")
    given = {
        "scales": tuple(scales) if scales else None,
        "short_side": short_side,
        "flip": flip,
        "window": window,
        "window_stride": window_stride,
        "threads": threads,
    }
    options = {name: value for name, value in given.items() if value is not None}
    # A GPU is leased before torch is imported, so that jobs of a run and this never share one.
    with nullcontext("cpu") if device is Device.cpu else lease() as leased:
        if device is Device.cuda and leased != "cuda":
            raise SeedmaskError("device cuda: no GPU here; take --device cpu, or see `make setup TORCH=cuda`")
        _predict(
            target.results / segmenter,
            list(map(Path, pictures)),
            out,
            (overlay, confidence, force),
            leased,
            like,
            options,
        )


def _predict(
    path: Path,
    pictures: list[Path],
    out: Path,
    choices: tuple[bool, bool, bool],
    device: str,
    like: str | None,
    options: dict[str, Any],
) -> None:
    from seedmask.prediction.files import left_out, predict_files, tasks
    from seedmask.prediction.segmenter import load_segmenter

    overlay, confidence, force = choices
    todo = tasks(pictures, out, overlay=overlay, confidence=confidence, force=force)
    for text in left_out(pictures):
        typer.echo(f"note: {text}")
    segmenter = load_segmenter(path, device=device, like=like, **options)
    typer.echo(f"{segmenter.name} on the {'GPU' if device == 'cuda' else 'CPU'}; {segmenter.describe_views()}")
    typer.echo(f"{predict_files(segmenter, todo)} files of {len(todo)} pictures in {out}")
    for mark in _marks(segmenter.pixel_labels, segmenter.made_elsewhere):
        typer.echo(mark)
