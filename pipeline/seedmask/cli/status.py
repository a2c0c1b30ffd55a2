"""The command that says how far a run is."""

from typing import Annotated

import typer
from rich.console import Console

from seedmask.cli.app import app, print_table
from seedmask.cli.target import Words, find_target


@app.command()
def status(
    target: Words = None,
    watch: Annotated[bool, typer.Option("--watch", help="Go on until all is done or Ctrl-C.")] = False,
    every: Annotated[float, typer.Option(min=0.1, help="Seconds between two looks.")] = 2,
) -> None:
    """How far each variant is, from what lies in results/, whoever runs it; nothing is changed."""
    from seedmask.dataset.changes import classes_change
    from seedmask.runs.progress.display import table_of, watch_on
    from seedmask.runs.progress.state import RunProgress

    plan, console = find_target(target).plan(), Console()
    progress = RunProgress(plan)
    if watch:
        watch_on(console, progress.rows, every)
        return
    rows = progress.rows()
    print_table(table_of(rows, console.width if console.is_terminal else 160))
    if change := classes_change(plan.results, plan.listing):
        typer.echo(f"\nthe list of classes changed since the index was made: {change}")
    for row in rows:
        if row.trouble:
            typer.echo(f"\n{row.trouble}")
