"""What to look at next: classes, pictures and tags that deserve a person's time, each with the reason."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean, pstdev

from seedmask.dataset.index import Row
from seedmask.report.rankings import MEASURES, RankedImage, ranked
from seedmask.report.scores import Summary

MOST = 12
"""Entries of a list; how many more there are is said."""
FEWEST_CLASSES = 3
"""Classes from which one of them can lie far below the mean."""


@dataclass(frozen=True)
class Advice:
    """One thing to look at."""

    title: str
    why: str
    entries: tuple[str, ...]
    """The first of them, in the order to look at them."""
    more: int = 0
    """How many are left out."""


def advice(summaries: Sequence[Summary], pictures: Sequence[RankedImage], rows: Sequence[Row]) -> list[Advice]:
    """All that there is to say, the most certain first; empty where nothing stands out.

    Args:
        summaries: scores of all variants; empty without truth.
        pictures: numbers of the pictures, in the order of the index.
        rows: the index.
    """
    return [*_weak_classes(summaries), *_tags(pictures, rows), *_doubtful(pictures)]


def _weak_classes(summaries: Sequence[Summary]) -> Iterator[Advice]:
    """Classes whose IoU lies more than a standard deviation of all classes below their mean."""
    for score in _last_of_each_split(summaries):
        ious = {name: iou for name, iou in list(score.classes.items())[1:] if iou is not None}
        if len(ious) < FEWEST_CLASSES:
            continue
        mean, spread = fmean(ious.values()), pstdev(ious.values())
        weak = sorted((iou, name) for name, iou in ious.items() if iou < mean - spread)
        why = (
            f"{score.variant} on {score.split}: IoU more than a standard deviation ({spread:.2f}) below the mean of "
            f"the classes ({mean:.2f}). More pictures of them, or pictures where they stand without what always comes "
            "with them, help most."
        )
        if weak:
            yield _advice("Classes far below the mean", why, [f"{name} {iou:.2f}" for iou, name in weak])


def _last_of_each_split(summaries: Sequence[Summary]) -> list[Summary]:
    """Scores of the furthest variant that used no pixel labels, of several the best; one for each split."""
    honest = [score for score in summaries if not score.pixel_labels and score.threshold_mode != "oracle"]
    found: dict[str, Summary] = {}
    for stage in ("seeds/", "masks/", "predictions/"):
        for split in dict.fromkeys(score.split for score in honest):
            scores = [s for s in honest if s.split == split and s.variant.startswith(stage)]
            if scores:
                found[split] = max(scores, key=lambda score: score.numbers["miou"] or 0)
    return list(found.values())


def _tags(pictures: Sequence[RankedImage], rows: Sequence[Row]) -> Iterator[Advice]:
    wrong = [picture for picture in pictures if picture.unsupported]
    if not wrong:
        return
    wanted = Counter(tag for picture in wrong for tag in picture.unsupported)
    known = sum(row.tags is not None for row in rows)
    often = ", ".join(f"{name} ({count})" for name, count in wanted.most_common(MOST))
    why = (
        f"In {len(wrong)} of {known} tagged pictures no mask supports a tag. Either the tag is wrong, or the object is "
        f"small, or the networks do not know the class. By class: {often}."
    )
    yield _advice("Tags that no mask supports", why, [f"{p.id}: {', '.join(p.unsupported)}" for p in wrong])


def _doubtful(pictures: Sequence[RankedImage]) -> Iterator[Advice]:
    for measure, meaning in MEASURES.items():
        for split in dict.fromkeys(picture.split for picture in pictures):
            inside = [p for p in pictures if p.split == split]
            first = [p for p in ranked(inside, measure) if measure == "confidence" or getattr(p, measure) > 0]
            if first:
                why = f"Pictures of {split} where {meaning}, the first of {len(inside)} ({measure} in brackets)."
                items = [f"{p.id} ({getattr(p, measure):.2f})" for p in first[:MOST]]
                yield Advice(f"{measure.replace('_', ' ').capitalize()}, {split}", why, tuple(items))


def _advice(title: str, why: str, items: Sequence[str]) -> Advice:
    return Advice(title, why, tuple(items[:MOST]), max(0, len(items) - MOST))
