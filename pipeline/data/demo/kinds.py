"""The classes of `stamps`, in order of their frequency: where they are met and beside what.

The coarse classes merge what has too few cut-outs to be learnt alone: with fewer than five, the score of a class
says nothing.
"""

from dataclasses import dataclass

TAIL_EXPONENT = 0.75
RAREST_WEIGHT = 0.25


@dataclass(frozen=True)
class Kind:
    """One class."""

    name: str
    contexts: tuple[str, ...]
    """Backgrounds that it prefers."""
    partner: str
    """Class that is often seen beside it."""
    standing: bool
    """Whether it stands on the ground (upright, in the lower part of the picture, with a shadow)."""
    members: str
    """What belongs to it, for the reader."""


KINDS = (
    Kind("bird", ("sky", "shore", "meadow"), "flower", False, "birds, standing, swimming and flying"),
    Kind("ungulate", ("meadow", "mountain"), "cattle", True, "sheep, goats, deer, horses, camels, giraffe"),
    Kind("flower", ("foliage", "meadow"), "insect", False, "single blossoms"),
    Kind("produce", ("indoor", "foliage"), "flower", False, "fruit and vegetables"),
    Kind("vehicle", ("road",), "carnivore", True, "cars, lorries, bus, armoured vehicles"),
    Kind("cattle", ("meadow", "mountain"), "ungulate", True, "cattle, bison, yak, gnus"),
    Kind("carnivore", ("forest", "mountain"), "rodent", True, "bears, big cats, dogs, martens, sea lion"),
    Kind("rodent", ("forest", "foliage"), "produce", True, "rodents and rabbits"),
    Kind("insect", ("foliage",), "flower", False, "flies, wasps, moth, grasshopper, mantis"),
    Kind("fish", ("water",), "bird", False, "sea fish"),
)
NAMES = tuple(kind.name for kind in KINDS)


def kind_at(position: float) -> Kind:
    """The class at `position` (0..1) on the line on which each class has a length as its frequency.

    Frequencies fall as rank^-0.75, the natural long tail, down to a floor that leaves the rarest class examples.
    """
    weights = [max((rank + 1) ** -TAIL_EXPONENT, RAREST_WEIGHT) for rank in range(len(KINDS))]
    left = position * sum(weights)
    for kind, weight in zip(KINDS, weights, strict=True):
        left -= weight
        if left < 0:
            return kind
    return KINDS[-1]
