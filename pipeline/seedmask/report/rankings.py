"""Which pictures to look at first: ordered by what can be known without a truth mask, and by IoU where there is one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from seedmask.errors import SeedmaskError
from seedmask.report.chain import Variants
from seedmask.report.tables import as_table, cell_of, number_in, read_table

FILE = Path("report") / "images.csv"
"""Below a data set's results."""
COLUMNS = ("row", "id", "split", "confidence", "disagreement", "tag_mismatch", "unsupported")
IOU = "iou "
"""Columns of single variants start with it."""
SEPARATOR = ";"
"""Between tags; no class has it in its name."""
MEASURES = {
    "disagreement": "the variants differ most",
    "confidence": "the predictions are least sure",
    "tag_mismatch": "the classes found differ most from the tags",
}
"""What orders pictures without truth, and what comes first."""
MISSING = {
    "disagreement": "it needs two variants of masks or predictions of the same pictures",
    "confidence": "it needs predictions, or masks that have one",
    "tag_mismatch": "it needs tags, and masks or predictions",
    "iou": "it needs truth masks",
}
"""What an order needs that is not there."""
FEWEST = 3
"""Pictures from which a rank correlation says anything."""


@dataclass(frozen=True)
class RankedImage:
    """Numbers of a picture, 0..1; None where it cannot be known."""

    id: str
    split: str
    confidence: float | None
    """Mean probability of the labels where a variant sees an object."""
    disagreement: float | None
    """How likely two variants differ there."""
    tag_mismatch: float | None
    """Jaccard distance of the classes found to the tags."""
    unsupported: tuple[str, ...]
    """Tags whose class no variant finds."""
    ious: Mapping[str, float | None]
    """MIoU of the picture alone, for each variant; empty without truth."""

    def doubt(self, measure: str) -> float | None:
        """A measure of `MEASURES` or a variant's IoU, such that larger means: look here first."""
        if measure in MEASURES:
            value = getattr(self, measure)
            return -value if value is not None and measure == "confidence" else value
        iou = self.ious.get(measure)
        return None if iou is None else -iou


@dataclass(frozen=True)
class Correlation:
    """How well a measure that needs no truth orders the pictures of a split by a variant's IoU."""

    split: str
    variant: str
    measure: str
    spearman: float | None
    """Rank correlation of doubt and 1 - IoU, -1..1: 1 is the order that truth would give; None if undefined."""
    images: int


def ranked(pictures: Iterable[RankedImage], measure: str) -> list[RankedImage]:
    """Pictures for which the measure is known, the most doubtful first; equal ones in their own order."""
    known = [picture for picture in pictures if picture.doubt(measure) is not None]
    return sorted(known, key=lambda picture: -picture.doubt(measure))


@dataclass(frozen=True)
class ImageList:
    """Pictures in the order to look at them, and the variant whose IoU stands beside them."""

    pictures: tuple[RankedImage, ...]
    variant: str


def order_images(pictures: Sequence[RankedImage], by: str, variant: str | None, split: str | None) -> ImageList:
    """The pictures of a split, the most doubtful first.

    Args:
        pictures: numbers of the pictures.
        by: a measure of `MEASURES`, or `iou`.
        variant: whose IoU is shown or ordered by; the last that has one when not given.
        split: those pictures only; all when not given.

    Raises:
        SeedmaskError: there is no such split or variant, or nothing to order by.
    """
    splits = list(dict.fromkeys(picture.split for picture in pictures))
    if split is not None and split not in splits:
        raise SeedmaskError(f"there are no pictures of split {split!r}; there are: {', '.join(splits)}")
    inside = [picture for picture in pictures if split in (None, picture.split)]
    judged = list(dict.fromkeys(name for picture in inside for name in picture.ious))
    if variant is not None and variant not in judged:
        raise SeedmaskError(f"{variant} has no IoU of these pictures; there are: {', '.join(judged) or 'none'}")
    chosen = variant or (judged[-1] if judged else "")
    order = ranked(inside, chosen if by == "iou" else by)
    if not order:
        raise SeedmaskError(f"no picture can be ordered by {by}: {MISSING[by]}")
    return ImageList(tuple(order), chosen)


