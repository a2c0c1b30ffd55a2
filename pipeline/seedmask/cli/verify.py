"""Commands about what is stored: whether it is whole and fresh, and how it came about."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seedmask.cli.app import app
from seedmask.cli.target import TARGET, TARGET_FIRST, Target, find_target, result_targets, split_words
from seedmask.errors import SeedmaskError

if TYPE_CHECKING:
    from seedmask.plan import Plan
    from seedmask.storage.verify import Damage

DAMAGED, STALE = 1, 3
"""Exit statuses of `verify`; 2 is the command line's own."""


@app.command()
def verify(
    target: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="TARGET", show_default=False, help="Configuration or folder of results (all in results/)."
        ),
    ] = None,
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
    targets = [find_target(target)] if target else result_targets()
    if not targets:
        raise SeedmaskError("results/: holds no results; run snakemake, or name their folder")
    statuses = [_verify(one, clean=clean, repair=repair, prune=prune, yes=yes) for one in targets]
    if status := next((status for status in (DAMAGED, STALE) if status in statuses), 0):
        raise typer.Exit(status)


def _verify(target: Target, *, clean: bool, repair: bool, prune: bool, yes: bool) -> int:
    """Verify one data set's results; the exit status."""
    from seedmask.dataset.changes import other_folder
    from seedmask.runs.provenance.reruns import grouped, stale
    from seedmask.storage import verify as storage
    from seedmask.storage.variants import remove_leftovers

    folder = target.results
    if not folder.exists():
        raise SeedmaskError(f"{folder}: does not exist; run snakemake, which makes it")
    if clean:
        for path in remove_leftovers(folder):
            typer.echo(f"removed {path}")
    problems = _show(storage.verify(folder))
    if repair:
        restored = _repair(folder, problems)
        if restored:  # the shards of a store can be proved only now
            _repair(folder, _show(storage.verify(folder)))
        problems = [problem for problem in problems if not problem.removes and not problem.restores]
    if plan := target.plan_if_known():
        if other := other_folder(folder, plan.listing, plan.config.dataset.root):
            typer.echo(f"{'note: ' * other.same}{other}; {other.remedy}")
        old = stale(plan, plan.variants)
        for name, reasons in grouped(old).items():
            typer.echo(f"{name}: stale: {'; '.join(map(str, reasons))}; snakemake makes it again")
        _unnamed(plan, prune=prune, yes=yes)
    else:
        old = {}
        if prune:
            raise SeedmaskError(f"{folder}: no configuration says what to keep; give the configuration instead")
        typer.echo(f"note: {folder} is not compared with a configuration; to compare it, give that instead")
    if problems:
        return DAMAGED
    typer.echo(f"{folder}: everything is whole" + (f", {len(old)} results are stale" if old else ""))
    return STALE if old else 0


def _show(problems: "list[Damage]") -> "list[Damage]":
    for problem in problems:
        typer.echo(str(problem))
    return problems


def _repair(folder: Path, problems: "list[Damage]") -> bool:
    """Delete or write again what is damaged; whether something was written."""
    from seedmask.storage.verify import repair

    for path in repair(folder, problems):
        typer.echo(f"{'written again' if path.exists() else 'removed'} {path}")
    return any(problem.restores for problem in problems)


def _unnamed(plan: "Plan", *, prune: bool, yes: bool) -> None:
    """List variants that the configuration does not name, or delete them."""
    from seedmask.runs.provenance.reruns import unnamed
    from seedmask.storage.verify import remove_variant

    sizes = unnamed(plan)
    for name, size in sizes.items():
        typer.echo(f"{name}: not named by the configuration, {size / 1e6:.1f} MB; delete it: `seedmask verify --prune`")
    if not sizes or not prune:
        return
    if not yes and not typer.confirm(f"delete {len(sizes)} variants, {sum(sizes.values()) / 1e6:.1f} MB?"):
        raise typer.Abort
    for name in sizes:
        remove_variant(plan.results, name)
        typer.echo(f"removed {name}")


@app.command(options_metavar=TARGET_FIRST)
def explain(
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="RESULT",
            help="A variant, masks/crf; a shard, masks/crf/0003; or a path to them." + TARGET,
        ),
    ],
) -> None:
    """Print how a result came about, and why a run would make it again now.

    Its settings, code, libraries, device and digests, and those of all that it was made from. Exit status 3 where it
    would be made again.
    """
    from seedmask.config.stages import is_sharded
    from seedmask.runs.provenance.history import history
    from seedmask.runs.provenance.reruns import Rerun, grouped, name_of

    target, (result, *more) = split_words(words, "result")
    if more:
        raise SeedmaskError(f"{' '.join([result, *more])}: explain one result at a time")
    plan = target.plan()
    reference, shard = _reference(result, plan)
    for line in history(plan.results, reference, shard):
        typer.echo(line)
    reruns = Rerun(plan)
    if shard or not is_sharded(reference):
        reasons = reruns.reasons(reference, shard)
        results = {name_of(reference, shard): reasons} if reasons else {}
    else:
        results = reruns.of_variant(reference)
    for name, reasons in grouped(results).items():
        typer.echo(f"{name} would be made again:")
        for reason in reasons:
            typer.echo(f"  {reason}")
    if results:
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
