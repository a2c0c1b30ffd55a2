"""Masks against image tags: what can be said of a variant where nobody has drawn a truth mask."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import UInt8

from seedmask.evaluation.confusion import IGNORE


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