def rank_correlations(pictures: Sequence[RankedImage]) -> list[Correlation]:
    """Each measure against each variant with truth, split by split."""
    found = []
    for split in dict.fromkeys(picture.split for picture in pictures):
        inside = [picture for picture in pictures if picture.split == split]
        for variant in dict.fromkeys(name for picture in inside for name in picture.ious):
            for measure in MEASURES:
                pairs = [(p.doubt(measure), p.doubt(variant)) for p in inside]
                known = [(a, b) for a, b in pairs if a is not None and b is not None]
                if known:
                    found.append(Correlation(split, variant, measure, spearman(known), len(known)))
    return found


def spearman(pairs: Sequence[tuple[float, float]]) -> float | None:
    """Rank correlation, -1..1; None of fewer than `FEWEST` pairs, or where one side is always the same."""
    from scipy.stats import spearmanr

    if len(pairs) < FEWEST:
        return None
    first, second = np.array(pairs).T
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        return None
    return float(spearmanr(first, second).statistic)


def images_csv(pictures: Sequence[RankedImage], variants: Sequence[str]) -> bytes:
    """A table with a line a picture, in the order of the index."""
    lines: list[list[object]] = [[*COLUMNS, *(f"{IOU}{name}" for name in variants)]]
    for number, p in enumerate(pictures):
        measures = (p.confidence, p.disagreement, p.tag_mismatch)
        ious = (p.ious.get(name) for name in variants)
        unsupported = SEPARATOR.join(p.unsupported)
        lines.append([number, p.id, p.split, *map(cell_of, measures), unsupported, *map(cell_of, ious)])
    return as_table(lines)


def read_images(results: Path) -> list[RankedImage]:
    """The numbers of all pictures of a data set's results.

    Raises:
        SeedmaskError: the run has not come so far.
    """
    return [
        RankedImage(
            id=line["id"],
            split=line["split"],
            confidence=number_in(line["confidence"]),
            disagreement=number_in(line["disagreement"]),
            tag_mismatch=number_in(line["tag_mismatch"]),
            unsupported=tuple(filter(None, line["unsupported"].split(SEPARATOR))),
            ious={key.removeprefix(IOU): number_in(cell) for key, cell in line.items() if key.startswith(IOU) and cell},
        )
        for line in read_table(results / FILE)
    ]


EACH = 4
"""Pictures that are worst, median and best."""
MOST_VARIANTS = 4
"""Variants that have such a sheet."""


@dataclass(frozen=True)
class Extremes:
    """Some pictures of a variant on a split, each with the reason in words."""

    variant: str
    split: str
    title: str
    pictures: tuple[tuple[str, str], ...]
    """Id, and why it is here."""


def select_extremes(pictures: Sequence[RankedImage], variants: Variants) -> list[Extremes]:
    """Sheets of the predictions, else of the masks, each on the last split where it has truth.

    Args:
        pictures: numbers of the pictures, in the order of the index.
        variants: as in the report's job.
    """
    for stage in ("predictions/", "masks/"):
        judged = [name for name in variants if name.startswith(stage)]
        if judged:
            scored = [name for name in judged if any(picture.ious.get(name) is not None for picture in pictures)]
            return [_by_iou(pictures, name) for name in scored[-MOST_VARIANTS:]] or _by_doubt(pictures, judged[-1])
    return []


def _by_iou(pictures: Sequence[RankedImage], variant: str) -> Extremes:
    known = [picture for picture in pictures if picture.ious.get(variant) is not None]
    split = known[-1].split
    order = ranked([picture for picture in known if picture.split == split], variant)
    middle = max(0, len(order) // 2 - EACH // 2)
    groups = {"worst": order[:EACH], "median": order[middle : middle + EACH], "best": order[-EACH:]}
    chosen: dict[str, str] = {}
    for name, group in groups.items():
        for picture in group:
            chosen.setdefault(picture.id, f"{name}: IoU {picture.ious[variant]:.2f}")
    return Extremes(variant, split, f"{variant} on {split}: worst, median and best pictures", tuple(chosen.items()))


def _by_doubt(pictures: Sequence[RankedImage], variant: str) -> list[Extremes]:
    for measure in MEASURES:
        order = ranked(pictures, measure)
        if order:
            split = order[0].split
            chosen = [picture for picture in order if picture.split == split][: 2 * EACH]
            why = tuple(
                (picture.id, f"{measure.replace('_', ' ')} {getattr(picture, measure):.2f}") for picture in chosen
            )
            return [Extremes(variant, split, f"{variant} on {split}: where {MEASURES[measure]}", why)]
    return []
