"""What deserves a person's attention: classes, images and tags, each with the reason.

The limits of trust were set before they were compared with any truth mask.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean, pstdev

from seedmask.dataset.index import Row
from seedmask.report.class_table import ClassLine
from seedmask.report.learning import TrainingHistory
from seedmask.report.rankings import MEASURES, RankedImage, ranked
from seedmask.report.scores import Summary

LISTED = 12
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


def list_advice(summaries: Sequence[Summary], pictures: Sequence[RankedImage], rows: Sequence[Row]) -> list[Advice]:
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
    often = ", ".join(f"{name} ({count})" for name, count in wanted.most_common(LISTED))
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
                items = [f"{p.id} ({getattr(p, measure):.2f})" for p in first[:LISTED]]
                yield Advice(f"{measure.replace('_', ' ').capitalize()}, {split}", why, tuple(items))


def _advice(title: str, why: str, items: Sequence[str]) -> Advice:
    return Advice(title, why, tuple(items[:LISTED]), max(0, len(items) - LISTED))


LEAST_TRUST = 0.5
"""Below it the parts of trust are on average nearer to nothing than to all that could be wished for."""
FEW_IMAGES = 10
"""Training pictures below which a class has few: one of them more or less moves its average precision by a tenth."""
HARDLY_KNOWN = 0.25
"""Of the way from chance to a perfect ranking: of the pictures that look most like the class, most are not of it."""
OFTEN_IMPLAUSIBLE = 1 / 3
"""Share of the masks of a class that are nearly empty or full from which that is no matter of odd pictures."""
SELDOM_FOUND = 0.5
"""F1 below which a segmenter is more often wrong about the class than right."""
ALWAYS_TOGETHER = 0.8
"""Share of a class's pictures from which nothing but the other fifth tells it from its companion."""
LISTED_CLASSES = 10
"""Lines for the terminal; the page has them all."""


@dataclass(frozen=True)
class Verdict:
    """What is to be said of a class."""

    name: str
    trust: float | None
    reasons: tuple[str, ...]
    """What was found, each with what would help."""

    @property
    def is_trusted(self) -> bool:
        """Whether trust is not known to be low."""
        return self.trust is not None and self.trust >= LEAST_TRUST

    def __str__(self) -> str:
        trust = "unknown" if self.trust is None else f"{self.trust:.2f}"
        kind = "to be looked at" if self.is_trusted else "not to be trusted"
        return f"{kind}: {self.name} (trust {trust}): {'; '.join(self.reasons)}"


def class_verdicts(lines: Sequence[ClassLine]) -> list[Verdict]:
    """Of each class that is not to be trusted or has something odd about it; the least trusted first."""
    found = [Verdict(line.name, line.trust, _reasons(line)) for line in lines]
    said = [verdict for verdict in found if verdict.reasons]
    return sorted(said, key=lambda verdict: -1.0 if verdict.trust is None else verdict.trust)


def result_warnings(lines: Sequence[ClassLine]) -> list[str]:
    """What is to be said of the whole result; empty where most classes are trusted."""
    known = [line.trust for line in lines if line.trust is not None]
    low = sum(trust < LEAST_TRUST for trust in known)
    said = []
    if 2 * low > len(known):
        said.append(
            f"This result is not to be trusted: {low} of {len(known)} classes have a trust below {LEAST_TRUST}. "
            "Mend what is said of the classes before anything is built on it."
        )
    skills = [line.parts.knows for line in lines if line.parts.knows is not None]
    unknown = sum(skill < HARDLY_KNOWN for skill in skills)
    if 2 * unknown > len(skills):
        said.append(
            f"The network hardly knows {unknown} of {len(skills)} classes: try another encoder, and look at some "
            "pictures whether their tags are right."
        )
    return said


def terminal_lines(lines: Sequence[ClassLine], learning: Sequence[TrainingHistory] = ()) -> list[str]:
    """All of it in few lines, with the trainings that were too short."""
    said = class_verdicts(lines)
    more = [f"and {len(said) - LISTED_CLASSES} more classes: see the report"] if len(said) > LISTED_CLASSES else []
    short = [f"{network.variant}: {network.warning}" for network in learning if network.warning]
    return [*result_warnings(lines), *short, *map(str, said[:LISTED_CLASSES]), *more]


def _reasons(line: ClassLine) -> tuple[str, ...]:
    """What is beyond a limit; of a class with little trust and nothing beyond one, the worst part of it."""
    found = tuple(_beyond_limits(line))
    return found or ((_worst(line),) if line.trust is not None and line.trust < LEAST_TRUST else ())


def _beyond_limits(line: ClassLine) -> Iterator[str]:
    parts, lineage = line.parts, line.lineage
    if line.pictures is not None and line.pictures < FEW_IMAGES:
        number = {0: "no pictures", 1: "1 picture"}.get(line.pictures, f"{line.pictures} pictures")
        yield f"{number}: add more of this class"
    if parts.knows is not None and parts.knows < HARDLY_KNOWN:
        yield f"the network hardly knows it ({_precision(line)}): add pictures of this class, or try another encoder"
    if parts.fits is not None and 1 - parts.fits >= OFTEN_IMPLAUSIBLE:
        share = f"{1 - parts.fits:.0%} of its masks are nearly empty or nearly full"
        yield f"{share}: look at its maps, and try another threshold or another kind of mask"
    elif parts.finds is not None and parts.finds < SELDOM_FOUND:
        yield f"{_found(line)}{', though there are masks of it' * bool(lineage.masks)}: train it longer"
    if line.companion_share is not None and line.companion_share >= ALWAYS_TOGETHER:
        share = f"{line.companion} is on {line.companion_share:.0%} of its pictures"
        yield f"{share}: add pictures where it stands without"


def _worst(line: ClassLine) -> str:
    counted = line.parts.counted()
    words = {
        "knows": lambda: f"the network is unsure of it ({_precision(line)})",
        "clear": lambda: f"its maps are weak where its masks are (mean activation {line.parts.clear:.2f})",
        "fits": lambda: f"{1 - line.parts.fits:.0%} of its masks are nearly empty or nearly full",
        "finds": lambda: _found(line),
        "agrees": lambda: f"{line.lineage.predictions} and {line.lineage.masks} differ (IoU {line.parts.agrees:.2f})",
    }
    return f"{words[min(counted, key=counted.get)]()}: look at its pictures with `seedmask view`"


def _precision(line: ClassLine) -> str:
    return f"average precision {line.precision:.2f}, chance {line.chance:.2f}"


def _found(line: ClassLine) -> str:
    return f"{line.lineage.segmenter} is often wrong about whether it is there (F1 {line.parts.finds:.2f})"
