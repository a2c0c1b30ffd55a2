"""Commands that look at a configuration before it is run: what is wrong in it, and what would stop its run."""

import importlib
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Annotated, cast

import typer
from rich.console import Console
from rich.markup import escape

from seedmask.cli.app import app, print_table, table_of
from seedmask.cli.target import Words, find_target
from seedmask.config.elsewhere import NetworkFileOptions
from seedmask.config.networks import EncoderOptions, Optimiser, TagNames
from seedmask.config.variant import Variant
from seedmask.errors import InputError, Problem, SeedmaskError
from seedmask.wordnet import Matching, match
from seedmask.wordnet.table import read_words

if TYPE_CHECKING:
    from seedmask.plan import Plan

SHOWN = 5
"""Classes of a tag that are named."""
STYLES = {"ok": "green", "warning": "yellow", "problem": "bold red"}


@app.command()
def check(
    target: Words = None,
) -> None:
    """Check a configuration, its data set's lists, its networks and weak labels; show variants and jobs, run nothing.

    Where a classifier starts from ImageNet's classes, the tags are listed with the classes they were matched to.
    """
    from seedmask.config.stages import is_sharded
    from seedmask.dataset.changes import other_folder
    from seedmask.dataset.listing import current_listing

    plan = find_target(target).plan(current_listing, reads_results=False)
    plan.raise_listed_problems()
    plan.check()
    for note in (*plan.listing.notes, *plan.evaluation.notes()):
        typer.echo(f"note: {note}")
    if other := other_folder(plan.results, plan.listing, plan.config.dataset.root):
        if not other.same:
            raise SeedmaskError(f"{other}; {other.remedy}")
        typer.echo(f"note: {other}; {other.remedy}")
    if problems := broken_networks(plan):
        raise InputError("networks", problems)
    if problems := broken_labels(plan):
        raise InputError("weak labels", problems)
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


@app.command()
def doctor(
    target: Words = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Measure nothing on the spot; times are from earlier results alone.")
    ] = False,
) -> None:
    """Check data, libraries, weights, machine and left-overs; estimate time and disk of what remains.

    Exit status 1 where a problem would stop the run.
    """
    from seedmask.runs.doctor import diagnosis

    plan = find_target(target).plan(reads_results=False)
    console, levels = Console(soft_wrap=True, highlight=False), []
    for finding in diagnosis.check(plan, quick):
        levels.append(finding.level.value)
        level = f"[{STYLES[levels[-1]]}]{levels[-1]:8}[/]"
        console.print(f"{level} {finding.about:14} {escape(str(finding))}")
    problems, warnings = levels.count("problem"), levels.count("warning")
    typer.echo(f"{problems} problem{'s' * (problems != 1)}, {warnings} warning{'s' * (warnings != 1)}")
    if problems:
        raise typer.Exit(1)


def broken_labels(plan: "Plan") -> list[Problem]:
    """Everything that is wrong with the files of weak labels."""
    if not any(options.files() for options in plan.config.of_stage("weak_labels").values()):
        return []  # before any library of arrays is imported
    from seedmask.weak_labels.checking import label_problems

    return label_problems(plan)


def broken_networks(plan: "Plan") -> list[Problem]:
    """Networks that a training could not build: unknown names, parts that do not fit, weights that are not there."""
    counts = max(1, len(plan.listing.classes)), plan.labels.background
    return [*_problems(plan.config.variants(), *counts)]


def _problems(variants: Iterable[tuple[str, Variant]], classes: int, background: bool) -> Iterator[Problem]:
    refusals: dict[str, tuple[str, str] | None] = {}
    for reference, settings in variants:
        encoder = settings.network_options()
        if not isinstance(encoder, EncoderOptions):
            continue
        key = _network_of(settings, encoder)
        if key not in refusals:
            refusals[key] = _refusal(settings, encoder, classes, background)
        if (refusal := refusals[key]) is not None:
            yield Problem(reference, *refusal)


def _network_of(settings: Variant, encoder: EncoderOptions) -> str:
    """All that a network depends on; variants of an ablation mostly differ in their training alone."""
    of_training = {*Optimiser.model_fields, "augmentation", "source", "loss"}
    return repr((settings.network(), encoder.model_dump(exclude=of_training), settings.files()))


def _refusal(settings: Variant, encoder: EncoderOptions, classes: int, background: bool) -> tuple[str, str] | None:
    """What keeps a network from being built, and what to do; None where nothing does."""
    from seedmask.networks.weights import weight_file

    try:
        weight_file(encoder.encoder, encoder.weights)
        _build(settings, classes, background)
    except SeedmaskError as error:
        reason, _, remedy = str(error).rpartition("; ")
        return reason or remedy, remedy if reason else "correct its options"
    except Exception as error:  # noqa: BLE001  a network from another package may raise anything
        reason = f"its network cannot be built ({type(error).__name__}: {error})"
        return reason, "correct its options, or choose another"
    return None


def _build(settings: Variant, classes: int, background: bool) -> None:
    import torch

    from seedmask.training.from_file import network_of_file

    if isinstance(settings, NetworkFileOptions):
        network_of_file(settings, classes, background)
        return
    build = importlib.import_module(settings.network() or "").build
    arguments = settings.network_arguments(classes, background)
    try:
        with torch.device("meta"):
            build(*arguments, first_weights=False)
    except NotImplementedError:  # it looks at numbers as it is built
        build(*arguments, first_weights=False)


def show_matches(plan: "Plan") -> list[str]:
    """Show tags and their classes for the variants that use them; returns those that need a class for more tags.

    Raises:
        SeedmaskError: what the rows of an encoder's head stand for is not known, or `names` are wrong.
    """
    groups: list[tuple[list[str], Matching]] = []
    lacking = []
    for reference, settings in plan.config.variants():
        if isinstance(settings, TagNames) and settings.matches_names():
            matching = _matching(settings, plan.listing.classes)
            lacking += [reference] * bool(settings.needs_every_tag and matching.misses)
            same = next((references for references, other in groups if other == matching), None)
            if same is None:
                groups.append(([reference], matching))
            else:
                same.append(reference)
    for references, matching in groups:
        _show(", ".join(references), matching)
    return lacking


def _matching(settings: TagNames, tags: tuple[str, ...]) -> Matching:
    from seedmask.networks.imagenet_head import head_label_space

    return match(tags, head_label_space(cast("EncoderOptions", settings)), settings.names)


def _show(references: str, matching: Matching) -> None:
    words = read_words()
    tags = len(matching.matches) + len(matching.misses)
    typer.echo(f"{references}: {len(matching.matches)} of {tags} tags have classes of {matching.space.name}")
    table = table_of("tag", "sense", ">rows", "classes")
    for long in (table.columns[1], table.columns[3]):
        long.no_wrap = False
    for one in matching.matches.values():
        classes = [words.lemmas[matching.space.synsets[row]][0] for row in one.rows[:SHOWN]]
        more = ["..."] * (len(one.rows) > SHOWN)
        senses = "; ".join(map(words.described, one.senses))
        table.add_row(one.tag, senses, str(len(one.rows)), ", ".join([*classes, *more]))
    print_table(table)
    for miss in matching.misses.values():
        typer.echo(f"  {miss.tag}: {miss.found}; {miss.remedy}")
    typer.echo()
