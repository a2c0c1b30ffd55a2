"""Boxes around objects, and the labels that they give (Dai et al., BoxSup, ICCV 2015, and many after)."""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, UInt8

from seedmask.methods.cams import Number
from seedmask.methods.weak_labels import UNLABELLED, objects_of


class Box(NamedTuple):
    """Pixels left to right - 1 and top to bottom - 1, counted from 0 at the upper left."""

    left: int
    top: int
    right: int
    bottom: int
    label: int
    """c + 1 for class c, or 254 for a box of unknown class."""

    @property
    def pixels(self) -> tuple[slice, slice]:
        """Rows and columns."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    def within(self, box: tuple[int, int, int, int], size: tuple[int, int]) -> "Box | None":
        """The box in a part of its picture, cut at its edges; None where it lies outside.

        Args:
            box: left, top, right and bottom of the part.
            size: width and height that the part is shown at.
        """
        left, top, right, bottom = box
        if self.right <= left or self.left >= right or self.bottom <= top or self.top >= bottom:
            return None
        (width, height), (across, down) = size, (size[0] / (right - left), size[1] / (bottom - top))
        first = max(0, math.floor((self.left - left) * across)), max(0, math.floor((self.top - top) * down))
        last = math.ceil((self.right - left) * across), math.ceil((self.bottom - top) * down)
        return Box(*first, min(width, last[0]), min(height, last[1]), self.label)


Foreground = Callable[[Box], Bool[np.ndarray, "h w"]]
"""Pixels of a box that belong to its class."""


def simulated_boxes(mask: UInt8[np.ndarray, "H W"]) -> list[Box]:
    """Box of each connected part of each class of a truth mask."""
    return [box_of(part, label) for label, part in objects_of(mask)]


def box_of(part: Bool[np.ndarray, "H W"], label: int) -> Box:
    """Tightest box of the true pixels, of which there must be one."""
    rows, columns = np.flatnonzero(part.any(axis=1)), np.flatnonzero(part.any(axis=0))
    return Box(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1, label)


def box_labels(
    boxes: Sequence[Box], size: tuple[int, int], foreground: Foreground, background: bool = True
) -> UInt8[np.ndarray, "H W"]:
    """Background outside all boxes, a class where one box's foreground is, 254 elsewhere.

    Boxes of different classes that overlap leave their overlap unlabelled.

    Args:
        boxes: parts outside the image are left out.
        size: height and width of the image.
        foreground: pixels of a box, as it is within the image, that are of its class; not called for label 254.
        background: whether a pixel may be of no class; else what is outside all boxes is 254.

    Raises:
        ValueError: a box has no pixel in the image.
    """
    labels = np.full(size, 0 if background else UNLABELLED, np.uint8)
    inside = [_within(box, size) for box in boxes]
    for box in inside:
        labels[box.pixels] = UNLABELLED
    for box in inside:
        if box.label == UNLABELLED:
            continue
        alone = np.ones((box.bottom - box.top, box.right - box.left), bool)
        for other in inside:
            if other.label != box.label:
                rows, columns = other.pixels
                shifted = [
                    slice(max(0, s.start - start), max(0, s.stop - start))
                    for s, start in ((rows, box.top), (columns, box.left))
                ]
                alone[tuple(shifted)] = False
        region = labels[box.pixels]
        region[foreground(box) & alone] = box.label
    return labels


def seed_foreground(cam: np.ndarray, share: Number) -> Foreground:
    """Pixels whose activation of a class (H, W) is at least a share of the largest in the box, where that is not 0."""

    def foreground(box: Box) -> Bool[np.ndarray, "h w"]:
        part = cam[box.pixels]
        return (part >= share * part.max()) & (part > 0)

    return foreground


def _within(box: Box, size: tuple[int, int]) -> Box:
    height, width = size
    left, top, right, bottom = max(0, box.left), max(0, box.top), min(width, box.right), min(height, box.bottom)
    if right <= left or bottom <= top:
        raise ValueError(
            f"box {box.left}, {box.top} to {box.right}, {box.bottom} has no pixel in the picture of {width} x {height}"
        )
    return Box(left, top, right, bottom, box.label)
