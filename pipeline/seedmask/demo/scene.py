"""Content of an image of `stamps`: drawn at random, before any pixel is computed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from seedmask.demo.cutouts import BackgroundPhoto, Cutout

TAIL_EXPONENT = 0.75
RAREST_WEIGHT = 0.25


@dataclass(frozen=True)
class ObjectKind:
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
    ObjectKind("bird", ("sky", "shore", "meadow"), "flower", False, "birds, standing, swimming and flying"),
    ObjectKind("ungulate", ("meadow", "mountain"), "cattle", True, "sheep, goats, deer, horses, camels, giraffe"),
    ObjectKind("flower", ("foliage", "meadow"), "insect", False, "single blossoms"),
    ObjectKind("produce", ("indoor", "foliage"), "flower", False, "fruit and vegetables"),
    ObjectKind("vehicle", ("road",), "carnivore", True, "cars, lorries, bus, armoured vehicles"),
    ObjectKind("cattle", ("meadow", "mountain"), "ungulate", True, "cattle, bison, yak, gnus"),
    ObjectKind("carnivore", ("forest", "mountain"), "rodent", True, "bears, big cats, dogs, martens, sea lion"),
    ObjectKind("rodent", ("forest", "foliage"), "produce", True, "rodents and rabbits"),
    ObjectKind("insect", ("foliage",), "flower", False, "flies, wasps, moth, grasshopper, mantis"),
    ObjectKind("fish", ("water",), "bird", False, "sea fish"),
)
NAMES = tuple(kind.name for kind in KINDS)


def tail_weights(count: int, exponent: float, rarest: float) -> list[float]:
    """Frequencies by rank: rank^-exponent, the natural long tail, down to a floor that leaves the rarest examples."""
    return [max((rank + 1) ** -exponent, rarest) for rank in range(count)]


def kind_at(position: float) -> ObjectKind:
    """The class at `position` (0..1) on the line on which each class has a length as its frequency."""
    weights = tail_weights(len(KINDS), TAIL_EXPONENT, RAREST_WEIGHT)
    left = position * sum(weights)
    for kind, weight in zip(KINDS, weights, strict=True):
        left -= weight
        if left < 0:
            return kind
    return KINDS[-1]


SIZES = ((320, 240), (320, 240), (240, 320))
"""Width and height; drawn with equal chances."""
AT_HOME = 0.9
"""Share of pictures in which the main class has one of its own contexts."""
WITH_PARTNER, WITH_STRANGER, WITH_TWIN, WITH_DISTRACTOR = 0.32, 0.14, 0.12, 0.45
MAIN_HEIGHT, OTHER_HEIGHT, DISTRACTOR_HEIGHT = (0.4, 1.0), (0.4, 0.75), (0.35, 0.75)
"""Of the picture's height."""
GOLDEN = 0.6180339887498949
SPLITS = ("train", "val")


@dataclass(frozen=True)
class Thing:
    """One cut-out, to be placed."""

    cutout: Cutout
    height: float
    """Wanted, as a share of the picture's height."""
    standing: bool


@dataclass(frozen=True)
class Scene:
    """One picture before it is composed."""

    size: tuple[int, int]
    """Width and height in pixels."""
    background: BackgroundPhoto
    things: tuple[Thing, ...]
    """The main object first."""


def draw_scene(
    rng: np.random.Generator,
    number: int,
    cutouts: Sequence[Cutout],
    backgrounds: Sequence[BackgroundPhoto],
) -> Scene:
    """Draw the picture with this number from the cut-outs and backgrounds of its split.

    The main classes of successive numbers follow the golden-ratio sequence, which gives any run of pictures very
    nearly the wanted frequencies although no picture knows of the others.
    """
    main = kind_at((0.5 + number * GOLDEN) % 1)
    kinds: list[ObjectKind] = [main]
    if rng.random() < WITH_PARTNER:
        kinds.append(KINDS[NAMES.index(main.partner)])
    if rng.random() < WITH_STRANGER:
        kinds.append(KINDS[rng.integers(len(KINDS))])
    if rng.random() < WITH_TWIN:
        kinds.append(main)
    things = []
    for place, kind in enumerate(kinds):
        own = [cutout for cutout in cutouts if cutout.kind == kind.name]
        height = rng.uniform(*(OTHER_HEIGHT if place else MAIN_HEIGHT))
        things.append(Thing(_pick(rng, own), height, kind.standing))
    if rng.random() < WITH_DISTRACTOR:
        distractors = [cutout for cutout in cutouts if cutout.kind is None]
        things.append(Thing(_pick(rng, distractors), rng.uniform(*DISTRACTOR_HEIGHT), standing=True))
    at_home = rng.random() < AT_HOME
    fitting = [area for area in backgrounds if not at_home or set(area.contexts) & set(main.contexts)]
    return Scene(SIZES[int(rng.integers(len(SIZES)))], _pick(rng, fitting), tuple(things))


Choice = TypeVar("Choice")


def picture_rng(seed: int, split: str, number: int) -> np.random.Generator:
    """Random generator of one image, independent of all other images."""
    return np.random.default_rng([seed, SPLITS.index(split), number])


def _pick(rng: np.random.Generator, choices: Sequence[Choice]) -> Choice:
    return choices[int(rng.integers(len(choices)))]
