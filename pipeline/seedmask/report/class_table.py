"""`report/classes.csv`: what is known of each class without truth masks, and how far the class can be trusted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from seedmask.config.replicates import split as split_replicate
from seedmask.dataset.catalogue import class_counts
from seedmask.dataset.index import Index
from seedmask.evaluation.label_free import ClassCounts, companions
from seedmask.evaluation.trust import Parts, above_chance
from seedmask.report.chain import Chain, Variants, chain_to
from seedmask.report.rankings import spearman
from seedmask.report.scores import Score, Summary
from seedmask.report.tables import as_table, cell_of, number_in, read_table

FILE = Path("report") / "classes.csv"
"""Below a data set's results."""
KINDS = ("implausible", "f1", "agreement")
"""Columns of single variants start with one of them: share of the tagged training pictures where the mask of the class
is nearly empty or nearly full; F1 of the classes found against the tags; IoU with the masks they learned from."""
SharesByVariant = Mapping[str, float | None]
"""A share of each variant; None where nothing can be counted."""


@dataclass(frozen=True)
class Lineage:
    """The last result that used no pixel labels, and its sources; empty strings for steps that it does not have."""

    classifier: str = ""
    validation: str = ""
    """How the classifier was tested on tags that it did not learn from."""
    seeds: str = ""
    masks: str = ""
    segmenter: str = ""
    predictions: str = ""

    def networks(self) -> tuple[str, ...]:
        """The trained networks among the steps."""
        return tuple(name for name in (self.classifier, self.segmenter) if name)


@dataclass(frozen=True)
class ClassLine:
    """What is known of a class; None where unknown."""

    name: str
    images: int | None
    """Training images tagged with it; None where no image has tags."""
    lineage: Lineage
    precision: float | None = None
    """Average precision of the lineage's classifier."""
    chance: float | None = None
    """Average precision of a random ranking."""
    clear: float | None = None
    """Mean activation of the lineage's seeds inside its masks."""
    companion: str = ""
    """The class that most often comes with it."""
    companion_share: float | None = None
    """Share of its training images that the companion is in."""
    implausible: SharesByVariant = field(default_factory=dict)
    f1: SharesByVariant = field(default_factory=dict)
    agreement: SharesByVariant = field(default_factory=dict)

    @property
    def parts(self) -> Parts:
        """The parts of trust, along the lineage."""
        odd = self.implausible.get(self.lineage.masks or self.lineage.predictions)
        return Parts(
            knows=above_chance(self.precision, self.chance or 0.0),
            clear=self.clear,
            fits=None if odd is None else 1 - odd,
            finds=self.f1.get(self.lineage.predictions),
            agrees=self.agreement.get(self.lineage.predictions),
        )

    @property
    def trust(self) -> float | None:
        """0..1; see `seedmask.evaluation.trust`."""
        return self.parts.trust


COLUMNS = ("class", "trust", "pictures", "average_precision", "chance", "clear", "companion", "companion_share",
           "classifier", "validation", "seeds", "masks", "segmenter", "predictions")  # fmt: skip


def classes_csv(lines: Sequence[ClassLine], variants: Sequence[str]) -> bytes:
    """The table, one line per class.

    Args:
        lines: the classes, in the order of the index.
        variants: variants of masks and predictions.
    """
    table: list[list[object]] = [[*COLUMNS, *(f"{kind} {name}" for kind in KINDS for name in variants)]]
    for line in lines:
        known = map(cell_of, (line.precision, line.chance, line.clear))
        images = "" if line.images is None else line.images
        shares = (cell_of(getattr(line, kind).get(name)) for kind in KINDS for name in variants)
        partner = (line.companion, cell_of(line.companion_share))
        lineage = vars(line.lineage).values()
        table.append([line.name, cell_of(line.trust), images, *known, *partner, *lineage, *shares])
    return as_table(table)


def read_classes(results: Path) -> list[ClassLine]:
    """The table of a data set's results.

    Raises:
        SeedmaskError: the run has not made it yet, or it was changed.
    """
    return [_line(cells) for cells in read_table(results / FILE)]


