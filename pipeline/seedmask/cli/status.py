"""The command that says how far a run is."""

from typing import Annotated

import typer
from rich.console import Console

from seedmask.cli.app import Configuration, app, configuration, print_table


@app.command()
def status(
    files: Configuration = None,
    watch: Annotated[bool, typer.Option("--watch", help="Go on until all is done or Ctrl-C.")] = False,
    every: Annotated[float, typer.Option(min=0.1, help="Seconds between two looks.")] = 2,
) -> None:
    """How far each variant is, from what lies in results/, whoever runs it; nothing is changed."""
    from seedmask.plan import Plan
    from seedmask.runs.progress.display import table_of, watch_on
    from seedmask.runs.progress.state import RunProgress

    survey, console = RunProgress(Plan(configuration(files))), Console()
    if watch:
        watch_on(console, survey.rows, every)
        return
    rows = survey.rows()
    print_table(table_of(rows, console.width if console.is_terminal else 160))
    for row in rows:
        if row.trouble:
            typer.echo(f"\n{row.trouble}")
