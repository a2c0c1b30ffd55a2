"""The command that starts with a folder of pictures."""

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.prompt import Prompt

from seedmask.cli.app import Force, app, print_table, refuse_to_overwrite, table_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from seedmask.intake.options import QuestionError, ReadingOptions
    from seedmask.intake.write import Setup

MOST_ROWS, MOST_EXAMPLES = 40, 6


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="Folder with pictures, and labels of any kind.")],
    name: Annotated[str | None, typer.Option(help="Name of the data set.", show_default="the folder's")] = None,
    out: Annotated[Path, typer.Option(help="Configuration to write.")] = Path("config.yaml"),
    labels: Annotated[
        str | None, typer.Option(help="Kind of labels, or file of labels, where there are several.")
    ] = None,
    image_column: Annotated[str | None, typer.Option(help="Column of a table that names the pictures.")] = None,
    label_column: Annotated[
        list[str] | None,
        typer.Option(help="Column of a table that holds tags; again for more; `each` for a column of each class."),
    ] = None,
    separator: Annotated[
        str | None, typer.Option(help="What stands between the tags of one cell; `none` where it is one tag.")
    ] = None,
    split_from: Annotated[
        str | None, typer.Option(help="What gives splits: labels, folders, or none, which makes all train.")
    ] = None,
    masks: Annotated[
        str | None, typer.Option(help="Folder of truth masks below the folder; `none` leaves masks out.")
    ] = None,
    classes: Annotated[
        str | None, typer.Option(help="Names for labels that hold numbers alone: voc, coco, or a file, one a line.")
    ] = None,
    bands: Annotated[
        str | None, typer.Option(help="Bands of TIFFs that become red, green, blue: 3,2,1; or one that becomes grey.")
    ] = None,
    value_range: Annotated[
        str | None, typer.Option("--range", help="Values that become 0 and 255: 0,4000; or percentiles: 2%,98%.")
    ] = None,
    unmatched: Annotated[bool, typer.Option("--unmatched", help="Leave labels out that name no picture.")] = False,
    preview: Annotated[
        Path | None, typer.Option(help="Draw twelve pictures with their tags and masks: an .html or .png.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Report the reading, and write nothing.")] = False,
    force: Force = False,
) -> None:
    """Look at a folder of pictures and write a configuration that runs as it is.

    Labels: class folders, tables, truth masks, and the files of known tools (docs/own-data.md). Pictures stay where
    they are; labels that cannot be read as they are become small text files. Where a folder can be read in several
    ways, it asks at a terminal, and else names the option that decides. Exit status 1 where there are no labels.
    """
    from seedmask.intake.options import ReadingOptions
    from seedmask.intake.preview import write_preview
    from seedmask.intake.write import folder_name, set_up, summary_lines

    refuse_to_overwrite(preview, force)
    options = ReadingOptions(
        labels, image_column, tuple(label_column or ()), separator, split_from, masks, classes, unmatched=unmatched
    ).with_pictures(bands, value_range)
    setup = _answered(lambda chosen: set_up(folder, out, name, chosen, force, write=not dry_run), options)
    for line in summary_lines(setup):
        typer.echo(line)
    if setup.name != (name or folder_name(folder)):
        typer.echo(
            f"note: the data set is called {setup.name}; a name has small letters, digits and `_`, and is of one folder"
        )
    if setup.complete:
        _print_classes(setup)
        _print_examples(setup)
    if preview:
        write_preview(preview, setup.contents)
        typer.echo(f"wrote {preview}: look at it before you run")
    if dry_run:
        typer.echo("nothing else was written, as --dry-run says")
        raise typer.Exit(0 if setup.complete else 1)
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


def _answered(attempt: "Callable[[ReadingOptions], Setup]", options: "ReadingOptions") -> "Setup":
    """The outcome of an attempt; questions are asked where a person sits at a terminal.

    Raises:
        QuestionError: there is a question, and nobody to answer.
    """
    from seedmask.intake.options import QuestionError

    while True:
        try:
            return attempt(options)
        except QuestionError as question:
            if not _can_be_asked():
                raise
            options = options.answered(question, _ask(question))


def _can_be_asked() -> bool:
    """Whether a person sits at a terminal."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def _ask(question: "QuestionError") -> str:
    """Value of the choice that a person makes."""
    typer.echo(f"{question.found}. Which reading is right?")
    for number, choice in enumerate(question.choices, start=1):
        typer.echo(f"  {number}  {choice.says}   (--{question.option.replace('_', '-')} {choice.value})")
    numbers = [str(number) for number in range(1, len(question.choices) + 1)]
    return question.choices[int(Prompt.ask("number", choices=numbers)) - 1].value


def _print_examples(setup: "Setup") -> None:
    """Some pictures with what was read, so that a person sees what is wrong."""
    from seedmask.intake.preview import examples

    contents = setup.contents
    masks = {*(contents.masks.of if contents.masks else ()), *contents.drawings}
    table = table_of("for example", "split", "tags", "mask")
    for image in examples(contents, MOST_EXAMPLES):
        tags = contents.tags.get(image)
        said = "not known" if tags is None else ", ".join(tags) or "none of them"
        table.add_row(
            *map(escape, (contents.id(image), contents.splits[image], said)), "yes" if image in masks else "no"
        )
    print_table(table)


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
