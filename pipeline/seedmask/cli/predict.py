"""Commands that use what was trained: a segmenter on new pictures."""

from contextlib import nullcontext
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from seedmask.cli.app import Force, OfResults, app
from seedmask.errors import SeedmaskError


class Device(StrEnum):
    """Where a network computes."""

    auto = "auto"
    cpu = "cpu"
    cuda = "cuda"


@app.command()
def predict(
    segmenter: Annotated[str, typer.Argument(help="Which segmenter, like segmenters/crf, or segmenters/crf.1.")],
    pictures: Annotated[list[Path], typer.Argument(help="Pictures, and folders of pictures with all below them.")],
    out: Annotated[Path, typer.Option(help="Folder for the masks, named as the pictures are.")],
    results: OfResults,
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
    with nullcontext("cpu") if device is Device.cpu else lease() as found:
        if device is Device.cuda and found != "cuda":
            raise SeedmaskError("device cuda: no GPU here; take --device cpu, or see `make setup TORCH=cuda`")
        _predict(results / segmenter, pictures, out, (overlay, confidence, force), found, like, options)


def _predict(
    path: Path,
    pictures: list[Path],
    out: Path,
    choices: tuple[bool, bool, bool],
    device: str,
    like: str | None,
    options: dict[str, Any],
) -> None:
    from seedmask.prediction.files import predict_files, tasks
    from seedmask.prediction.segmenter import load_segmenter

    overlay, confidence, force = choices
    todo = tasks(pictures, out, overlay=overlay, confidence=confidence, force=force)
    segmenter = load_segmenter(path, device=device, like=like, **options)
    typer.echo(f"{segmenter.name} on the {'GPU' if device == 'cuda' else 'CPU'}; {segmenter.describe_views()}")
    typer.echo(f"{predict_files(segmenter, todo)} files of {len(todo)} pictures in {out}")
    for way in segmenter.pixel_labels:
        typer.echo(f"uses pixel labels: {way}")
