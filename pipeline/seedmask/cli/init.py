"""The command that starts with a folder of pictures."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from seedmask.cli.app import Force, app, print_table, table_of

if TYPE_CHECKING:
    from seedmask.intake.write import Setup

MOST_ROWS = 40


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="Folder with pictures, and labels of any kind.")],
    name: Annotated[str | None, typer.Option(help="Name of the data set.", show_default="the folder's")] = None,
    out: Annotated[Path, typer.Option(help="Configuration to write.")] = Path("config.yaml"),
    labels: Annotated[
        str | None, typer.Option(help="Kind of labels to take where there are several, as messages call it.")
    ] = None,
    classes: Annotated[
        str | None, typer.Option(help="Names for labels that hold numbers alone: voc, coco, or a file, one a line.")
    ] = None,
    force: Force = False,
) -> None:
    """Look at a folder of pictures and write a configuration that runs as it is.

    Labels: class folders, a table of tags, VOC, COCO, a pickled `cls_labels.npy`, or truth masks. Pictures stay where
    they are; labels that cannot be read as they are become small text files. Exit status 1 where there are no labels.
    """
    from seedmask.intake.write import folder_name, set_up, summary_lines

    setup = set_up(folder, out, name, labels, classes, force)
    for line in summary_lines(setup):
        typer.echo(line)
    if setup.name != (name or folder_name(folder)):
        typer.echo(f"note: the data set is called {setup.name}; a name has small letters, digits and `_`")
    if setup.complete:
        _print_classes(setup)
    if setup.tables:
        typer.echo(f"wrote {', '.join(setup.files)} in {setup.tables}; pictures stay where they are")
    typer.echo(f"wrote {out}, for {'a GPU' if setup.scale.gpu else 'the CPU'}")
    if setup.tables and not setup.complete:
        typer.echo(
            f"labels are missing: write the tags of each picture into {setup.tables / 'tags.csv'}, behind its name and "
            f"separated by commas (leave it as it is if it shows none of the classes); then `seedmask check {out}`"
        )
        raise typer.Exit(1)
    file = shlex.quote(str(out))
    more = "" if file == "config.yaml" else f" {file}"
    typer.echo(f"next: `seedmask check{more}`, `seedmask doctor{more}`, then `seedmask run{more}`")


def _print_classes(setup: "Setup") -> None:
    """Pictures of each class and split."""
    contents = setup.contents
    splits = contents.split_names()
    table = table_of("class", *(f">{split}" for split in splits))
    pictures = {split: contents.of_split(split) for split in splits}
    for name in contents.classes[:MOST_ROWS] if contents.tags else ():
        counts = (sum(name in contents.tags.get(picture, ()) for picture in pictures[split]) for split in splits)
        table.add_row(escape(name), *map(str, counts))
    if (more := len(contents.classes) - MOST_ROWS) > 0 and contents.tags:
        table.add_row(f"and {more} more", *("" for _ in splits))
    if contents.tags:
        none = (sum(contents.tags.get(picture) == () for picture in pictures[split]) for split in splits)
        table.add_row("none of them", *map(str, none))
    table.add_row("pictures", *(str(len(pictures[split])) for split in splits))
    print_table(table)
