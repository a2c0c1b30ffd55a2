"""What is to be seen in a picture of `stamps`: drawn at random, before any pixel is touched."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.data.demo.kinds import KINDS, NAMES, Kind, kind_at
from pipeline.data.demo.tables import Background, Cutout

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
    """One cut-out that is to be placed."""

    cutout: Cutout
    height: float
    """Wanted, as a share of the picture's height."""
    standing: bool


@dataclass(frozen=True)
class Scene:
    """One picture before it is composed."""

    size: tuple[int, int]
    """Width and height in pixels."""
    background: Background
    things: tuple[Thing, ...]
    """The main object first."""


def draw_scene(
    rng: np.random.Generator,
    number: int,
    cutouts: Sequence[Cutout],
    backgrounds: Sequence[Background],
) -> Scene:
    """Draw the picture with this number from the cut-outs and backgrounds of its split.

    The main classes of successive numbers follow the golden-ratio sequence, which gives any run of pictures very
    nearly the wanted frequencies although no picture knows of the others.
    """
    main = kind_at((0.5 + number * GOLDEN) % 1)
    kinds: list[Kind] = [main]
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
    return Scene(SIZES[rng.integers(len(SIZES))], _pick(rng, fitting), tuple(things))


def picture_rng(seed: int, split: str, number: int) -> np.random.Generator:
    """The randomness of one picture, which no other picture touches."""
    return np.random.default_rng([seed, SPLITS.index(split), number])


def _pick(rng: np.random.Generator, choices: Sequence):
    return choices[rng.integers(len(choices))]
