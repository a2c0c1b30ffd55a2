"""The command that looks for mistakes in a configuration."""

import typer

from seedmask.cli.app import Configuration, app, configuration, print_table, table_of
from seedmask.errors import InputError, SeedmaskError


@app.command()
def check(
    files: Configuration = None,
) -> None:
    """Check a configuration, its data set's lists and its networks; show the variants and jobs, running nothing.

    Where a classifier starts from ImageNet's classes, the tags are listed with the classes they were matched to.
    """
    from seedmask.cli.matches import show_matches
    from seedmask.cli.networks import broken_networks
    from seedmask.config.stages import is_sharded
    from seedmask.dataset.listing import make_listing
    from seedmask.plan import Plan

    plan = Plan(configuration(files), make_listing)
    plan.check()
    if plan.listing.problems:
        raise InputError(f"data set {plan.config.dataset.root}", plan.listing.problems)
    for note in plan.listing.notes:
        typer.echo(f"note: {note}")
    if problems := broken_networks(plan):
        raise InputError("networks", problems)
    lacking = show_matches(plan)
    table = table_of("variant", "from", "splits", ">jobs")
    jobs = len(plan.shards()) + 2  # index and report
    for reference, settings in plan.config.variants():
        sharded = is_sharded(reference)
        once = len(plan.manifests(reference)) + bool(settings.fit()) + (reference in plan.evaluation.scored())
        times = plan.replicates[reference]
        splits = ", ".join(plan.splits(reference)) if sharded else ""
        made_from = [*settings.references(), *["truth"] * settings.reads_truth(), *settings.files()]
        sources = ", ".join(made_from) or ("pictures" if settings.provenance() else "tags")
        table.add_row(reference + (f" × {times}" if times > 1 else ""), sources, splits, str(once * times))
        jobs += once * times
    print_table(table)
    images = len(plan.listing.entries)
    typer.echo(f"{images} images, {len(plan.listing.classes)} classes; {jobs} jobs with index, scores and report")
    if lacking:
        raise SeedmaskError(f"{', '.join(lacking)}: every tag needs a class of its own (above)")
