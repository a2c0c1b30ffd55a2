"""What deserves a person's attention: classes, images and tags, each with the reason.

The limit of trust was chosen on two sets with truth masks; all others were set before they were compared with any.
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
"""Entries shown of a list; the number of further ones follows."""
FEWEST_CLASSES = 3
"""Number of classes from which one of them can lie far below the mean."""


@dataclass(frozen=True)
class Advice:
    """One thing to look at."""

    title: str
    why: str
    entries: tuple[str, ...]
    """The first of them, in the order to look at them."""
    more: int = 0
    """How many are left out."""


def list_advice(summaries: Sequence[Summary], images: Sequence[RankedImage], rows: Sequence[Row]) -> list[Advice]:
    """All advice, the most certain first; empty where nothing stands out.

    Args:
        summaries: scores of all variants; empty without truth.
        images: numbers of the images, in the order of the index.
        rows: the index.
    """
    return [*_weak_classes(summaries), *_tags(images, rows), *_doubtful(images)]


def _weak_classes(summaries: Sequence[Summary]) -> Iterator[Advice]:
    """Classes whose IoU is more than a standard deviation of all classes below their mean."""
    for score in _last_of_each_split(summaries):
        ious = {name: iou for name, iou in list(score.classes.items())[1:] if iou is not None}
        if len(ious) < FEWEST_CLASSES:
            continue
        mean, spread = fmean(ious.values()), pstdev(ious.values())
        weak = sorted((iou, name) for name, iou in ious.items() if iou < mean - spread)
        why = (
            f"{score.variant} on {score.split}: IoU more than a standard deviation ({spread:.2f}) below the mean of "
            f"the classes ({mean:.2f}). More pictures of them, or pictures without their usual companions, help "
            "most."
        )
        if weak:
            yield _advice("Classes far below the mean", why, [f"{name} {iou:.2f}" for iou, name in weak])


def _last_of_each_split(summaries: Sequence[Summary]) -> list[Summary]:
    """Scores of the last variant that used no pixel labels, the best of several; one for each split."""
    label_free = [score for score in summaries if not score.pixel_labels and score.threshold_mode != "oracle"]
    last: dict[str, Summary] = {}
    for stage in ("seeds/", "masks/", "predictions/"):
        for split in dict.fromkeys(score.split for score in label_free):
            scores = [s for s in label_free if s.split == split and s.variant.startswith(stage)]
            if scores:
                last[split] = max(scores, key=lambda score: score.numbers["miou"] or 0)
    return list(last.values())


def _tags(images: Sequence[RankedImage], rows: Sequence[Row]) -> Iterator[Advice]:
    wrong = [image for image in images if image.unsupported]
    if not wrong:
        return
    counts = Counter(tag for image in wrong for tag in image.unsupported)
    known = sum(row.tags is not None for row in rows)
    often = ", ".join(f"{name} ({count})" for name, count in counts.most_common(LISTED))
    why = (
        f"In {len(wrong)} of {known} tagged pictures no mask supports a tag. Either the tag is wrong, or the object is "
        f"small, or the networks do not know the class. By class: {often}."
    )
    yield _advice("Tags that no mask supports", why, [f"{p.id}: {', '.join(p.unsupported)}" for p in wrong])


def _doubtful(images: Sequence[RankedImage]) -> Iterator[Advice]:
    for measure, meaning in MEASURES.items():
        for split in dict.fromkeys(image.split for image in images):
            inside = [p for p in images if p.split == split]
            first = [p for p in ranked(inside, measure) if measure == "confidence" or getattr(p, measure) > 0]
            if first:
                why = f"Pictures of {split} where {meaning}, the first of {len(inside)} ({measure} in brackets)."
                items = [f"{p.id} ({getattr(p, measure):.2f})" for p in first[:LISTED]]
                yield Advice(f"{measure.replace('_', ' ').capitalize()}, {split}", why, tuple(items))


def _advice(title: str, why: str, items: Sequence[str]) -> Advice:
    return Advice(title, why, tuple(items[:LISTED]), max(0, len(items) - LISTED))


LEAST_TRUST = 0.6
"""Trust below which a class is not trusted: the highest limit that names at most a tenth of the classes with an IoU of
at least 0.2 in predictions of `stamps` and of `shapes-hard`; docs/results.md has what it does on photographs."""
FEW_IMAGES = 10
"""Training images below which a class has few: a single image moves its average precision by a tenth."""
HARDLY_KNOWN = 0.25
"""Share of the distance from chance to a perfect ranking; below it most top-ranked images are not of the class."""
OFTEN_IMPLAUSIBLE = 1 / 3
"""Share of nearly empty or full masks of a class from which single odd images do not explain it."""
SELDOM_FOUND = 0.5
"""F1 below which a segmenter is more often wrong about the class than right."""
ALWAYS_TOGETHER = 0.8
"""Share of a class's images from which only the remaining fifth tells it from its companion."""
LISTED_CLASSES = 10
"""Classes shown on the terminal; the page shows all."""


