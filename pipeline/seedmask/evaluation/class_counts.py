"""Masks of a set class by class, without truth: their size, and how they agree with maps, tags and other masks."""

from collections.abc import Iterable, Sequence

import numpy as np
from jaxtyping import Float, Int64, Integer, Num, UInt8

from seedmask.evaluation.confusion import IGNORE, confusion
from seedmask.evaluation.tags import found_classes

NEARLY_FULL = 0.9
"""Share of a picture above which the mask of a class says little: hardly an object leaves so little around it."""


class ClassCounts:
    """Counts over the masks of a variant. Shares are 0..1, and NaN for classes without anything to count.

    Args:
        classes: number of classes, without background.
        smallest: share of a picture, 0..1, below which the mask of a class is nearly empty, and the class not found.
    """

    def __init__(self, classes: int, smallest: int | float):
        self._labels, self._smallest = classes + 1, smallest
        self._tagged, self._implausible = np.zeros((2, classes), np.int64)
        self._shown, self._activation = np.zeros(classes, np.int64), np.zeros(classes)
        self._right, self._wrong, self._missed = np.zeros((3, classes), np.int64)
        self._pixels = np.zeros((self._labels, self._labels), np.int64)

    def add_sizes(self, mask: UInt8[np.ndarray, "H W"], tags: Iterable[int]) -> None:
        """Count whether the classes of a picture have a sensible size in its mask."""
        tags, found = list(tags), found_classes(mask, self._smallest)
        pixels = np.bincount(mask.ravel(), minlength=IGNORE + 1)[1:IGNORE]
        self._tagged[tags] += 1
        self._implausible[[tag for tag in tags if tag not in found or pixels[tag] > NEARLY_FULL * mask.size]] += 1

    def add_maps(
        self, mask: UInt8[np.ndarray, "H W"], maps: Float[np.ndarray, "K H W"], classes: Integer[np.ndarray, " K"]
    ) -> None:
        """Count how active the maps of a picture's classes are, 0..1, where its mask shows these classes."""
        for activation, number in zip(maps, classes.tolist(), strict=True):
            inside = mask == number + 1
            if inside.any():
                self._shown[number] += 1
                self._activation[number] += float(activation[inside].mean())

    def add_tags(self, mask: UInt8[np.ndarray, "H W"], tags: Iterable[int]) -> None:
        """Count which classes of a picture are found in its mask."""
        found, tagged = found_classes(mask, self._smallest), frozenset(tags)
        self._right[list(found & tagged)] += 1
        self._wrong[list(found - tagged)] += 1
        self._missed[list(tagged - found)] += 1

    def add_masks(self, mask: UInt8[np.ndarray, "H W"], learned: UInt8[np.ndarray, "H W"]) -> None:
        """Count the pixels of a mask against those of the one that it was learned from, where both decide."""
        self._pixels += confusion(learned, mask, self._labels, "ignore")

    def implausible(self) -> Float[np.ndarray, " C"]:
        """Share of the pictures with a class where its mask is nearly empty or nearly full."""
        return _shares(self._implausible, self._tagged)

    def clear(self) -> Float[np.ndarray, " C"]:
        """Mean activation of a class's maps inside its masks, each picture with one counted alike."""
        return _shares(self._activation, self._shown)

    def f1(self) -> Float[np.ndarray, " C"]:
        """F1 of the pictures where a class is found, against those that are tagged with it."""
        return _shares(2 * self._right, 2 * self._right + self._wrong + self._missed)

    def agreement(self) -> Float[np.ndarray, " C"]:
        """IoU of a class in both kinds of mask, all pictures pooled."""
        shared = self._pixels.diagonal()
        return _shares(shared, self._pixels.sum(axis=0) + self._pixels.sum(axis=1) - shared)[1:]


def companions(tags: Sequence[Iterable[int]], classes: int) -> list[tuple[int, float] | None]:
    """The class that comes with each class most often, and the share of its pictures that it is on.

    Args:
        tags: 0-based classes of each picture.
        classes: number of classes.

    Returns:
        of equally frequent ones the first; None for a class that always comes alone, or not at all.
    """
    there = np.zeros((len(tags), classes), np.int64)
    for number, one in enumerate(tags):
        there[number, list(one)] = 1
    together = there.T @ there
    counts = together.diagonal().copy()
    np.fill_diagonal(together, 0)
    return [
        (int(row.argmax()), float(row.max() / count)) if row.any() else None
        for row, count in zip(together, counts, strict=True)
    ]


def _shares(part: Num[np.ndarray, " C"], whole: Int64[np.ndarray, " C"]) -> Float[np.ndarray, " C"]:
    return np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0)
