"""Which images to look at first: orders that need no truth mask, and by IoU where there is one."""

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
"""Prefix of the columns of single variants."""
SEPARATOR = ";"
"""Separates tags; no class has it in its name."""
MEASURES = {
    "disagreement": "the variants differ most",
    "confidence": "the predictions are least sure",
    "tag_mismatch": "the classes found differ most from the tags",
}
"""Measures that order images without truth, and what comes first."""
MISSING = {
    "disagreement": "it needs two variants of masks or predictions of the same pictures",
    "confidence": "it needs predictions, or masks that have one",
    "tag_mismatch": "it needs tags, and masks or predictions",
    "iou": "it needs truth masks",
}
"""What an order needs, for messages when it is missing."""
FEWEST = 3
"""Number of images from which a rank correlation means anything."""


@dataclass(frozen=True)
class RankedImage:
    """Numbers of an image, 0..1; None where unknown."""

    id: str
    split: str
    confidence: float | None
    """Mean probability of the labels where a variant sees an object."""
    disagreement: float | None
    """Probability that two variants differ there."""
    tag_mismatch: float | None
    """Jaccard distance of the classes found to the tags."""
    unsupported: tuple[str, ...]
    """Tags whose class no variant finds."""
    ious: Mapping[str, float | None]
    """MIoU of the image alone, for each variant; empty without truth."""

    def doubt(self, measure: str) -> float | None:
        """A measure of `MEASURES` or a variant's IoU, with the sign that puts the most doubtful images highest."""
        if measure in MEASURES:
            value = getattr(self, measure)
            return -value if value is not None and measure == "confidence" else value
        iou = self.ious.get(measure)
        return None if iou is None else -iou


@dataclass(frozen=True)
class Correlation:
    """Agreement of a measure that needs no truth with a variant's IoU, over the images of a split."""

    split: str
    variant: str
    measure: str
    spearman: float | None
    """Rank correlation of doubt and 1 - IoU, -1..1: 1 is the order that truth would give; None if undefined."""
    images: int


def ranked(images: Iterable[RankedImage], measure: str) -> list[RankedImage]:
    """Images whose measure is known, the most doubtful first; equal ones keep their order."""
    known = [(image, doubt) for image in images if (doubt := image.doubt(measure)) is not None]
    return [image for image, _ in sorted(known, key=lambda pair: -pair[1])]


@dataclass(frozen=True)
class ImageList:
    """Images in the order to look at them, and the variant whose IoU is shown with them."""

    images: tuple[RankedImage, ...]
    variant: str


def order_images(images: Sequence[RankedImage], by: str, variant: str | None, split: str | None) -> ImageList:
    """The images of a split, the most doubtful first.

    Args:
        images: numbers of the images.
        by: a measure of `MEASURES`, or `iou`.
        variant: whose IoU to show or order by; by default the last that has one.
        split: restricts the list to a split.

    Raises:
        SeedmaskError: the split or variant does not exist, or the measure is unknown for every image.
    """
    splits = list(dict.fromkeys(image.split for image in images))
    if split is not None and split not in splits:
        raise SeedmaskError(f"there are no pictures of split {split!r}; there are: {', '.join(splits)}")
    inside = [image for image in images if split in (None, image.split)]
    scored = list(dict.fromkeys(name for image in inside for name in image.ious))
    if variant is not None and variant not in scored:
        raise SeedmaskError(f"{variant} has no IoU of these pictures; there are: {', '.join(scored) or 'none'}")
    shown = variant or (scored[-1] if scored else "")
    order = ranked(inside, shown if by == "iou" else by)
    if not order:
        raise SeedmaskError(f"no picture can be ordered by {by}: {MISSING[by]}")
    return ImageList(tuple(order), shown)


