"""The commands that run the workflow, and put right what earlier runs have left."""

import sys
from typing import Annotated

import typer

from seedmask.cli.app import app
from seedmask.cli.target import Words, find_target


@app.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
def run(
    arguments: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[CONFIGURATION]... [SNAKEMAKE]...",
            help="Configurations, of which later ones override earlier ones, by default config.yaml; then any options "
            "and targets of `snakemake`.",
        ),
    ] = None,
) -> None:
    """Make all results of a configuration, or go on with them; every option of `snakemake` is passed on.

    What a killed run, a lost `.snakemake` or a clock that was set back have left is put right first. Without `--cores`
    all cores are used.
    """
    from seedmask.runs.workflow import run_workflow, split_arguments

    sys.exit(run_workflow(*split_arguments(arguments or [])))


@app.command()
def recover(target: Words = None) -> None:
    """Put right what killed runs, a lost `.snakemake` or a clock that was set back have left; say what was done.

    `seedmask run` does it by itself. While another run is alive, nothing is changed.
    """
    from seedmask.runs import recovery

    messages = recovery.recover(find_target(target).plan(reads_results=False))
    for message in messages or ["there is nothing to recover"]:
        typer.echo(message)
