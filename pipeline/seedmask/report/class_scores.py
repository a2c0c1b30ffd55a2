"""Scores class by class, variants side by side, from the most frequent class to the rarest.

With image tags alone a classifier sees the frequent classes of a long-tailed data set much more often than the rare
ones. Three shares of each class's union show the effect on the masks: IoU, over-activation and under-activation.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from seedmask.config.stages import SHARDED, stage_of
from seedmask.dataset.catalogue import Catalogue, class_counts
from seedmask.dataset.index import Index
from seedmask.errors import SeedmaskError
from seedmask.evaluation.protocols import frequency_thirds
from seedmask.report.scores import mean_and_deviation
from seedmask.storage.records import read_record
from seedmask.storage.variants import list_variants

THIRDS = ("head", "middle", "tail")
MOST = 6
"""Variants side by side; more neither fit into a table nor have colours that everybody can tell apart."""
SEEDS_THRESHOLD = "label_free"
"""Which of the several scores of seeds is shown; masks and predictions have one, and seeds without background."""


@dataclass(frozen=True)
class UnionShares:
    """Parts of the union TP + FP + FN of a class, 0..1 each; None where undefined."""

    iou: float | None
    """TP / union."""
    over: float | None
    """FP / union: over-activation."""
    under: float | None
    """FN / union: under-activation."""


def mean_shares(shares: Iterable[UnionShares]) -> UnionShares:
    """Mean of each share over the values that are defined."""
    columns = zip(*((s.iou, s.over, s.under) for s in shares), strict=True)
    return UnionShares(*[mean_and_deviation(column)[0] for column in columns] or (None, None, None))


@dataclass(frozen=True)
class ScoredVariant:
    """A variant, under the name the user gave, on one split."""

    name: str
    threshold_mode: str
    threshold: float | None
    """Background threshold, mean over the runs."""
    pixel_labels: bool
    """Whether truth masks went into it or its threshold."""
    images: int
    """Images with truth."""
    runs: tuple[tuple[UnionShares, ...], ...]
    """Of each label, background first where there is one; one for each replicate."""
    made_elsewhere: str = ""
    """What another program made of it."""

    @property
    def threshold_text(self) -> str:
        """`label_free 0.312`."""
        return self.threshold_mode + (f" {self.threshold:.3f}" if self.threshold is not None else "")

    def mean(self, channels: Iterable[int]) -> UnionShares:
        """Mean over the runs of the mean over some labels, by their places; over all its IoU is the mIoU."""
        places = list(channels)
        return mean_shares(mean_shares(run[place] for place in places) for run in self.runs)


@dataclass(frozen=True)
class ClassScores:
    """A class, or the mean over several."""

    name: str
    shares: tuple[UnionShares, ...]
    """One for each variant."""
    images: int | None = None
    """Number of images tagged with the class; None for background and means."""
    third: str = ""
    """`head`, `middle` or `tail`; empty for background, means and classes without tagged images."""

    @property
    def gain(self) -> float | None:
        """IoU of the last variant minus that of the first; None if one of them is undefined."""
        first, last = self.shares[0].iou, self.shares[-1].iou
        return None if first is None or last is None else last - first


@dataclass(frozen=True)
class ClassReport:
    """Variants on one split, class by class."""

    dataset: str
    split: str
    variants: tuple[ScoredVariant, ...]
    classes: tuple[ClassScores, ...]
    """Most frequent first, equal counts in class order."""
    background: ClassScores | None
    """None in a data set without background."""
    thirds: tuple[ClassScores, ...]
    """Means over the thirds of the classes that occur, the most frequent third first."""
    all: ClassScores
    """Mean over background, where there is one, and all classes."""


def class_report(
    results: Path, references: Sequence[str], split: str = "train", threshold: str | None = None
) -> ClassReport:
    """Read the scores of some variants and count the images of each class.

    Args:
        results: `results/<data set>`.
        references: variants of seeds, masks or predictions; without a replicate's number, all replicates.
        split: images that are scored, and whose tags are counted.
        threshold: which scores of seeds to take; `SEEDS_THRESHOLD` if not given.

    Raises:
        SeedmaskError: results, truth masks, tags or scores are missing, or a named one does not exist.
    """
    if len(references) > MOST:
        raise SeedmaskError(f"{len(references)} variants side by side; name {MOST} at most")
    if threshold and not any(map(_has_thresholds, references)):
        raise SeedmaskError(f"--threshold {threshold} chooses among scores of seeds, and none is named; leave it out")
    if not (results / "index").is_dir():
        raise SeedmaskError(f"{results}: holds no index; name a folder like results/stamps, made by snakemake")
    index = Catalogue(results).index
    _require_truth_and_tags(index, split, results)
    variants = tuple(_read(results, reference, split, threshold, index) for reference in references)
    return _arrange(results.resolve().name, split, variants, index)


def _arrange(dataset: str, split: str, variants: tuple[ScoredVariant, ...], index: Index) -> ClassReport:
    counts = class_counts(index.rows_of(split), len(index.classes))
    thirds = dict(zip(THIRDS, (third.tolist() for third in frequency_thirds(counts)), strict=True))
    third_of = {k: name for name, third in thirds.items() for k in third}
    untagged = np.flatnonzero(counts == 0).tolist()

    first = len(index.labels.names) - len(index.classes)

    def line(name: str, places: Sequence[int], **facts: Any) -> ClassScores:
        return ClassScores(name, tuple(variant.mean(places) for variant in variants), **facts)

    return ClassReport(
        dataset,
        split,
        variants,
        classes=tuple(
            line(index.classes[k], [k + first], images=int(counts[k]), third=third_of.get(k, ""))
            for k in [*third_of, *untagged]
        ),
        background=line("background", [0]) if index.labels.background else None,
        thirds=tuple(line("mean", [k + first for k in third], third=name) for name, third in thirds.items()),
        all=line("mean of all", range(index.labels.channels)),
    )


def _require_truth_and_tags(index: Index, split: str, results: Path) -> None:
    if split not in index.splits:
        raise SeedmaskError(f"{results} has no split {split!r}; there are: {', '.join(index.splits)}")
    if all(row.mask is None for row in index.rows_of(split)):
        others = ", ".join(dict.fromkeys(row.split for row in index.truth_rows())) or "no split"
        raise SeedmaskError(
            f"{results}: no image of split {split} has a truth mask, so there are no scores; those with truth: {others}"
        )
    if not any(row.tags for row in index.rows_of(split)):
        raise SeedmaskError(
            f"{results}: no image of split {split} is tagged with a class, so none is frequent or rare; "
            "add tags to the data set, or name another split"
        )


def _has_thresholds(reference: str) -> bool:
    return stage_of(reference).holds == "cams"


def _read(results: Path, reference: str, split: str, threshold: str | None, index: Index) -> ScoredVariant:
    mode = threshold or (SEEDS_THRESHOLD if index.labels.background else None) if _has_thresholds(reference) else None
    files = [(path, read_record(path)) for path in _files(results, reference)]
    runs = [_result(path, file["results"], split, mode) for path, file in files]
    for (path, _), run in zip(files, runs, strict=True):
        if [entry["name"] for entry in run["classes"]] != [*index.labels.names]:
            raise SeedmaskError(f"{path}: has other classes than the index; run snakemake to make it again")
    mode = runs[0]["protocol"]["threshold_mode"]
    return ScoredVariant(
        reference,
        mode,
        mean_and_deviation(run["protocol"]["threshold"] for run in runs)[0],
        pixel_labels=mode == "oracle" or any(file["pixel_labels"] for _, file in files),
        images=runs[0]["images"],
        runs=tuple(
            tuple(
                UnionShares(entry["iou"], entry["false_positive"], entry["false_negative"]) for entry in run["classes"]
            )
            for run in runs
        ),
        made_elsewhere="; ".join(files[0][1]["made_elsewhere"]),
    )


def _files(results: Path, reference: str) -> list[Path]:
    """Files with the scores of all replicates of a variant, or of the replicate that is named."""
    paths = sorted((results / "evaluation").glob("*/*/scores.json"))
    scored = {f"{path.parent.parent.name}/{path.parent.name}": path for path in paths}
    matching = [path for name, path in scored.items() if re.fullmatch(rf"{re.escape(reference)}(\.\d+)?", name)]
    if not matching:
        known = ", ".join(scored) or "no variant"
        if reference in list_variants(results, SHARDED):
            path = results / "evaluation" / reference / "scores.json"
            raise SeedmaskError(f"{path}: is missing; run snakemake to make it, or name one that has scores: {known}")
        raise SeedmaskError(f"{results} holds no {reference!r}; there are scores of: {known}")
    return matching


def _result(path: Path, results: Sequence[Mapping[str, Any]], split: str, mode: str | None) -> Mapping[str, Any]:
    """The scores on a split; of seeds, those at the threshold of a mode."""
    on_split = [result for result in results if result["protocol"]["split"] == split]
    if not on_split:
        splits = ", ".join(dict.fromkeys(result["protocol"]["split"] for result in results)) or "no split"
        raise SeedmaskError(f"{path}: has no scores on {split}; it has them on: {splits}; name it with --split")
    modes = {result["protocol"]["threshold_mode"]: result for result in on_split}
    if mode is not None and mode not in modes:
        raise SeedmaskError(f"{path}: has no scores at threshold {mode!r}; choose with --threshold: {', '.join(modes)}")
    return modes[mode] if mode else on_split[0]
