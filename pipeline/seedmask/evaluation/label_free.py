"""Scores of masks without truth masks: against image tags, activation maps and other masks, and by their size.

`TagAgreement` counts over all images of a variant, `ClassCounts` class by class.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int64, Integer, Num, UInt8

from seedmask.evaluation.scores import IGNORE, confusion

NEARLY_FULL = 0.9
"""Share of an image above which the mask of a class says little: hardly any object leaves so little around it."""


@dataclass(frozen=True)
class TagAgreement:
    """Counts over images and classes, and over pixels.

    Args:
        images: images with tags.
        right: classes that are found and tagged.
        wrong: classes that are found and not tagged.
        missed: classes that are tagged and not found.
        foreground: pixels with a class.
        outside: those of them whose class is not tagged.
    """

    images: int
    right: int
    wrong: int
    missed: int
    foreground: int
    outside: int

    @property
    def precision(self) -> float | None:
        """Share of the found classes that are tagged; None where nothing is found."""
        return _share(self.right, self.right + self.wrong)

    @property
    def recall(self) -> float | None:
        """Share of the tagged classes that are found; None without tags."""
        return _share(self.right, self.right + self.missed)

    @property
    def f1(self) -> float | None:
        """Harmonic mean of precision and recall; None where nothing is found or tagged."""
        return _share(2 * self.right, 2 * self.right + self.wrong + self.missed)

    @property
    def outside_share(self) -> float | None:
        """Share of the foreground whose class is not tagged; None without foreground."""
        return _share(self.outside, self.foreground)


def found_classes(mask: UInt8[np.ndarray, "H W"], smallest: int | float) -> frozenset[int]:
    """0-based classes that cover at least a share `smallest` of a picture, and at least a pixel."""
    pixels = np.bincount(mask.ravel(), minlength=IGNORE + 1)[1:IGNORE]
    return frozenset(np.flatnonzero((pixels > 0) & (pixels >= smallest * mask.size)).tolist())


def tag_agreement(
    images: Iterable[tuple[UInt8[np.ndarray, "H W"], Sequence[int]]], smallest: int | float
) -> TagAgreement:
    """Count over images.

    Args:
        images: labels of each (0 background, class + 1, 255 ignored), and the 0-based classes of its tags.
        smallest: share of the image's pixels, 0..1, that a class must cover to count as found.
    """
    counts = np.zeros(6, np.int64)
    for mask, tags in images:
        pixels = np.bincount(mask.ravel(), minlength=IGNORE + 1)[1:IGNORE]
        found, tagged = found_classes(mask, smallest), frozenset(tags)
        inside = pixels[sorted(tagged)].sum()
        counts += [
            1,
            len(found & tagged),
            len(found - tagged),
            len(tagged - found),
            pixels.sum(),
            pixels.sum() - inside,
        ]
    return TagAgreement(*map(int, counts))


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


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

    def add_cams(
        self, mask: UInt8[np.ndarray, "H W"], cams: Float[np.ndarray, "K H W"], classes: Integer[np.ndarray, " K"]
    ) -> None:
        """Count the activation, 0..1, of an image's classes where its mask shows these classes."""
        for activation, number in zip(cams, classes.tolist(), strict=True):
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
