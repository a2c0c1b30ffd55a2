"""Commands that look for mistakes: in a configuration, and in what is stored."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.app import Results, app, print_table, table_of
from pipeline.cli.configuration import read_configuration
from pipeline.errors import InputError


@app.command()
def verify(
    results: Results,
    clean: Annotated[bool, typer.Option("--clean", help="Remove left-over partial files, and nothing else.")] = False,
) -> None:
    """Prove every stored image and network against its manifest; exit status 1 if anything is wrong."""
    from pipeline.storage import verify as storage

    if clean:
        for path in storage.clean(results):
            typer.echo(f"removed {path}")
    problems = storage.verify(results)
    for problem in problems:
        typer.echo(str(problem))
    if problems:
        raise typer.Exit(1)
    typer.echo(f"{results}: everything is whole")


@app.command()
def check(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Configuration; later files override earlier ones. [config.yaml]")
    ] = None,
) -> None:
    """Check a configuration and its data set's lists; show the variants and jobs, running nothing."""
    from pipeline.job import SHARDED
    from pipeline.plan import Plan

    plan = Plan(read_configuration(files or [Path("config.yaml")]))
    if plan.listing.problems:
        raise InputError(f"data set {plan.config.dataset.root}", plan.listing.problems)
    for note in plan.listing.notes:
        typer.echo(f"note: {note}")
    table = table_of("variant", "from", "splits", ">jobs")
    jobs = 2  # index and report
    for reference, settings in plan.config.variants():
        sharded = reference.split("/")[0] in SHARDED
        once = len(plan.manifests(reference)) + bool(settings.fit()) + (reference in plan.scored())
        times = plan.replicates[reference]
        splits = ", ".join(plan.splits(reference)) if sharded else ""
        made_from = [*settings.references(), *["truth"] * settings.reads_truth(), *settings.files()]
        sources = ", ".join(made_from) or ("pictures" if settings.provenance() else "tags")
        table.add_row(reference + (f" × {times}" if times > 1 else ""), sources, splits, str(once * times))
        jobs += once * times
    print_table(table)
    images = len(plan.listing.entries)
    typer.echo(f"{images} images, {len(plan.listing.classes)} classes; {jobs} jobs with index, scores and report")