def _line(cells: Mapping[str, str]) -> ClassLine:
    shares = {
        kind: {
            key.removeprefix(f"{kind} "): number_in(cell) for key, cell in cells.items() if key.startswith(f"{kind} ")
        }
        for kind in KINDS
    }
    return ClassLine(
        name=cells["class"],
        images=int(cells["pictures"]) if cells["pictures"] else None,
        lineage=Lineage(**{name: cells[name] for name in Lineage.__dataclass_fields__}),
        precision=number_in(cells["average_precision"]),
        chance=number_in(cells["chance"]),
        clear=number_in(cells["clear"]),
        companion=cells["companion"],
        companion_share=number_in(cells["companion_share"]),
        **shares,
    )


@dataclass(frozen=True)
class TrustCorrelation:
    """Agreement of trust with the IoU, over the classes."""

    split: str
    variant: str
    spearman: float
    """Rank correlation over the classes, -1..1; 1 is the same order."""
    classes: int


def trust_correlations(lines: Sequence[ClassLine], scores: Sequence[Score | Summary]) -> list[TrustCorrelation]:
    """Trust against the IoU of the lineage's masks and predictions, split by split; empty without truth."""
    correlations = []
    for score in scores:
        if not lines or score.variant not in (lines[0].lineage.masks, lines[0].lineage.predictions):
            continue
        pairs = [(line.trust, score.classes.get(line.name)) for line in lines]
        known = [(trust, iou) for trust, iou in pairs if trust is not None and iou is not None]
        value = spearman(known)
        if value is not None:
            correlations.append(TrustCorrelation(score.split, score.variant, value, len(known)))
    return correlations


def lineage_of(
    pixel_labels: Mapping[str, bool], variants: Variants, tag_scores: Mapping[str, Mapping[str, Any]]
) -> Lineage:
    """The lineage of the last predictions, else the last masks, that used no pixel labels.

    Args:
        pixel_labels: variants of masks and predictions in the order of the stages, each with whether truth went into
            it; of replicates only the first counts.
        variants: all variants, replicates one by one.
        tag_scores: `tags.json` of each classifier.
    """
    first = {name: labels for name, labels in pixel_labels.items() if not split_replicate(name)[1]}
    label_free = [name for name, labels in first.items() if not labels]
    end = [*first, *label_free][-1:]
    chain = chain_to(end[0], variants) if end else Chain(classifier=next(reversed([*tag_scores]), None))
    classifier = chain.classifier if chain.classifier in tag_scores else None
    return Lineage(
        classifier=classifier or "",
        validation=tag_scores[classifier]["how"] if classifier else "",
        seeds=chain.seeds or "",
        masks=chain.masks or "",
        segmenter=chain.segmenter or "",
        predictions=chain.predictions or "",
    )


def class_lines(
    index: Index, lineage: Lineage, tag_scores: Mapping[str, Mapping[str, Any]], counts: Mapping[str, ClassCounts]
) -> list[ClassLine]:
    """A line for each class of the index.

    Args:
        index: its tags of the training pictures are counted.
        lineage: the variants that trust is about.
        tag_scores: `tags.json` of each classifier.
        counts: of each variant of masks and predictions.
    """
    rows, classes = index.rows_of("train"), len(index.classes)
    is_tagged = any(row.tags is not None for row in rows)
    images = class_counts(rows, classes).tolist() if is_tagged else [None] * classes
    partners = [
        (index.classes[partner[0]], partner[1]) if partner else ("", None)
        for partner in companions([row.tags or () for row in rows], classes)
    ]
    clear = _known(counts[lineage.masks].clear()) if lineage.masks else [None] * classes
    by_class = tag_scores[lineage.classifier]["classes"] if lineage.classifier else [{}] * classes
    shares = {kind: {name: _known(getattr(count, kind)()) for name, count in counts.items()} for kind in KINDS}
    return [
        ClassLine(
            name=name,
            images=images[k],
            lineage=lineage,
            precision=by_class[k].get("average_precision"),
            chance=by_class[k].get("chance"),
            clear=clear[k],
            companion=partners[k][0],
            companion_share=partners[k][1],
            **{
                kind: {variant: values[k] for variant, values in by_variant.items()}
                for kind, by_variant in shares.items()
            },
        )
        for k, name in enumerate(index.classes)
    ]


def _known(shares: np.ndarray) -> Sequence[float | None]:
    return [None if np.isnan(share) else float(share) for share in shares]