@dataclass(frozen=True)
class Verdict:
    """What the report says about a class."""

    name: str
    trust: float | None
    reasons: tuple[str, ...]
    """Each finding with its remedy."""

    @property
    def is_trusted(self) -> bool:
        """Whether trust is known and high enough."""
        return self.trust is not None and self.trust >= LEAST_TRUST

    def __str__(self) -> str:
        trust = "unknown" if self.trust is None else f"{self.trust:.2f}"
        kind = "to be looked at" if self.is_trusted else "not to be trusted"
        return f"{kind}: {self.name} (trust {trust}): {'; '.join(self.reasons)}"


def class_verdicts(lines: Sequence[ClassLine]) -> list[Verdict]:
    """A verdict on each class that is not trusted or has an odd feature; the least trusted first."""
    verdicts = [Verdict(line.name, line.trust, _reasons(line)) for line in lines]
    explained = [verdict for verdict in verdicts if verdict.reasons]
    return sorted(explained, key=lambda verdict: -1.0 if verdict.trust is None else verdict.trust)


def result_warnings(lines: Sequence[ClassLine]) -> list[str]:
    """Warnings about the result as a whole; empty where most classes are trusted."""
    known = [line.trust for line in lines if line.trust is not None]
    low = sum(trust < LEAST_TRUST for trust in known)
    warnings = []
    if 2 * low > len(known):
        warnings.append(
            f"This result is not to be trusted: {low} of {len(known)} classes have a trust below {LEAST_TRUST}. "
            "Fix what the lines on its classes name before you build on it."
        )
    skills = [line.parts.knows for line in lines if line.parts.knows is not None]
    unknown = sum(skill < HARDLY_KNOWN for skill in skills)
    if 2 * unknown > len(skills):
        warnings.append(
            f"The network hardly knows {unknown} of {len(skills)} classes: try another encoder, and check the tags of "
            "some pictures."
        )
    return warnings


def terminal_lines(lines: Sequence[ClassLine], learning: Sequence[TrainingHistory] = ()) -> list[str]:
    """Warnings and verdicts in few lines, with the trainings that were too short."""
    verdicts = class_verdicts(lines)
    hidden = len(verdicts) - LISTED_CLASSES
    more = [f"and {hidden} more classes: see the report"] if hidden > 0 else []
    short = [f"{network.variant}: {network.warning}" for network in learning if network.warning]
    return [*result_warnings(lines), *short, *map(str, verdicts[:LISTED_CLASSES]), *more]


def _reasons(line: ClassLine) -> tuple[str, ...]:
    """What exceeds a limit; for an untrusted class that exceeds none, the worst part of its trust."""
    reasons = tuple(_beyond_limits(line))
    return reasons or ((_worst(line),) if line.trust is not None and line.trust < LEAST_TRUST else ())


def _beyond_limits(line: ClassLine) -> Iterator[str]:
    parts, lineage = line.parts, line.lineage
    if line.images is not None and line.images < FEW_IMAGES:
        number = {0: "no pictures", 1: "1 picture"}.get(line.images, f"{line.images} pictures")
        yield f"{number}: add more of this class"
    if parts.knows is not None and parts.knows < HARDLY_KNOWN:
        yield f"the network hardly knows it ({_precision(line)}): add pictures of this class, or try another encoder"
    if parts.fits is not None and 1 - parts.fits >= OFTEN_IMPLAUSIBLE:
        share = f"{1 - parts.fits:.0%} of its masks are nearly empty or nearly full"
        yield f"{share}: look at its maps, and try another threshold or another kind of mask"
    elif parts.finds is not None and parts.finds < SELDOM_FOUND:
        yield f"{_recognition(line)}{', though there are masks of it' * bool(lineage.masks)}: train it longer"
    if line.companion_share is not None and line.companion_share >= ALWAYS_TOGETHER:
        share = f"{line.companion} is on {line.companion_share:.0%} of its pictures"
        yield f"{share}: add pictures without {line.companion}"


def _worst(line: ClassLine) -> str:
    values = line.parts.counted()
    text = {
        "knows": lambda _: f"the network is unsure of it ({_precision(line)})",
        "clear": lambda value: f"its maps are weak where its masks are (mean activation {value:.2f})",
        "fits": lambda value: f"{1 - value:.0%} of its masks are nearly empty or nearly full",
        "finds": lambda _: _recognition(line),
        "agrees": lambda value: f"{line.lineage.predictions} and {line.lineage.masks} differ (IoU {value:.2f})",
    }
    worst = min(values, key=lambda name: values[name])
    return f"{text[worst](values[worst])}: look at its pictures with `seedmask view`"


def _precision(line: ClassLine) -> str:
    return f"average precision {line.precision:.2f}, chance {line.chance:.2f}"


def _recognition(line: ClassLine) -> str:
    return f"{line.lineage.segmenter} often misses it or sees it where it is not (F1 {line.parts.finds:.2f})"
