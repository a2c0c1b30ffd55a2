"""Grounds: where those of classes lie, and their textures, which look different in each split."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from seedmask.demo.hard.outlines import Points, corners, lumpy
from seedmask.demo.hard.raster import PixelBox
from seedmask.demo.hard.textures import fractal, texture

OF_CLASSES = ("road", "water", "bed", "rails", "litter", "sand")
"""Grounds that a class comes with."""
BANDS = ("road", "rails")
"""Those that cross the whole picture; the others are patches."""
COMMON = ("grass", "gravel", "paving", "snow", "boards", "cloth", "furrows", "rock")
"""Grounds that no class comes with."""
HUES = {"road": 0.6, "water": 0.55, "bed": 0.36, "rails": 0.08, "litter": 0.06, "sand": 0.12}
PATTERNS = {
    "paving": ("bricks", 2.0),
    "boards": ("planks", 2.0),
    "cloth": ("weave", 1.0),
    "litter": ("cells", 0.6),
    "bed": ("leaves", 0.8),
}
"""Texture of a ground and its period, as a factor of that of the split."""
WAVES = {"furrows": 1.0, "water": 0.8, "sand": 0.5}
"""Period of the waves of a ground, as a factor of that of the split."""


@dataclass(frozen=True)
class GroundLook:
    """Ranges of the noise and patterns of which grounds are made."""

    cell: tuple[float, float]
    """Length of the coarsest changes, as a share of the picture's width."""
    roughness: tuple[float, float]
    """Weight of each finer noise against the one before."""
    stretch: tuple[float, float]
    """How much longer changes are along the rows than along the columns."""
    period: tuple[float, float]
    """Length of what repeats, as a share of the picture's width."""


LOOKS = {
    "train": GroundLook(cell=(0.08, 0.2), roughness=(0.45, 0.7), stretch=(1.0, 1.8), period=(0.03, 0.055)),
    "val": GroundLook(cell=(0.2, 0.35), roughness=(0.7, 0.9), stretch=(1.8, 3.0), period=(0.055, 0.08)),
}
"""Of each split; the ranges touch but do not overlap."""


@dataclass(frozen=True, eq=False)
class Ground:
    """Where a ground of a class lies."""

    name: str
    points: Points
    """Its outline, in pixels."""
    middle: float = 0.0
    """Row of the middle of a band at the left side."""
    slope: float = 0.0
    """Rows by which it falls in a column."""


def lay(name: str, size: tuple[int, int], rng: np.random.Generator) -> Ground:
    """A ground somewhere in the lower part of a picture of this width and height."""
    width, height = size
    if name in BANDS:
        middle, slope = rng.uniform(0.5, 0.88) * height, rng.uniform(-0.08, 0.08)
        half, end = rng.uniform(0.07, 0.12) * height, middle + slope * width
        outline = corners((0, middle - half), (width, end - half), (width, end + half), (0, middle + half))
        return Ground(name, outline, middle, slope)
    radii = rng.uniform(0.3, 0.5) * width, rng.uniform(0.2, 0.35) * height
    middle = rng.uniform(0.2, 0.8) * width, rng.uniform(0.5, 0.85) * height
    return Ground(name, lumpy(rng, 0.12) * radii + middle)


def common_colours(
    name: str, box: PixelBox, width: int, look: GroundLook, rng: np.random.Generator
) -> Float[np.ndarray, "h w 3"]:
    """Colours of a ground that no class comes with, or of the sky ("clouds"), of any hue."""
    return _colours(name, box, width, look, rng.random(), rng)


def ground_colours(
    ground: Ground, box: PixelBox, size: tuple[int, int], look: GroundLook, rng: np.random.Generator
) -> Float[np.ndarray, "h w 3"]:
    """Colours of a ground of a class, with the markings of a road and the rails on sleepers.

    Args:
        ground: which one.
        box: the part of the picture that is wanted.
        size: width and height of the picture.
        look: of the split.
        rng: for all of it.
    """
    width, height = size
    colours = _colours(ground.name, box, width, look, HUES[ground.name] + rng.normal(0, 0.05), rng)
    x, y = box.middles()
    # Of the picture's height, downward from the middle of a band.
    off = (y - ground.middle - ground.slope * x) / height
    if ground.name == "road":
        dash = rng.uniform(0.05, 0.09) * width
        marked = (np.abs(off) < 0.008) & ((x + rng.uniform(0, dash)) % (2 * dash) < dash)
        colours[marked] = min(float(colours.mean()) + rng.uniform(50, 100), 255)
    elif ground.name == "rails":
        sleeper = rng.uniform(0.04, 0.06) * width
        colours[(np.abs(off) < 0.06) & (x % sleeper < 0.4 * sleeper)] *= rng.uniform(0.15, 0.55)
        colours[np.abs(np.abs(off) - 0.035) < 0.006] = rng.uniform(120, 220)
    return colours


def _colours(
    name: str, box: PixelBox, width: int, look: GroundLook, hue: float, rng: np.random.Generator
) -> Float[np.ndarray, "h w 3"]:
    values = _values(name, box, width, look, rng)
    grey, bright = name in ("road", "snow", "rails"), name in ("snow", "clouds")
    saturation = rng.uniform(0.02, 0.12) if grey else rng.uniform(0.1, 0.5)
    value = rng.uniform(0.6, 0.9) if bright else rng.uniform(0.3, 0.8)
    low = rgb(hue, saturation, value * rng.uniform(0.5, 0.75))
    high = rgb(hue + rng.normal(0, 0.04), 0.8 * saturation, min(value * rng.uniform(1.1, 1.3), 1.0))
    return low + (high - low) * values[..., None]


def _values(
    name: str, box: PixelBox, width: int, look: GroundLook, rng: np.random.Generator
) -> Float[np.ndarray, "h w"]:
    """Values in 0..1 of which a ground is made: noise, with its pattern if it has one."""
    cell, period = rng.uniform(*look.cell) * width, rng.uniform(*look.period) * width
    roughness, stretch = rng.uniform(*look.roughness), rng.uniform(*look.stretch)
    if name in ("gravel", "road", "sand", "litter"):
        cell *= 0.4
    if name in ("grass", "bed"):
        cell, stretch = 0.5 * cell, 1 / stretch
    if name in ("snow", "clouds"):
        roughness *= 0.6
    values = fractal((box.right - box.left, box.bottom - box.top), cell, roughness, stretch, rng)
    x, y = box.middles()
    if name in PATTERNS:
        kind, factor = PATTERNS[name]
        pattern = texture(kind, x, y, factor * period, rng)
    elif name in WAVES:
        turn = (y + rng.uniform(-0.25, 0.25) * x) / (WAVES[name] * period)
        pattern = 0.5 + 0.5 * np.sin(2 * np.pi * turn + 5 * values)
    else:
        return values
    return values + rng.uniform(0.35, 0.6) * (pattern - values)


def rgb(hue: float, saturation: float, value: float) -> Float[np.ndarray, "3"]:
    """Colour in 0..255 from a hue (any number; it repeats after 1), saturation and value in 0..1."""
    shares = np.clip(np.abs((hue * 6 + np.array([0.0, 4.0, 2.0])) % 6 - 3) - 1, 0, 1)
    return (255 * value * (1 - saturation * (1 - shares))).astype(np.float32)
