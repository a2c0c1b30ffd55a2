"""A figure: textured pieces in units of their own, and their position in a picture."""

import math
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from jaxtyping import Bool, Float

from seedmask.demo.hard.outlines import Points
from seedmask.demo.hard.raster import PixelBox, box_around, rastered


@dataclass(frozen=True, eq=False)
class Piece:
    """One textured polygon."""

    points: Points
    """In units of the figure."""
    texture: str
    tone: int = 0
    """Which of the figure's three colours."""
    period: float = 0.3
    """Usual length of what the texture repeats, in units of the figure."""


Pieces: TypeAlias = tuple[Piece, ...]
"""From back to front."""


@dataclass(frozen=True)
class Position:
    """Where a figure is and how it is turned."""

    x: float
    """Of its middle, in pixels."""
    y: float
    scale: float
    """Pixels of one unit."""
    turn: float = 0.0
    """Radians, clockwise."""
    mirrored: bool = False

    def pixels(self, points: Points) -> Points:
        """Points in units of the figure as pixels."""
        cos, sin = self.scale * math.cos(self.turn), self.scale * math.sin(self.turn)
        side = -1 if self.mirrored else 1
        return points @ np.array([[side * cos, side * sin], [-sin, cos]]) + (self.x, self.y)

    def units(
        self, x: Float[np.ndarray, "h w"], y: Float[np.ndarray, "h w"]
    ) -> tuple[Float[np.ndarray, "h w"], Float[np.ndarray, "h w"]]:
        """Columns and rows as units of the figure."""
        cos, sin = math.cos(self.turn) / self.scale, math.sin(self.turn) / self.scale
        u, v = cos * (x - self.x) + sin * (y - self.y), cos * (y - self.y) - sin * (x - self.x)
        return (-u if self.mirrored else u), v


@dataclass(frozen=True, eq=False)
class Figure:
    """A thing, its companion or a distractor."""

    role: str
    """`thing`, `companion`, `salient` or `clutter`; only things have tags."""
    pieces: Pieces
    position: Position
    name: str | None = None
    """Class of a thing."""
    low_contrast: bool = False
    small: bool = False

    def moved(self, x: int, y: int) -> "Figure":
        """The figure this many pixels further to the right and downward."""
        position = self.position
        return replace(self, position=replace(position, x=position.x + x, y=position.y + y))

    def outlines(self) -> list[Points]:
        """Of its pieces, in pixels."""
        return [self.position.pixels(piece.points) for piece in self.pieces]

    def box(self) -> PixelBox:
        """Pixels around it, those outside of the picture too."""
        return box_around(np.concatenate(self.outlines()))

    def silhouette(self) -> tuple[PixelBox, Bool[np.ndarray, "h w"]]:
        """The pixels whose middles it covers, those outside of the picture too, and the box that they fill."""
        box = self.box()
        return box, rastered(self.outlines(), box)


def unit_area(pieces: Pieces) -> float:
    """Area of the union of pieces, in square units."""
    scale = 64.0
    _, pixels = Figure("thing", pieces, Position(0.0, 0.0, scale)).silhouette()
    return float(pixels.sum()) / scale**2


def bent(pieces: Pieces, rng: np.random.Generator) -> Pieces:
    """The pieces, stretched and bent together along a wave, so that no two figures of a class are the same."""
    wave, phase = rng.uniform(1, 2.5, 2), rng.uniform(0, 2 * np.pi, 2)
    strength, stretch = rng.normal(0, 0.05, 2), float(np.exp(rng.normal(0, 0.12)))

    def moved(points: Points) -> Points:
        return (points + strength * np.sin(wave * points[:, ::-1] + phase)) * (stretch, 1 / stretch)

    return tuple(replace(piece, points=moved(piece.points)) for piece in pieces)
