"""Outlines as polygons, in units of a thing: x to the right, y downward, the thing about from -1 to 1."""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from jaxtyping import Float

Points: TypeAlias = Float[np.ndarray, "_ 2"]
"""Corners of a polygon, x and y."""
Coordinate: TypeAlias = float | int


def corners(*points: tuple[Coordinate, Coordinate]) -> Points:
    """A polygon with these corners."""
    return np.array(points, np.float64)


def box(left: Coordinate, top: Coordinate, right: Coordinate, bottom: Coordinate) -> Points:
    """A rectangle."""
    return corners((left, top), (right, top), (right, bottom), (left, bottom))


def ellipse(
    x: Coordinate, y: Coordinate, rx: Coordinate, ry: Coordinate, arc: tuple[Coordinate, Coordinate] = (0, 1)
) -> Points:
    """An ellipse, or the part of it between two turns (0 right, 0.25 bottom, 0.5 left), closed by a straight line."""
    angles = 2 * np.pi * np.linspace(arc[0], arc[1], 40)
    return np.stack([x + rx * np.cos(angles), y + ry * np.sin(angles)], axis=1)


def star(points: int, inner: float, turn: float = 0.0) -> Points:
    """A star with `points` points of radius 1; `inner` is the radius between them."""
    angles = 2 * np.pi * (turn + np.arange(2 * points) / (2 * points))
    radii = np.where(np.arange(2 * points) % 2, inner, 1.0)
    return np.stack([radii * np.cos(angles), radii * np.sin(angles)], axis=1)


def petals(number: int, depth: float) -> Points:
    """A round outline with waves: `number` petals, of `depth` of the radius."""
    angles = 2 * np.pi * np.arange(120) / 120
    radii = 1 - depth * (0.5 + 0.5 * np.cos(number * angles))
    return np.stack([radii * np.cos(angles), radii * np.sin(angles)], axis=1)


def lumpy(
    rng: np.random.Generator, roughness: float = 0.18, x: Coordinate = 0, y: Coordinate = 0, r: Coordinate = 1
) -> Points:
    """A round outline with bumps at random, of radius `r` around x and y."""
    angles = 2 * np.pi * np.arange(60) / 60
    waves = [rng.normal(0, roughness / n) * np.cos(n * angles + rng.uniform(0, 2 * np.pi)) for n in range(2, 7)]
    radii = r * np.clip(1 + np.sum(waves, axis=0), 0.4, 1.6)
    return np.stack([x + radii * np.cos(angles), y + radii * np.sin(angles)], axis=1)


def shard(rng: np.random.Generator) -> Points:
    """A convex piece with three to six corners."""
    angles = np.sort(rng.uniform(0, 2 * np.pi, int(rng.integers(4, 7))))
    return np.stack([np.cos(angles), rng.uniform(0.5, 1) * np.sin(angles)], axis=1)


def hoop(inner: float) -> Points:
    """A ring of radius 1 with a hole of radius `inner`."""
    rim = ellipse(0, 0, 1, 1)
    return np.concatenate([rim, inner * rim[::-1]])


def crescent() -> Points:
    """A disc without a smaller one at its right side."""
    return np.concatenate([ellipse(0, 0, 1, 1, (0.1, 0.9)), ellipse(0.45, 0, 0.75, 0.75, (0.9, 0.1))])


def tube(path: Points | Sequence[tuple[Coordinate, Coordinate]], width: float) -> Points:
    """A bent bar of `width` along a path."""
    points = np.array(path, np.float64)
    along = np.gradient(points, axis=0)
    across = np.stack([-along[:, 1], along[:, 0]], axis=1) / np.linalg.norm(along, axis=1, keepdims=True)
    return np.concatenate([points + across * width / 2, (points - across * width / 2)[::-1]])


def rounded(points: Points, rounds: int = 2) -> Points:
    """The polygon with its corners cut `rounds` times (Chaikin)."""
    for _ in range(rounds):
        following = np.roll(points, -1, axis=0)
        cut = np.stack([0.75 * points + 0.25 * following, 0.25 * points + 0.75 * following], axis=1)
        points = cut.reshape(-1, 2)
    return points
