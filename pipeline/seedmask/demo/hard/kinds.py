"""The classes of `shapes-hard`: how each is built of pieces, and what it comes with."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from seedmask.demo.hard.figures import Piece, Pieces
from seedmask.demo.hard.outlines import box, corners, ellipse, lumpy, petals, rounded, tube


@dataclass(frozen=True)
class FigureKind:
    """One class."""

    name: str
    build: Callable[[np.random.Generator], Pieces]
    """Its pieces from back to front; proportions are drawn at random."""
    hue: float
    """Usual, 0..1."""
    standing: bool
    """Upright with its foot on the ground."""
    ground: str | None = None
    """What it is on."""
    companion: str | None = None
    """What is beside it, or holds it up."""

    @property
    def upright(self) -> bool:
        """Whether it is hardly turned; the others are turned in any direction."""
        return self.standing or self.hanging

    @property
    def hanging(self) -> bool:
        """Whether its companion holds it, so that it may be anywhere."""
        return self.companion is not None and not self.standing


def car(rng: np.random.Generator) -> Pieces:
    """A body with a cabin, a window and two wheels."""
    roof, rear = rng.uniform(-0.62, -0.42), rng.uniform(0.25, 0.6)
    body = corners((-1, 0.3), (-1, 0), (-0.6, -0.1), (-0.35, roof), (rear - 0.2, roof), (rear, -0.1), (1, 0), (1, 0.3))
    window = corners((-0.42, -0.12), (-0.28, roof + 0.1), (rear - 0.28, roof + 0.1), (rear - 0.15, -0.12))
    wheels = tuple(Piece(ellipse(x, 0.3, 0.2, 0.2), "rings", 2, 0.16) for x in (-0.58, 0.58))
    return (Piece(rounded(body), "stripes", 0, 0.22), Piece(window, "plain", 1), *wheels)


def tree(rng: np.random.Generator) -> Pieces:
    """A trunk with a crown."""
    thick, low = rng.uniform(0.08, 0.16), rng.uniform(0, 0.3)
    crown = lumpy(rng, 0.3) * (rng.uniform(0.5, 0.8), 0.65) + (0, low - 0.65)
    trunk = corners((-thick, 1), (-0.6 * thick, -0.2), (0.6 * thick, -0.2), (thick, 1))
    return Piece(trunk, "ribs", 1, 0.12), Piece(crown, "leaves", 0, 0.3)


def house(rng: np.random.Generator) -> Pieces:
    """Walls of bricks, a roof, a door and windows."""
    wide, eaves = rng.uniform(0.65, 1), rng.uniform(-0.35, -0.05)
    ridge = rng.uniform(0, 0.6) * wide
    roof = corners((-wide - 0.12, eaves), (-ridge, -0.9), (ridge, -0.9), (wide + 0.12, eaves))
    door = rng.uniform(-0.5, 0.3) * wide
    panes = tuple(
        Piece(box(x - 0.11, eaves + 0.2, x + 0.11, eaves + 0.45), "plain", 2) for x in (door - 0.35, door + 0.45)
    )
    walls = Piece(box(-wide, eaves, wide, 0.9), "bricks", 0, 0.16)
    return (walls, Piece(roof, "scales", 1, 0.22), Piece(box(door, 0.35, door + 0.25, 0.9), "planks", 2), *panes)


def boat(rng: np.random.Generator) -> Pieces:
    """A hull with a mast and a sail."""
    bow, mast = rng.uniform(0.7, 0.95), rng.uniform(-0.15, 0.15)
    hull = rounded(corners((-1, 0.4), (1, 0.35), (bow - 0.2, 0.85), (-0.75, 0.85)), 1)
    sail = corners((mast + 0.06, -1), (mast + bow * 0.8, 0.2), (mast + 0.06, 0.25))
    jib = corners((mast - 0.06, -0.8), (mast - 0.06, 0.25), (mast - rng.uniform(0.4, 0.75), 0.25))
    pole = box(mast - 0.04, -1, mast + 0.04, 0.45)
    return (
        Piece(pole, "plain", 2),
        Piece(sail, "weave", 1, 0.14),
        Piece(jib, "weave", 1, 0.14),
        Piece(hull, "planks", 0, 0.16),
    )


def fish(rng: np.random.Generator) -> Pieces:
    """A body with scales, fins and an eye."""
    high, fork = rng.uniform(0.35, 0.6), rng.uniform(0.35, 0.55)
    body = ellipse(0.15, 0, 0.8, high)
    tail = corners((-0.5, 0), (-1, -fork), (-0.85, 0), (-1, fork))
    fin = corners((-0.1, -high * 0.9), (0.1, -high - 0.3), (0.5, -high * 0.8))
    return (
        Piece(tail, "ribs", 1, 0.12),
        Piece(fin, "ribs", 1, 0.12),
        Piece(body, "scales", 0, 0.24),
        Piece(ellipse(0.65, -0.1, 0.07, 0.07), "plain", 2),
    )


def flower(rng: np.random.Generator) -> Pieces:
    """Petals around a centre."""
    outline = petals(int(rng.integers(5, 9)), rng.uniform(0.3, 0.5))
    squeeze = rng.uniform(0.75, 1)
    centre = ellipse(0, 0, 0.27, 0.27 * squeeze)
    return Piece(outline * (1, squeeze), "rays", 0, 0.4), Piece(centre, "dots", 1, 0.1)


def mushroom(rng: np.random.Generator) -> Pieces:
    """A cap with dots on a stem."""
    thick, high = rng.uniform(0.15, 0.3), rng.uniform(0.65, 1)
    stem = corners((-thick, 0), (thick, 0), (1.3 * thick, 0.95), (-1.3 * thick, 0.95))
    cap = ellipse(0, 0.1, 1, high, (0.5, 1.0))
    return Piece(stem, "ribs", 1, 0.12), Piece(rounded(cap, 1), "dots", 0, 0.36)


def train(rng: np.random.Generator) -> Pieces:
    """A carriage with a roof, windows and wheels."""
    high, windows = rng.uniform(0.35, 0.5), int(rng.integers(3, 6))
    places = np.linspace(-0.8, 0.8, windows)
    panes = tuple(Piece(box(x - 0.1, -high + 0.1, x + 0.1, -0.05), "plain", 1) for x in places)
    wheels = tuple(Piece(ellipse(x, high, 0.11, 0.11), "rings", 2, 0.12) for x in (-0.75, -0.5, 0.5, 0.75))
    roof = corners((-0.98, -high), (-0.9, -high - 0.12), (0.9, -high - 0.12), (0.98, -high))
    return (Piece(box(-1, -high, 1, high), "chevrons", 0, 0.22), Piece(roof, "plain", 2), *panes, *wheels)


def kite(rng: np.random.Generator) -> Pieces:
    """A quadrilateral with a cross of spars."""
    wide, middle = rng.uniform(0.55, 0.8), rng.uniform(-0.45, -0.15)
    sail = corners((0, -1), (wide, middle), (0, 1), (-wide, middle))
    return (
        Piece(sail, "checks", 0, 0.5),
        Piece(box(-0.03, -1, 0.03, 1), "plain", 2),
        Piece(box(-wide, middle - 0.03, wide, middle + 0.03), "plain", 2),
    )


def cactus(rng: np.random.Generator) -> Pieces:
    """A ribbed column with one or two arms."""
    thick = rng.uniform(0.19, 0.27)
    column = np.concatenate([ellipse(0, -0.8, thick, 0.2, (0.5, 1.0)), corners((thick, 1), (-thick, 1))])
    arms = []
    for side in (-1, 1)[: int(rng.integers(1, 3))]:
        joint, tip = rng.uniform(0, 0.4), rng.uniform(-0.7, -0.3)
        path = ((0.0, joint), (side * 0.35, joint), (side * 0.6, joint - 0.12), (side * 0.62, tip))
        arms.append(Piece(tube(path, 0.24), "ribs", 0, 0.1))
    return (*arms, Piece(column, "ribs", 0, 0.14))


def beetle(rng: np.random.Generator) -> Pieces:
    """Wing cases, a head and six legs."""
    slim = rng.uniform(0.45, 0.65)
    legs = tuple(
        Piece(tube(((0.0, y), (side * (slim + 0.12), y - 0.05), (side * (slim + 0.3), y + 0.15)), 0.08), "plain", 2)
        for y in (-0.35, 0.1, 0.5)
        for side in (-1, 1)
    )
    head = ellipse(0, -0.75, 0.28, 0.25)
    return (*legs, Piece(head, "plain", 1), Piece(ellipse(0, 0.15, slim, 0.8), "cells", 0, 0.34))


def lamp(rng: np.random.Generator) -> Pieces:
    """A lantern with a cap and a foot."""
    top, bottom = rng.uniform(0.55, 0.8), rng.uniform(0.3, 0.45)
    glass = corners((-top, -0.45), (top, -0.45), (bottom, 0.7), (-bottom, 0.7))
    cap = corners((-top - 0.15, -0.4), (-0.1, -1), (0.1, -1), (top + 0.15, -0.4))
    return (
        Piece(glass, "rings", 0, 0.3),
        Piece(cap, "plain", 1),
        Piece(box(-bottom - 0.1, 0.65, bottom + 0.1, 0.85), "plain", 1),
    )


KINDS = (
    FigureKind("car", car, 0.0, True, ground="road"),
    FigureKind("tree", tree, 0.33, True),
    FigureKind("boat", boat, 0.08, True, ground="water"),
    FigureKind("house", house, 0.05, True, companion="fence"),
    FigureKind("flower", flower, 0.9, False, ground="bed"),
    FigureKind("fish", fish, 0.6, False, ground="water"),
    FigureKind("train", train, 0.4, True, ground="rails"),
    FigureKind("lamp", lamp, 0.15, False, companion="pole"),
    FigureKind("mushroom", mushroom, 0.98, True, ground="litter"),
    FigureKind("beetle", beetle, 0.25, False),
    FigureKind("kite", kite, 0.75, False, companion="string"),
    FigureKind("cactus", cactus, 0.3, True, ground="sand"),
)
"""From frequent to rare."""
NAMES = tuple(kind.name for kind in KINDS)
