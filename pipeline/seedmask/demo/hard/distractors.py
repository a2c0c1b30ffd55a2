"""What has no tag in `shapes-hard`: what stands out, clutter, and the companions of classes."""

import numpy as np

from seedmask.demo.hard.figures import Piece, Pieces
from seedmask.demo.hard.outlines import Points, box, corners, crescent, ellipse, hoop, lumpy, shard, star, tube
from seedmask.demo.hard.textures import TEXTURES


def ball() -> Pieces:
    """A ball of segments in two colours."""
    arcs = [ellipse(0, 0, 1, 1, (k / 6, (k + 1) / 6)) for k in range(6)]
    return tuple(Piece(np.concatenate([arc, corners((0, 0))]), "plain", k % 2) for k, arc in enumerate(arcs))


def cone() -> Pieces:
    """A traffic cone."""
    body = corners((-0.6, 0.8), (-0.1, -1), (0.1, -1), (0.6, 0.8))
    band = corners((-0.38, 0.15), (-0.26, -0.3), (0.26, -0.3), (0.38, 0.15))
    return Piece(box(-0.9, 0.8, 0.9, 1), "plain"), Piece(body, "plain"), Piece(band, "plain", 1)


def target() -> Pieces:
    """Discs one on the other in two colours."""
    return tuple(Piece(ellipse(0, 0, r, r), "plain", k % 2) for k, r in enumerate((1, 0.75, 0.5, 0.25)))


def parcel() -> Pieces:
    """A box with ribbons."""
    ribbons = box(-0.12, -0.8, 0.12, 0.8), box(-1, -0.1, 1, 0.1)
    return Piece(box(-1, -0.8, 1, 0.8), "plain"), *(Piece(ribbon, "plain", 1) for ribbon in ribbons)


def parasol() -> Pieces:
    """A shade on a stick."""
    shade, middle = ellipse(0, 0, 1, 0.9, (0.5, 1)), ellipse(0, 0, 0.35, 0.9, (0.5, 1))
    return Piece(box(-0.05, 0, 0.05, 1), "plain", 2), Piece(shade, "plain"), Piece(middle, "plain", 1)


def badge() -> Pieces:
    """A star on a star."""
    outline = star(5, 0.45, -0.05)
    return Piece(outline, "plain"), Piece(0.5 * outline, "plain", 1)


SALIENT = (ball, cone, target, parcel, parasol, badge)


def salient(rng: np.random.Generator) -> Pieces:
    """Something that stands out."""
    return SALIENT[int(rng.integers(len(SALIENT)))]()


def clutter_outlines(kind: int, rng: np.random.Generator) -> list[Points]:
    """Outlines of one of `CLUTTER_KINDS` distractors; no class has such outlines."""
    match kind:
        case 0:
            return [lumpy(rng)]
        case 1:
            return [lumpy(rng, 0.4) * (1, rng.uniform(0.3, 0.6))]
        case 2:
            return [box(-1, -0.15, 1, 0.15)]
        case 3:
            return [shard(rng)]
        case 4:
            return [hoop(rng.uniform(0.45, 0.7))]
        case 5:
            return [box(-1, -0.25, 1, 0.25), box(-0.25, -1, 0.25, 1)]
        case 6:
            return [tube(((-1, 0.5), (-0.3, -0.3), (0.4, 0.3), (1, -0.5)), 0.35)]
        case 7:
            return [crescent()]
        case 8:
            return [lumpy(rng, 0.2, x, y, 0.45) for x, y in rng.uniform(-0.6, 0.6, (5, 2)).tolist()]
        case 9:
            return [box(-0.6, y, 0.6, y + 0.4) for y in (-0.9, -0.2, 0.5)]
        case 10:
            return [tube(((0.2 * k - 0.6, 1), (0.3 * k - 0.9, 0), (0.4 * k - 1.2, -1)), 0.14) for k in range(7)]
        case _:
            return [ellipse(0, 0, 1, rng.uniform(0.5, 1))]


CLUTTER_KINDS = 12


def clutter(rng: np.random.Generator) -> Pieces:
    """A distractor with outlines of no class and the texture of any."""
    names = tuple(TEXTURES)
    name, period = names[int(rng.integers(len(names)))], rng.uniform(0.3, 0.7)
    outlines = clutter_outlines(int(rng.integers(CLUTTER_KINDS)), rng)
    return tuple(Piece(points, name, 0, period) for points in outlines)


def fence(rng: np.random.Generator) -> Pieces:
    """Pickets on both sides of a house."""
    pieces = []
    for side in (-1, 1):
        places = side * np.linspace(0.9, rng.uniform(2.2, 3), int(rng.integers(6, 10)))
        left, right = float(places.min()) - 0.06, float(places.max()) + 0.06
        pieces += [Piece(box(left, y, right, y + 0.07), "planks", 1) for y in (0.45, 0.7)]
        for x in places.tolist():
            picket = corners((x - 0.06, 0.92), (x - 0.06, 0.35), (x, 0.22), (x + 0.06, 0.35), (x + 0.06, 0.92))
            pieces.append(Piece(picket, "planks"))
    return tuple(pieces)


def pole(rng: np.random.Generator) -> Pieces:
    """What a lamp stands on: a pole with a base."""
    length = rng.uniform(2.5, 4.5)
    bands = tuple(Piece(box(-0.16, y, 0.16, y + 0.12), "plain", 1) for y in np.arange(1.2, length, 0.6).tolist())
    base = corners((-0.15, length - 0.3), (0.15, length - 0.3), (0.5, length), (-0.5, length))
    return Piece(box(-0.09, 0.8, 0.09, length), "stripes", 0, 0.2), *bands, Piece(base, "plain")


def string(rng: np.random.Generator) -> Pieces:
    """What a kite hangs on: a string with bows."""
    bend, phase = rng.uniform(0.1, 0.3), rng.uniform(0, 2 * np.pi)
    y = np.linspace(0.9, rng.uniform(2.6, 4), 16)
    x = bend * (np.sin(2.2 * y + phase) - np.sin(2.2 * y[0] + phase))
    path = np.stack([x, y], axis=1)
    bow = corners((-0.22, -0.13), (0, 0), (0.22, -0.13), (0.22, 0.13), (0, 0), (-0.22, 0.13))
    return Piece(tube(path, 0.06), "plain"), *(Piece(bow + knot, "plain", 1) for knot in path[3::3])


COMPANIONS = {"fence": fence, "pole": pole, "string": string}
