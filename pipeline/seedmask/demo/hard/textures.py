"""Textures: values in 0..1 at positions in units of a figure, or in pixels of a ground."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from PIL import Image


@dataclass(frozen=True, eq=False)
class Surface:
    """Where a texture is computed."""

    u: Float[np.ndarray, "h w"]
    """Position from left to right."""
    v: Float[np.ndarray, "h w"]
    """Position from top to bottom."""
    s: Float[np.ndarray, "h w"]
    """Position from left to right in periods, from a random start."""
    t: Float[np.ndarray, "h w"]
    """Position from top to bottom in periods, from a random start."""
    grain: Float[np.ndarray, "h w"]
    """Fine noise in 0..1."""
    period: float
    rng: np.random.Generator


def stripes(at: Surface) -> Float[np.ndarray, "h w"]:
    """Slanting stripes."""
    return 0.5 + 0.5 * np.tanh(3 * np.sin(2 * np.pi * (0.8 * at.s + 0.6 * at.t)))


def leaves(at: Surface) -> Float[np.ndarray, "h w"]:
    """Bright specks in clumps."""
    return 1.6 * noise(at.s * 2.2, at.t * 2.2, at.rng) * at.grain + 0.15


def bricks(at: Surface) -> Float[np.ndarray, "h w"]:
    """Courses of bricks, every other one by half a brick further."""
    course = at.t * 1.2
    brick = at.s * 0.6 + 0.5 * (np.floor(course) % 2)
    return ((brick % 1 > 0.1) & (course % 1 > 0.14)).astype(np.float32)


def planks(at: Surface) -> Float[np.ndarray, "h w"]:
    """Long boards with grain along them."""
    return (at.t % 1 > 0.14) * (0.6 + 0.4 * noise(at.s, at.t * 6, at.rng))


def weave(at: Surface) -> Float[np.ndarray, "h w"]:
    """Threads that go over and under."""
    across, along = np.abs(np.sin(2 * np.pi * at.s)), np.abs(np.sin(2 * np.pi * at.t))
    return np.where((np.floor(at.s * 2) + np.floor(at.t * 2)) % 2, across, along)


def scales(at: Surface) -> Float[np.ndarray, "h w"]:
    """Rows of rounded scales."""
    row = np.floor(at.t * 1.6)
    du, dv = (at.s * 1.6 + 0.5 * (row % 2)) % 1 - 0.5, at.t * 1.6 - row
    return np.clip(np.hypot(du, dv) * 1.1, 0, 1) ** 2


def rays(at: Surface) -> Float[np.ndarray, "h w"]:
    """Rays from the middle."""
    number = round(9 / (0.5 + at.period))
    return 0.5 + 0.5 * np.sin(np.arctan2(at.v, at.u) * number + 3 * np.hypot(at.u, at.v))


def dots(at: Surface) -> Float[np.ndarray, "h w"]:
    """Round dots, every other row by half a period further."""
    row = np.floor(at.t)
    du, dv = (at.s + 0.5 * (row % 2)) % 1 - 0.5, at.t - row - 0.5
    return (np.hypot(du, dv) < 0.29).astype(np.float32)


def chevrons(at: Surface) -> Float[np.ndarray, "h w"]:
    """A zigzag."""
    return 0.5 + 0.5 * np.tanh(3 * np.sin(2 * np.pi * (at.t + np.abs(at.s % 1.4 - 0.7))))


def checks(at: Surface) -> Float[np.ndarray, "h w"]:
    """A chessboard."""
    return (np.floor(at.s * 1.4) + np.floor(at.t * 1.4)) % 2


def ribs(at: Surface) -> Float[np.ndarray, "h w"]:
    """Upright ribs, dark and narrow between them."""
    return np.abs(np.sin(np.pi * 1.3 * at.s)) * (0.5 + 0.5 * at.grain)


def cells(at: Surface) -> Float[np.ndarray, "h w"]:
    """Patches with dark seams: one centre in every unit square, a seam where the nearest two are as near."""
    offsets = at.rng.random((16, 16, 2), np.float32)
    x, y = np.floor(at.s).astype(np.int32), np.floor(at.t).astype(np.int32)
    nearest, second = np.full(at.s.shape, 9, np.float32), np.full(at.s.shape, 9, np.float32)
    for dx in (-1, 0, 1):
        for dy in (-1, 0, 1):
            centre = offsets[(y + dy) % 16, (x + dx) % 16]
            distance = np.hypot(x + dx + centre[..., 0] - at.s, y + dy + centre[..., 1] - at.t)
            second = np.minimum(second, np.maximum(nearest, distance))
            nearest = np.minimum(nearest, distance)
    return 4 * (second - nearest)


def rings(at: Surface) -> Float[np.ndarray, "h w"]:
    """Rings around the middle."""
    return 0.5 + 0.5 * np.sin(2 * np.pi * np.hypot(at.u, at.v) / (0.8 * at.period))


def plain(at: Surface) -> Float[np.ndarray, "h w"]:
    """Nearly one value."""
    return 0.35 + 0.3 * noise(at.s * 0.5, at.t * 0.5, at.rng)


TEXTURES: dict[str, Callable[[Surface], Float[np.ndarray, "h w"]]] = {
    function.__name__: function
    for function in (
        stripes, leaves, bricks, planks, weave, scales, rays, dots, chevrons, checks, ribs, cells, rings, plain
    )
}  # fmt: skip


def texture(
    name: str, u: Float[np.ndarray, "h w"], v: Float[np.ndarray, "h w"], period: float, rng: np.random.Generator
) -> Float[np.ndarray, "h w"]:
    """Values of one texture in 0..1.

    Args:
        name: one of `TEXTURES`.
        u: position from left to right.
        v: position from top to bottom.
        period: length of what is repeated, in the same units.
        rng: for where it begins, and for its grain.
    """
    s, t = (u + rng.uniform(0, period)) / period, (v + rng.uniform(0, period)) / period
    grain = noise(u / (0.3 * period), v / (0.3 * period), rng)
    values = TEXTURES[name](Surface(u, v, s, t, grain, period, rng))
    return (0.88 * np.clip(values, 0, 1) + 0.12 * grain).astype(np.float32, copy=False)


def noise(
    u: Float[np.ndarray, "h w"], v: Float[np.ndarray, "h w"], rng: np.random.Generator
) -> Float[np.ndarray, "h w"]:
    """Smooth noise in 0..1 that changes over lengths of 1, and repeats after 32."""
    grid = rng.random(32 * 32, np.float32)
    x, y = np.floor(u), np.floor(v)
    du, dv = u - x, v - y
    x, y = x.astype(np.int32), y.astype(np.int32)
    left, right, above, below = x & 31, (x + 1) & 31, (y & 31) << 5, ((y + 1) & 31) << 5
    top, bottom = grid[above + left], grid[below + left]
    top = top + du * (grid[above + right] - top)
    bottom = bottom + du * (grid[below + right] - bottom)
    return top + dv * (bottom - top)


def fractal(
    size: tuple[int, int], cell: float, roughness: float, stretch: float, rng: np.random.Generator
) -> Float[np.ndarray, "H W"]:
    """Noise of several sizes, from 0 to 1.

    Args:
        size: width and height in pixels.
        cell: length of the coarsest changes in pixels.
        roughness: weight of each finer noise against the one before.
        stretch: how much longer the changes are along the rows than along the columns.
        rng: for the noise.
    """
    width, height = size
    total, weight = np.zeros((height, width), np.float32), 1.0
    while True:
        part = (0.0, 0.0, width / (cell * stretch), height / cell)
        grid = Image.fromarray(rng.random((math.ceil(part[3]), math.ceil(part[2])), np.float32))
        total += weight * np.asarray(grid.resize(size, Image.Resampling.BILINEAR, part))
        cell, weight = cell / 2.2, weight * roughness
        if cell < 1.5:
            break
    low, high = float(total.min()), float(total.max())
    return (total - low) / max(high - low, 1e-6)
