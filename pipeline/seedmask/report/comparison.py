"""Scores of several runs and data sets in one table, and differences from a baseline on the same pictures.

Numbers that were counted by different protocols, or that grew from different families or first weights, do not belong
in one table. What differs is named, and such numbers stand apart.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from seedmask.config.replicates import replica
from seedmask.config.stages import stage_of
from seedmask.errors import SeedmaskError
from seedmask.evaluation.bootstrap import PairedDifference, paired_difference
from seedmask.evaluation.image_counts import COUNTS, read_image_counts
from seedmask.report.scores import Summary, read_score_table, summaries
from seedmask.storage.records import read_proved, read_record

COMPARED = {
    "protocol": "protocol",
    "departures": "departures from it",
    "counting": "counting",
    "pictures": "list of pictures",
    "families": "family",
    "first_weights": "first weights",
}
"""Terms that have to be the same in a table, in words. Views are free: they stand above the table."""


@dataclass(frozen=True)
class ScoredRun:
    """Results of a run.

    Args:
        name: what the table calls it.
        results: its folder.
        rows: its scores, replicates summarised.
    """

    name: str
    results: Path
    rows: tuple[Summary, ...]


@dataclass(frozen=True)
class Line:
    """A line of a table; the difference is None for the baseline itself and for what it cannot be compared with."""

    run: ScoredRun
    row: Summary
    difference: PairedDifference | None = None


def read_runs(folders: Sequence[Path], variants: Sequence[str] = (), split: str | None = None) -> list[ScoredRun]:
    """Scores of some runs.

    Args:
        folders: `results/<data set>` of each.
        variants: those to read, without a replicate's number; all when there are none.
        split: the split to read; all when not given.

    Raises:
        SeedmaskError: a run is not complete, or no run has scores of a variant.
    """
    names = [folder.resolve().name for folder in folders]
    runs = []
    for folder, name in zip(folders, names, strict=True):
        rows = summaries(read_score_table(folder / "report" / "scores.csv"))
        kept = [row for row in rows if row.variant in (variants or [row.variant]) and split in (None, row.split)]
        runs.append(ScoredRun(name if names.count(name) == 1 else str(folder), folder, tuple(kept)))
    missing = [variant for variant in variants if all(row.variant != variant for run in runs for row in run.rows)]
    if missing:
        of = f" of split {split}" if split else ""
        raise SeedmaskError(f"{', '.join(map(str, folders))}: no scores{of} of {', '.join(missing)}")
    return runs


def tables(runs: Sequence[ScoredRun], mixed: bool = False) -> list[list[tuple[ScoredRun, Summary]]]:
    """Rows that belong into one table each: one table if everything agrees, or is of one run.

    Results are compared with those of their split and stage, seeds with those at a threshold that was chosen alike.
    Another data set may have other pictures, but not another protocol.

    Args:
        runs: the runs.
        mixed: whether what does not agree stands in tables of its own.

    Raises:
        SeedmaskError: something does not agree, and `mixed` is off; what differs is named.
    """
    rows = [(run, row) for run in runs for row in run.rows]
    if not mixed:
        if len(runs) > 1 and (problems := list(_disagreements(rows))):
            raise SeedmaskError(
                "these scores do not belong in one table; name variants that agree, or put what differs apart with "
                "--mixed\n" + "\n".join(f"  {problem}" for problem in problems)
            )
        return [rows] if rows else []
    groups: dict[Any, list[tuple[ScoredRun, Summary]]] = {}
    for run, row in rows:
        groups.setdefault((_classes(row), *_identity(row).values()), []).append((run, row))
    return list(groups.values())


def with_differences(
    table: Sequence[tuple[ScoredRun, Summary]], runs: Sequence[ScoredRun], baseline: str | None
) -> list[Line]:
    """Lines of a table, each with its difference from the baseline.

    Args:
        table: one of `tables`.
        runs: all runs, among which the baseline is looked for.
        baseline: a variant, which every line of its run is compared with; or the name or folder of a run, whose same
            variant every line is compared with; or a variant below such a folder, for all lines; None for none.

    Raises:
        SeedmaskError: no run or variant is called so.
    """
    if baseline is None:
        return [Line(run, row) for run, row in table]
    variant, of = _parts(baseline, runs)
    lines = []
    for run, row in table:
        base = of or run
        wanted = (row.split, variant or row.variant)
        found = [one for one in base.rows if (one.split, one.variant) == wanted and _is_like(one, row)]
        same = not found or (base is run and found[0] is row) or found[0].terms.pictures != row.terms.pictures
        lines.append(Line(run, row, None if same else _difference((run, row), (base, found[0]))))
    return lines


def _parts(baseline: str, runs: Sequence[ScoredRun]) -> tuple[str, ScoredRun | None]:
    """Variant of a baseline, and its run, where they are named."""
    variants = {row.variant for run in runs for row in run.rows}
    if baseline in variants:
        return baseline, None
    for run in runs:
        for name in (run.name, str(run.results)):
            if baseline.rstrip("/") == name:
                return "", run
            if (variant := baseline.removeprefix(f"{name}/")) in variants and variant != baseline:
                return variant, run
    known = ", ".join([*(run.name for run in runs), *sorted(variants)])
    raise SeedmaskError(f"--baseline {baseline}: neither a run nor a variant of the table; there are {known}")


def _is_like(baseline: Summary, row: Summary) -> bool:
    """Of seeds, which have several scores, the one at a threshold chosen alike."""
    return stage_of(baseline.variant).holds != "cams" or baseline.threshold_mode == row.threshold_mode


def _difference(result: tuple[ScoredRun, Summary], baseline: tuple[ScoredRun, Summary]) -> PairedDifference:
    first, second = ([*_counts(run, row)] for run, row in (result, baseline))
    return paired_difference([one for one, _ in first], [one for one, _ in second], absent_class=first[0][1])


def _counts(run: ScoredRun, row: Summary) -> Iterator[tuple[np.ndarray, Any]]:
    """Counts of each image in each replicate, and what its protocol makes of absent classes."""
    for number in range(row.runs):
        folder = run.results / "evaluation" / replica(row.variant, number)
        results: Sequence[Mapping[str, Any]] = read_record(folder / "scores.json")["results"]
        keys = [(one["protocol"]["split"], one["protocol"]["threshold_mode"]) for one in results]
        position = keys.index((row.split, row.threshold_mode))
        _, counts = read_image_counts(read_proved(folder / COUNTS), position, len(results[position]["classes"]))
        yield counts, results[position]["protocol"]["absent_class"]


def _disagreements(rows: Sequence[tuple[ScoredRun, Summary]]) -> Iterator[str]:
    for term, word in COMPARED.items():
        groups: dict[Any, dict[str, dict[str, None]]] = {}
        for run, row in rows:
            # Other classes are another data set, whose pictures are others anyway.
            kind = (_kind(row), _classes(row) if term == "pictures" else ())
            text = getattr(row.terms, term) or "none"
            groups.setdefault(kind, {}).setdefault(text, {})[f"{run.name}/{row.variant}"] = None
        for (kind, _), found in groups.items():
            if len(found) > 1:
                texts = "; ".join(f"{text} ({', '.join(names)})" for text, names in found.items())
                yield f"{' '.join(kind)}, {word}: {texts}"


def _kind(row: Summary) -> tuple[str, ...]:
    """What a score is compared with others of."""
    stage = stage_of(row.variant)
    return (row.split, stage.name, *[row.threshold_mode] * (stage.holds == "cams"))


def _classes(row: Summary) -> tuple[str, ...]:
    return tuple(row.classes)


def _identity(row: Summary) -> dict[str, str]:
    return {term: getattr(row.terms, term) for term in COMPARED}