def rank_correlations(images: Sequence[RankedImage]) -> list[Correlation]:
    """Each measure against each variant with truth, split by split."""
    correlations = []
    for split in dict.fromkeys(image.split for image in images):
        inside = [image for image in images if image.split == split]
        for variant in dict.fromkeys(name for image in inside for name in image.ious):
            for measure in MEASURES:
                pairs = [(p.doubt(measure), p.doubt(variant)) for p in inside]
                known = [(a, b) for a, b in pairs if a is not None and b is not None]
                if known:
                    correlations.append(Correlation(split, variant, measure, spearman(known), len(known)))
    return correlations


def spearman(pairs: Sequence[tuple[float, float]]) -> float | None:
    """Rank correlation, -1..1; None for fewer than `FEWEST` pairs, or if one side is constant."""
    from scipy.stats import spearmanr

    if len(pairs) < FEWEST:
        return None
    first, second = np.array(pairs).T
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        return None
    return float(np.asarray(spearmanr(first, second))[0])


def images_csv(images: Sequence[RankedImage], variants: Sequence[str]) -> bytes:
    """The table, one line per image, in the order of the index."""
    lines: list[list[object]] = [[*COLUMNS, *(f"{IOU}{name}" for name in variants)]]
    for number, p in enumerate(images):
        measures = (p.confidence, p.disagreement, p.tag_mismatch)
        ious = (p.ious.get(name) for name in variants)
        unsupported = SEPARATOR.join(p.unsupported)
        lines.append([number, p.id, p.split, *map(cell_of, measures), unsupported, *map(cell_of, ious)])
    return as_table(lines)


def read_images(results: Path) -> list[RankedImage]:
    """The numbers of all images of a data set's results.

    Raises:
        SeedmaskError: the run has not made them yet, or the table was changed.
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
"""Number of worst, of median and of best images."""
MOST_VARIANTS = 4
"""Number of variants with such a sheet."""


@dataclass(frozen=True)
class Extremes:
    """Some images of a variant on a split, each with a reason."""

    variant: str
    split: str
    title: str
    images: tuple[tuple[str, str], ...]
    """Id and reason."""


def select_extremes(images: Sequence[RankedImage], variants: Variants) -> list[Extremes]:
    """Worst, median and best images of the predictions, else of the masks, on the last split with truth.

    Without truth, the most doubtful images.

    Args:
        images: numbers of the images, in the order of the index.
        variants: all variants, in the order of the stages.
    """
    for stage in ("predictions/", "masks/"):
        candidates = [name for name in variants if name.startswith(stage)]
        if candidates:
            scored = [name for name in candidates if any(image.ious.get(name) is not None for image in images)]
            return [_by_iou(images, name) for name in scored[-MOST_VARIANTS:]] or _by_doubt(images, candidates[-1])
    return []


def _by_iou(images: Sequence[RankedImage], variant: str) -> Extremes:
    known = [image for image in images if image.ious.get(variant) is not None]
    split = known[-1].split
    order = ranked([image for image in known if image.split == split], variant)
    middle = max(0, len(order) // 2 - EACH // 2)
    groups = {"worst": order[:EACH], "median": order[middle : middle + EACH], "best": order[-EACH:]}
    chosen: dict[str, str] = {}
    for name, group in groups.items():
        for image in group:
            chosen.setdefault(image.id, f"{name}: IoU {image.ious[variant]:.2f}")
    return Extremes(variant, split, f"{variant} on {split}: worst, median and best pictures", tuple(chosen.items()))


def _by_doubt(images: Sequence[RankedImage], variant: str) -> list[Extremes]:
    for measure in MEASURES:
        order = ranked(images, measure)
        if order:
            split = order[0].split
            chosen = [image for image in order if image.split == split][: 2 * EACH]
            why = tuple((image.id, f"{measure.replace('_', ' ')} {getattr(image, measure):.2f}") for image in chosen)
            return [Extremes(variant, split, f"{variant} on {split}: where {MEASURES[measure]}", why)]
    return []
