"""The command-line application, and what its commands share."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from typer.core import TyperGroup

from seedmask.errors import SeedmaskError


class _PlainErrors(TyperGroup):
    """Prints an error meant for the user without a traceback; the exit status is 1."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except SeedmaskError as error:
            typer.echo(f"seedmask: {error}", err=True)
            raise typer.Exit(1) from None


app = typer.Typer(
    cls=_PlainErrors,
    help="From pictures with cheap labels to masks: set up a run, run it, look at its results and take them out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Force = Annotated[bool, typer.Option("--force", help="Overwrite files that are there.")]


def refuse_to_overwrite(path: Path | None, force: bool) -> None:
    """Stop before a file that is there is lost.

    Raises:
        SeedmaskError: it is there, and `force` is off.
    """
    if path and path.exists() and not force:
        raise SeedmaskError(f"{path} is there already; choose another name, or overwrite with --force")


def marked(name: str, pixel_labels: Any, made_elsewhere: Any = ()) -> str:
    """A name with a star where truth masks went in, and a dagger where another program made a part."""
    return name + " *" * bool(pixel_labels) + " †" * bool(made_elsewhere)


def explain_mark(pixel_labels: Iterable[Any]) -> None:
    """Say what a star stands for, where there is one."""
    if any(pixel_labels):
        typer.echo("* uses pixel labels: a bound, not a result")


def explain_origins(made_elsewhere: Iterable[str]) -> None:
    """Say what daggers stand for, where there are any."""
    for origins in dict.fromkeys(filter(None, made_elsewhere)):
        typer.echo(f"† made elsewhere: {origins}")


def table_of(*headings: str) -> Table:
    """Headings that start with `>` stand over numbers."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        table.add_column(heading.lstrip(">"), justify="right" if heading.startswith(">") else "left", no_wrap=True)
    return table


def print_table(table: Table) -> None:
    """Print a table, whole also where there is no terminal."""
    console = Console()
    # A file or a pipe has no width; its lines must not be cut.
    Console(width=None if console.is_terminal else 160).print(table)
