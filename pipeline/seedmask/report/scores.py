"""Scores of all variants as one list, for the page, for `scores.csv` and for the terminal."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, field
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

import numpy as np

from seedmask.config.replicates import split as split_replicate
from seedmask.report.tables import as_table, cell_of, number_in, read_table
from seedmask.report.terms import TERMS, Terms, terms_of
from seedmask.storage.records import read_record

NUMBERS = (
    "miou",
    "boundary_miou",
    "pixel_accuracy",
    "foreground_false_positive",
    "foreground_false_negative",
)
"""Scores of a whole set, 0..1 each."""
COLUMNS = ("split", "variant", "replicate", "threshold_mode", "threshold", "pixel_labels", "made_elsewhere", *NUMBERS,
           "images", "classes_averaged", *TERMS)  # fmt: skip
IOU = "iou "
"""Prefix of the columns of single classes."""
PIXEL_LABELS_HERE = "threshold chosen with truth masks"


@dataclass(frozen=True)
class Score:
    """One result of a variant, on a split and for one way to select the threshold."""

    split: str
    variant: str
    replicate: int
    """0 for a variant that is trained once."""
    threshold_mode: str
    threshold: float | None
    pixel_labels: str
    """How truth masks were used; empty if they were not."""
    made_elsewhere: str
    """What another program made, and its family; empty if this workflow made everything."""
    numbers: Mapping[str, float | None]
    images: int
    classes_averaged: int
    terms: Terms
    classes: Mapping[str, float | None]
    """IoU by class name, background first where there is one."""
    curve: tuple[tuple[float, float], ...] = ()
    """Threshold and mIoU, for seeds."""
    groups: Mapping[str, float | None] = field(default_factory=dict)
    """MIoU of the most frequent third of the classes, the middle and the rarest."""
    confusion: tuple[tuple[int, ...], ...] = ()
    """Pixels by truth (row) and label (column), background first where there is one."""


def read_scores(results: Path, scored: Iterable[str]) -> list[Score]:
    """Scores of some variants, in their order.

    Raises:
        SeedmaskError: a variant has not been scored.
    """
    scores = []
    for reference in scored:
        path = results / "evaluation" / reference / "scores.json"
        value = read_record(path)
        scores += [_score(reference, result, value) for result in value["results"]]
    return scores


def _score(reference: str, result: Mapping[str, Any], marks: Mapping[str, Sequence[str]]) -> Score:
    protocol = result["protocol"]
    here = protocol["threshold_mode"] == "oracle" and not marks["pixel_labels"]
    variant, replicate = split_replicate(reference)
    return Score(
        split=protocol["split"],
        variant=variant,
        replicate=replicate,
        threshold_mode=protocol["threshold_mode"],
        threshold=protocol["threshold"],
        pixel_labels=PIXEL_LABELS_HERE if here else "; ".join(marks["pixel_labels"]),
        made_elsewhere="; ".join(marks["made_elsewhere"]),
        numbers={name: result[name] for name in NUMBERS},
        images=result["images"],
        classes_averaged=result["classes_averaged"],
        terms=terms_of(protocol),
        classes={entry["name"]: entry["iou"] for entry in result["classes"]},
        curve=tuple((t, miou) for t, miou in result.get("curve", ()) if miou is not None and math.isfinite(miou)),
        groups={name: group["miou"] for name, group in result["groups"].items()},
        confusion=tuple(map(tuple, result["confusion"])),
    )


def scores_csv(scores: Sequence[Score], names: Sequence[str]) -> bytes:
    """A table for spreadsheets, one line per score, with `iou <label>` after the common columns.

    Args:
        scores: one a line.
        names: of the labels.
    """
    lines = [
        [
            *(s.split, s.variant, s.replicate, s.threshold_mode, cell_of(s.threshold)),
            *(s.pixel_labels, s.made_elsewhere),
            *(cell_of(s.numbers[name]) for name in NUMBERS),
            *(s.images, s.classes_averaged, *astuple(s.terms)),
            *(cell_of(s.classes[name]) for name in names),
        ]
        for s in scores
    ]
    return as_table([[*COLUMNS, *(f"{IOU}{name}" for name in names)], *lines])


def read_score_table(path: Path) -> list[Score]:
    """Scores as `scores_csv` wrote them, without curves, groups and confusions.

    Raises:
        SeedmaskError: the run has not made the table yet, or it was changed.
    """
    return [
        Score(
            split=line["split"],
            variant=line["variant"],
            replicate=int(line["replicate"]),
            threshold_mode=line["threshold_mode"],
            threshold=number_in(line["threshold"]),
            pixel_labels=line["pixel_labels"],
            made_elsewhere=line["made_elsewhere"],
            numbers={name: number_in(line[name]) for name in NUMBERS},
            images=int(line["images"]),
            classes_averaged=int(line["classes_averaged"]),
            terms=Terms(*(line[name] for name in TERMS)),
            classes={key.removeprefix(IOU): number_in(cell) for key, cell in line.items() if key.startswith(IOU)},
        )
        for line in read_table(path)
    ]


@dataclass(frozen=True)
class Summary:
    """The means of a score over all replicates of a variant."""

    split: str
    variant: str
    runs: int
    threshold_mode: str
    threshold: float | None
    """Mean over the replicates, as all numbers of this class."""
    pixel_labels: str
    made_elsewhere: str
    numbers: Mapping[str, float | None]
    deviations: Mapping[str, float | None]
    """Sample standard deviation of each number; None for a single run."""
    images: int
    classes_averaged: int
    terms: Terms
    classes: Mapping[str, float | None]
    groups: Mapping[str, float | None]
    confusion: tuple[tuple[int, ...], ...]
    """Sum over the replicates."""


def summaries(scores: Iterable[Score]) -> list[Summary]:
    """Scores summarised over replicates, in the order of the first ones."""
    groups: dict[tuple[str, str, str], list[Score]] = {}
    for score in scores:
        groups.setdefault((score.split, score.variant, score.threshold_mode), []).append(score)
    return [_summary(group) for group in groups.values()]


def _summary(runs: Sequence[Score]) -> Summary:
    first = runs[0]
    return Summary(
        split=first.split,
        variant=first.variant,
        runs=len(runs),
        threshold_mode=first.threshold_mode,
        threshold=mean_and_deviation(run.threshold for run in runs)[0],
        pixel_labels=first.pixel_labels,
        made_elsewhere=first.made_elsewhere,
        numbers={name: mean_and_deviation(run.numbers[name] for run in runs)[0] for name in NUMBERS},
        deviations={name: mean_and_deviation(run.numbers[name] for run in runs)[1] for name in NUMBERS},
        images=first.images,
        classes_averaged=min(run.classes_averaged for run in runs),
        terms=first.terms,
        classes={name: mean_and_deviation(run.classes[name] for run in runs)[0] for name in first.classes},
        groups={name: mean_and_deviation(run.groups[name] for run in runs)[0] for name in first.groups},
        confusion=tuple(
            tuple(map(sum, zip(*rows, strict=True))) for rows in zip(*(run.confusion for run in runs), strict=True)
        ),
    )


def mean_and_deviation(values: Iterable[float | None]) -> tuple[float | None, float | None]:
    """Mean and sample standard deviation of the values that are not None; None if there are too few."""
    known = [value for value in values if value is not None]
    return fmean(known) if known else None, stdev(known) if len(known) > 1 else None


def format_mean(mean: float | None, deviation: float | None = None) -> str:
    """`0.615`, `0.615 ± 0.005`, or a dash."""
    spread = "" if deviation is None else f" ± {deviation:.3f}"
    return "-" if mean is None else f"{mean:.3f}{spread}"


LISTED_MISTAKES = 8
"""Number of mistakes that are listed."""
LARGEST_MATRIX = 32
"""Number of labels up to which the page shows the matrix."""


@dataclass(frozen=True)
class ConfusionTable:
    """A confusion matrix as shares of the true pixels.

    Args:
        labels: background, where there is one, and the classes.
        shares: share of each label's true pixels (row) that got each label (column), 0..1; None for labels that do not
            occur. Empty if there are too many labels for a table.
        largest: the largest shares off the diagonal, as truth, label and share.
    """

    labels: tuple[str, ...]
    shares: tuple[tuple[float | None, ...], ...]
    largest: tuple[tuple[str, str, float], ...]


def confusion_table(counts: Sequence[Sequence[int]], names: Sequence[str]) -> ConfusionTable:
    """Shares of a matrix of pixel counts.

    Args:
        counts: rows truth, columns label.
        names: of the labels.
    """
    labels = tuple(names)
    matrix = np.array(counts, np.int64)
    totals = matrix.sum(axis=1, keepdims=True)
    shares = np.divide(matrix, totals, out=np.zeros(matrix.shape), where=totals > 0)
    wrong = shares * (1 - np.eye(len(labels)))
    order = np.argsort(-wrong, axis=None, kind="stable")[:LISTED_MISTAKES]
    pairs = [np.unravel_index(position, wrong.shape) for position in order]
    largest = [(labels[t], labels[p], float(wrong[t, p])) for t, p in pairs if wrong[t, p] > 0]
    rows = [
        tuple(map(float, row)) if total else (None,) * len(labels)
        for row, total in zip(shares, totals[:, 0], strict=True)
    ]
    return ConfusionTable(labels, tuple(rows) if len(labels) <= LARGEST_MATRIX else (), tuple(largest))
