"""The command that runs the workflow."""

import sys
from typing import Annotated

import typer

from seedmask.cli.app import app


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

    Without `--cores` all cores are used.
    """
    from seedmask.runs.workflow import run_workflow, split_arguments

    sys.exit(run_workflow(*split_arguments(arguments or [])))
