"""The command that writes the archive for the server of a benchmark."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from seedmask.cli.app import Force, app
from seedmask.cli.target import TARGET, TARGET_FIRST, split_words
from seedmask.errors import SeedmaskError


class Server(StrEnum):
    """Benchmarks with a server; `seedmask.export.submission` has each."""

    voc_comp6 = "voc-comp6"
    voc_comp5 = "voc-comp5"
    cityscapes = "cityscapes"
    ade20k = "ade20k"
    coco = "coco"


@app.command(options_metavar=TARGET_FIRST)
def submit(
    words: Annotated[
        list[str],
        typer.Argument(metavar="VARIANT", help="Predictions of the test pictures, like predictions/crf." + TARGET),
    ],
    to: Annotated[Server, typer.Option(help="The benchmark.")],
    out: Annotated[
        Path | None,
        typer.Option(help="The archive.", show_default="a name with the variant and the benchmark, in this folder"),
    ] = None,
    split: Annotated[str, typer.Option(help="Split of the pictures to submit.")] = "test",
    force: Force = False,
) -> None:
    """Write the archive that the server of a benchmark takes, and check it as the server does.

    voc-comp6, voc-comp5 (for what learned from VOC's data alone): palette PNGs in a tar file. cityscapes: PNGs of label
    ids. ade20k: PNGs of 1 to 150. coco: JSON for the detection server, an object for each class of a picture.
    """
    from seedmask.export.submission import write_submission

    target, variants = split_words(words)
    if len(variants) > 1:
        raise SeedmaskError(f"{' '.join(variants)}: submit one variant at a time")
    submission = write_submission(target.results, variants[0], to.value, out, split=split, force=force)
    typer.echo(f"{submission.path}: {submission.pictures:,} pictures, checked")
    for note in submission.notes:
        typer.echo(note)
