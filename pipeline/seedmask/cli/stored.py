"""Commands about what is stored: whether it is whole and fresh, and how it came about."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seedmask.cli.app import app, configuration
from seedmask.errors import SeedmaskError

if TYPE_CHECKING:
    from seedmask.plan import Plan
    from seedmask.storage.verify import Damage

DAMAGED, STALE = 1, 3
"""Exit statuses of `verify`; 2 is the command line's own."""

Config = Annotated[
    list[Path] | None,
    typer.Option("--config", help="Configuration; several are merged in order. [config.yaml, if of this data set]"),
]


@app.command()
def verify(
    results: Annotated[
        Path | None, typer.Argument(help="Folder of a data set's results, like results/stamps. [all in results/]")
    ] = None,
    config: Config = None,
    clean: Annotated[bool, typer.Option("--clean", help="Remove left-over partial files, and nothing else.")] = False,
    repair: Annotated[
        bool, typer.Option("--repair", help="Delete what is damaged, so that snakemake makes just that again.")
    ] = False,
    prune: Annotated[bool, typer.Option("--prune", help="Delete what the configuration does not name.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before `--prune` deletes.")] = False,
) -> None:
    """Prove every stored file; list what the configuration would make again and what it does not name.

    Exit status: 0 all is whole (or was repaired) and fresh, 1 something is damaged or not finished, 3 something is
    stale. Nothing is changed without one of the three options.
    """
    folders = [results] if results else sorted(path.parent for path in Path("results").glob("*/index"))
    if not folders:
        raise SeedmaskError("results/: holds no results; run snakemake, or name their folder")
    found = [_verify(folder, config, clean=clean, repair=repair, prune=prune, yes=yes) for folder in folders]
    if status := next((status for status in (DAMAGED, STALE) if status in found), 0):
        raise typer.Exit(status)


def _verify(folder: Path, config: list[Path] | None, *, clean: bool, repair: bool, prune: bool, yes: bool) -> int:
    """Look at one data set's results; the exit status."""
    from seedmask.runs.provenance.reruns import grouped, stale
    from seedmask.storage import verify as storage
    from seedmask.storage.variants import clean as remove_leftovers

    if clean:
        for path in remove_leftovers(folder):
            typer.echo(f"removed {path}")
    problems = _told(storage.verify(folder))
    if repair:
        restored = _repair(folder, problems)
        if restored:  # the shards of a store can be proved only now
            _repair(folder, _told(storage.verify(folder)))
        problems = [problem for problem in problems if not problem.removes and not problem.restores]
    if plan := _plan_of(folder, config):
        old = stale(plan, plan.variants)
        for name, reasons in grouped(old).items():
            typer.echo(f"{name}: stale: {'; '.join(map(str, reasons))}; snakemake makes it again")
        _unnamed(plan, prune=prune, yes=yes)
    else:
        old = {}
        if prune:
            raise SeedmaskError(f"{folder}: no configuration says what to keep; name it with --config")
        typer.echo(f"note: {folder} is not compared with a configuration; name its own with --config")
    if problems:
        return DAMAGED
    typer.echo(f"{folder}: everything is whole" + (f", {len(old)} results are stale" if old else ""))
    return STALE if old else 0


def _told(problems: "list[Damage]") -> "list[Damage]":
    for problem in problems:
        typer.echo(str(problem))
    return problems


def _repair(folder: Path, problems: "list[Damage]") -> bool:
    """Delete or write anew what is damaged; whether something was written."""
    from seedmask.storage.verify import repair

    for path in repair(folder, problems):
        typer.echo(f"{'written anew' if path.exists() else 'removed'} {path}")
    return any(problem.restores for problem in problems)


def _plan_of(folder: Path, config: list[Path] | None) -> "Plan | None":
    """The configuration of some results; None where none is named and config.yaml is not theirs."""
    from seedmask.plan import Plan

    if not config and not Path("config.yaml").exists():
        return None
    plan = Plan(configuration(config))
    if plan.results.resolve() == folder.resolve():
        return plan
    if config:
        raise SeedmaskError(f"{config[-1]}: makes {plan.results}, not {folder}; name the one of these results")
    return None


def _unnamed(plan: "Plan", *, prune: bool, yes: bool) -> None:
    """List variants that the configuration does not name, or delete them."""
    from seedmask.runs.provenance.reruns import unnamed
    from seedmask.storage.verify import remove_variant

    found = unnamed(plan)
    for name, size in found.items():
        typer.echo(f"{name}: not named by the configuration, {size / 1e6:.1f} MB; delete it: `seedmask verify --prune`")
    if not found or not prune:
        return
    if not yes and not typer.confirm(f"delete {len(found)} variants, {sum(found.values()) / 1e6:.1f} MB?"):
        raise typer.Abort
    for name in found:
        remove_variant(plan.results, name)
        typer.echo(f"removed {name}")


@app.command()
def explain(
    result: Annotated[str, typer.Argument(help="A variant, masks/crf; a shard, masks/crf/0003; or a path to them.")],
    config: Config = None,
) -> None:
    """Print how a result came about, and why a run would make it again now.

    Its settings, code, libraries, device and digests, and those of all that it was made from. Exit status 3 where it
    would be made again.
    """
    from seedmask.config.stages import is_sharded
    from seedmask.plan import Plan
    from seedmask.runs.provenance.history import history
    from seedmask.runs.provenance.reruns import Rerun, grouped, name_of

    plan = Plan(configuration(config))
    reference, shard = _reference(result, plan)
    for line in history(plan.results, reference, shard):
        typer.echo(line)
    again = Rerun(plan)
    if shard or not is_sharded(reference):
        reasons = again.reasons(reference, shard)
        found = {name_of(reference, shard): reasons} if reasons else {}
    else:
        found = again.of_variant(reference)
    for name, reasons in grouped(found).items():
        typer.echo(f"{name} would be made again:")
        for reason in reasons:
            typer.echo(f"  {reason}")
    if found:
        raise typer.Exit(STALE)
    typer.echo("nothing of it would be made again")


def _reference(result: str, plan: "Plan") -> tuple[str, str | None]:
    """Variant and shard that a user names, as a path below the results or from here."""
    from seedmask.config.stages import is_sharded

    parts = Path(result.removesuffix(".json")).parts
    if parts[: len(plan.results.parts)] == plan.results.parts:
        parts = parts[len(plan.results.parts) :]
    reference, shards = "/".join(parts[:2]), [part for part in parts[2:] if part not in ("manifests", "manifest")]
    if reference not in plan.variants:
        raise SeedmaskError(f"{result}: the configuration has no such variant; it has {', '.join(plan.variants)}")
    if not is_sharded(reference) or not shards:
        return reference, None
    if shards[0] not in (known := plan.shards(reference)):
        raise SeedmaskError(f"{result}: there is no such shard; {reference} has {known[0]} to {known[-1]}")
    return reference, shards[0]
