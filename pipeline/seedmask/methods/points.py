"""Points: a class at a few pixels, as annotators click them (Bearman et al., What's the Point, ECCV 2016)."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
from jaxtyping import Bool, UInt8

from seedmask.methods.weak_labels import UNLABELLED, depth_of, objects_of


class Point(NamedTuple):
    """A click; pixels count from 0 at the upper left."""

    x: int
    y: int
    label: int
    """0 background, c + 1 for class c."""

    def within(self, box: tuple[int, int, int, int], size: tuple[int, int]) -> "Point | None":
        """The point in a part of its picture; None where it lies outside.

        Args:
            box: left, top, right and bottom of the part.
            size: width and height that the part is shown at.
        """
        left, top, right, bottom = box
        if not (left <= self.x < right and top <= self.y < bottom):
            return None
        x, y = (self.x - left) * size[0] // (right - left), (self.y - top) * size[1] // (bottom - top)
        return Point(x, y, self.label)


def simulated_points(
    mask: UInt8[np.ndarray, "H W"],
    rng: np.random.Generator,
    *,
    per: Literal["object", "class"] = "object",
    count: int = 1,
    background: int = 1,
) -> list[Point]:
    """Clicks as an annotator could have made them: anywhere in the inner half of an object, not on its edge.

    Args:
        mask: truth, 255 for what is not known.
        rng: draws the positions.
        per: what gets `count` points: each connected part of a class, or each class.
        count: points an object or class; fewer where it has fewer pixels.
        background: points of background.
    """
    parts = objects_of(mask)
    if per == "class":
        labels = sorted({label for label, _ in parts})
        parts = [(label, mask == label) for label in labels]
    parts = [*((label, part, count) for label, part in parts), (0, mask == 0, background)]
    return [Point(x, y, label) for label, part, wanted in parts for x, y in _positions(part, wanted, rng)]


def point_labels(points: Sequence[Point], size: tuple[int, int], radius: int = 0) -> UInt8[np.ndarray, "H W"]:
    """Weak labels of some points, 254 elsewhere.

    Args:
        points: earlier ones win where discs overlap; a pixel that was clicked always has its own class.
        size: height and width of the image.
        radius: of the disc around a point in pixels.

    Raises:
        ValueError: a point lies outside, or two of different classes lie on one pixel.
    """
    height, width = size
    labels = np.full(size, UNLABELLED, np.uint8)
    clicked: dict[tuple[int, int], int] = {}
    for x, y, label in points:
        if not (0 <= x < width and 0 <= y < height):
            raise ValueError(f"point {x}, {y} lies outside the picture of {width} x {height} pixels")
        if clicked.setdefault((x, y), label) != label:
            raise ValueError(f"point {x}, {y} has two classes, {clicked[x, y]} and {label}; keep one")
    rows, columns = np.ogrid[:height, :width]
    for x, y, label in points if radius else ():
        disc = (columns - x) ** 2 + (rows - y) ** 2 <= radius**2
        labels[disc & (labels == UNLABELLED)] = label
    for (x, y), label in clicked.items():
        labels[y, x] = label
    return labels


def _positions(part: Bool[np.ndarray, "H W"], count: int, rng: np.random.Generator) -> list[tuple[int, int]]:
    """Pixels of a part that are at least half as far from its edge as its innermost one."""
    if not part.any():
        return []
    depth = depth_of(part)
    ys, xs = np.nonzero(depth >= depth.max() / 2)
    chosen = rng.permutation(len(ys))[:count]
    return list(zip(xs[chosen].tolist(), ys[chosen].tolist(), strict=True))
