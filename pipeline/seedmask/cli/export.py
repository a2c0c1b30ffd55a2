"""Commands that take results out: as files for other programs, and side by side as one picture."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from seedmask.cli.app import Force, OfResults, app, refuse_to_overwrite


class Format(StrEnum):
    """Formats of `export`; `seedmask.export` has a writer for each but that of networks, in `pipeline.use`."""

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


@app.command()
def export(
    variant: Annotated[str, typer.Argument(help="Which results, like masks/crf, predictions/crf or seeds/cam.")],
    out: Annotated[Path, typer.Option(help="Folder for the files, named by image.")],
    results: OfResults,
    to: Annotated[Format, typer.Option(help="Format of the files.")] = Format.png,
    force: Force = False,
) -> None:
    """Write results for other programs.

    Masks: png (VOC's palette: 0 background, 1 the first class, 255 ignored), voc (the same in VOC's layout), coco
    (JSON), yolo (polygons), labelstudio (tasks to correct). Else: confidence, saliency (grey), heat (over the picture),
    tiff (an activation map for each class). Segmenters: onnx (RGB uint8 N3HW to probabilities, class names inside).
    """
    written, ways = (_network if to is Format.onnx else _arrays)(results, variant, out, to, force)
    typer.echo(f"{written} files in {out}")
    for way in ways:
        typer.echo(f"uses pixel labels: {way}")


def _arrays(results: Path, variant: str, out: Path, to: Format, force: bool) -> tuple[int, tuple[str, ...]]:
    from seedmask.export import FORMATS
    from seedmask.export.variants import open_variant

    return FORMATS[to.value](results, variant, out, force=force), open_variant(results, variant).pixel_labels()


def _network(results: Path, variant: str, out: Path, _: Format, force: bool) -> tuple[int, tuple[str, ...]]:
    from seedmask.export.onnx_file import export_onnx
    from seedmask.storage.manifest import read_manifest

    return export_onnx(results, variant, out, force=force), read_manifest(results, variant).pixel_labels


@app.command()
def compare(
    variants: Annotated[list[str], typer.Argument(help="Results side by side, like seeds/cam masks/crf masks/ppg.")],
    out: Annotated[Path, typer.Option(help="Picture to write, a PNG.")],
    results: OfResults,
    image: Annotated[list[str] | None, typer.Option(help="Image to show; may be given more than once.")] = None,
    count: Annotated[int, typer.Option(min=1, help="Images to choose when none is named.")] = 4,
    force: Force = False,
) -> None:
    """Draw variants side by side on the same pictures: seeds and saliency as heat, the others as labels."""
    from seedmask.report.compare import compare_variants as drawn

    refuse_to_overwrite(out, force)
    picture = drawn(results, variants, image or (), count)
    out.parent.mkdir(parents=True, exist_ok=True)
    picture.save(out, format="PNG")
    typer.echo(str(out))
