"""The command that says what would stop a run, and how long it will take."""

from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from seedmask.cli.app import Configuration, app, configuration

STYLES = {"ok": "green", "warning": "yellow", "problem": "bold red"}


@app.command()
def doctor(
    files: Configuration = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Measure nothing on the spot; times are from earlier results alone.")
    ] = False,
) -> None:
    """Check data, libraries, weights, machine and left-overs; estimate time and disk of what remains.

    Exit status 1 where a problem would stop the run.
    """
    from seedmask.plan import Plan
    from seedmask.runs.doctor.check import examine

    plan = Plan(configuration(files))
    console, levels = Console(soft_wrap=True, highlight=False), []
    for finding in examine(plan, quick):
        levels.append(finding.level.value)
        level = f"[{STYLES[levels[-1]]}]{levels[-1]:8}[/]"
        console.print(f"{level} {finding.about:14} {escape(str(finding))}")
    problems, warnings = levels.count("problem"), levels.count("warning")
    typer.echo(f"{problems} problem{'s' * (problems != 1)}, {warnings} warning{'s' * (warnings != 1)}")
    if problems:
        raise typer.Exit(1)
