"""Which classes are not to be trusted, why, and what would help: the same words on the page and on the terminal.

The limits were set before they were compared with any truth mask.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from seedmask.report.class_table import ClassLine
from seedmask.report.learning import Learning

LEAST_TRUST = 0.5
"""Below it the parts of trust are on average nearer to nothing than to all that could be wished for."""
FEW = 10
"""Training pictures below which a class has few: one of them more or less moves its average precision by a tenth."""
HARDLY_KNOWN = 0.25
"""Of the way from chance to a perfect ranking: of the pictures that look most like the class, most are not of it."""
OFTEN_IMPLAUSIBLE = 1 / 3
"""Share of the masks of a class that are nearly empty or full from which that is no matter of odd pictures."""
SELDOM_FOUND = 0.5
"""F1 below which a segmenter is more often wrong about the class than right."""
ALWAYS_TOGETHER = 0.8
"""Share of a class's pictures from which nothing but the other fifth tells it from its companion."""
MOST = 10
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


def verdicts(lines: Sequence[ClassLine]) -> list[Verdict]:
    """Of each class that is not to be trusted or has something odd about it; the least trusted first."""
    found = [Verdict(line.name, line.trust, _reasons(line)) for line in lines]
    said = [verdict for verdict in found if verdict.reasons]
    return sorted(said, key=lambda verdict: -1.0 if verdict.trust is None else verdict.trust)


def whole(lines: Sequence[ClassLine]) -> list[str]:
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


def on_terminal(lines: Sequence[ClassLine], learning: Sequence[Learning] = ()) -> list[str]:
    """All of it in few lines, with the trainings that were too short."""
    said = verdicts(lines)
    more = [f"and {len(said) - MOST} more classes: see the report"] if len(said) > MOST else []
    short = [f"{network.variant}: {network.warning}" for network in learning if network.warning]
    return [*whole(lines), *short, *map(str, said[:MOST]), *more]


def _reasons(line: ClassLine) -> tuple[str, ...]:
    """What is beyond a limit; of a class with little trust and nothing beyond one, the worst part of it."""
    found = tuple(_beyond_limits(line))
    return found or ((_worst(line),) if line.trust is not None and line.trust < LEAST_TRUST else ())


def _beyond_limits(line: ClassLine) -> Iterator[str]:
    parts, way = line.parts, line.way
    if line.pictures is not None and line.pictures < FEW:
        number = {0: "no pictures", 1: "1 picture"}.get(line.pictures, f"{line.pictures} pictures")
        yield f"{number}: add more of this class"
    if parts.knows is not None and parts.knows < HARDLY_KNOWN:
        yield f"the network hardly knows it ({_precision(line)}): add pictures of this class, or try another encoder"
    if parts.fits is not None and 1 - parts.fits >= OFTEN_IMPLAUSIBLE:
        share = f"{1 - parts.fits:.0%} of its masks are nearly empty or nearly full"
        yield f"{share}: look at its maps, and try another threshold or another kind of mask"
    elif parts.finds is not None and parts.finds < SELDOM_FOUND:
        yield f"{_found(line)}{', though there are masks of it' * bool(way.masks)}: train it longer"
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
        "agrees": lambda: f"{line.way.predictions} and {line.way.masks} differ (IoU {line.parts.agrees:.2f})",
    }
    return f"{words[min(counted, key=counted.get)]()}: look at its pictures with `seedmask view`"


def _precision(line: ClassLine) -> str:
    return f"average precision {line.precision:.2f}, chance {line.chance:.2f}"


def _found(line: ClassLine) -> str:
    return f"{line.way.segmenter} is often wrong about whether it is there (F1 {line.parts.finds:.2f})"
