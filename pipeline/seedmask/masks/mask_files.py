"""Masks of another program from a folder, a PNG for each image, and what their numbers may be."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from jaxtyping import UInt8

from seedmask.dataset.elsewhere import missing, whole_pictures
from seedmask.dataset.images import read_mask
from seedmask.dataset.index import Row
from seedmask.dataset.opening import open_image
from seedmask.dataset.placing import LastPicture, placed_labels
from seedmask.dataset.regular import read_file
from seedmask.errors import InputError, Problem
from seedmask.labels import LabelSet
from seedmask.methods.weak_labels import MOST_CLASSES, UNLABELLED, VOID

OtherClasses = Literal["error", "ignore", "keep"]
"""What happens to a class that is not among the image's tags: refused, ignored (255), or kept as it is."""


class MaskNumbers:
    """What numbers of masks mean: 0 background, unless the data set has none, c + 1 class c, 255 ignored.

    254 is for unlabelled pixels, as in weak labels, and is ignored as well; with 254 classes it is the last of them.

    Args:
        labels: labels of the data set.
        other_classes: what happens to classes that are not among an image's tags.
    """

    def __init__(self, labels: LabelSet, other_classes: OtherClasses):
        self.labels, self._classes, self._other_classes = labels, labels.classes, other_classes
        self._ignored = (UNLABELLED, VOID) if len(labels.classes) <= MOST_CLASSES else (VOID,)

    def problems(self, where: str, mask: UInt8[np.ndarray, "H W"], row: Row) -> Iterator[Problem]:
        """What is wrong with the numbers of a mask.

        Args:
            where: its file, for messages.
            mask: the numbers.
            row: its image.
        """
        numbers = np.unique(mask)
        first, last = self.labels.values[0], self.labels.values[-1]
        strange = numbers[~np.isin(numbers, [*self.labels.values, *self._ignored])]
        if strange.size:
            ignored = " and ".join(map(str, self._ignored))
            yield Problem(
                where,
                f"numbers {', '.join(map(str, strange))} are no classes; expected {first} to {last}, and "
                f"{ignored} for pixels without a label",
                f"write {'0 for background, ' * self.labels.background}1 for the first class of the data set",
            )
        others = [self._classes[label - 1] for label in self._strangers(row) if label in numbers]
        if others and self._other_classes == "error":
            yield Problem(
                where,
                f"shows {', '.join(others)}, which image {row.id} has no tag of",
                "correct the tags or the mask, or set `other_classes: ignore`, which makes these pixels 255",
            )

    def stored(self, mask: UInt8[np.ndarray, "H W"], row: Row) -> UInt8[np.ndarray, "H W"]:
        """A mask without problems as it is stored, with 255 alone for ignored pixels."""
        ignored = [*self._ignored, *self._strangers(row)] if self._other_classes == "ignore" else [*self._ignored]
        return np.where(np.isin(mask, ignored), np.uint8(VOID), mask)

    def _strangers(self, row: Row) -> list[int]:
        """Labels of classes that are not among the tags; none where there are no tags."""
        count = len(self._classes)
        return [c + 1 for c in range(count) if row.tags is not None and c not in row.tags]


class MaskFiles:
    """`<image id>.png` for each image, with a palette or 8-bit grey.

    Args:
        folder: of the PNGs.
        numbers: what their numbers mean.
    """

    def __init__(self, folder: Path, numbers: MaskNumbers):
        self._folder, self._numbers, self._last = folder, numbers, LastPicture()

    def look(self, rows: Sequence[Row]) -> None:
        """See by names and headers whether there is a mask of the right size for every image.

        Raises:
            InputError: all problems at once.
        """
        rows = whole_pictures(rows)
        absent = [row for row in rows if not self._path(row).is_file()]
        problems = missing(str(self._folder), "mask", absent, len(rows))
        for row in rows:
            if self._path(row).is_file():
                problems += self._size_problems(row)
        self._refuse(problems)

    def check(self, rows: Iterable[Row]) -> None:
        """Read the masks of some images.

        Raises:
            InputError: all problems at once.
        """
        self._refuse([problem for row in whole_pictures(rows) for problem in self._problems(row)])

    def digest(self, row: Row) -> str:
        """SHA-256 of the file of an image that passed `check`."""
        return hashlib.sha256(self._path(row).read_bytes()).hexdigest()

    def read(self, row: Row) -> UInt8[np.ndarray, "H W"]:
        """Mask of an image that passed `check`: 0 background, c + 1 for class c, 255 ignored."""
        mask = self._last.of(row.picture, row.placement, lambda: read_mask(self._path(row))[0])
        return self._numbers.stored(placed_labels(mask, row.placement), row)

    def _path(self, row: Row) -> Path:
        return self._folder / f"{row.picture}.png"

    def _refuse(self, problems: Sequence[Problem]) -> None:
        if problems:
            raise InputError(f"masks in {self._folder}", problems)

    def _size_problems(self, row: Row) -> Iterator[Problem]:
        path = self._path(row)
        try:
            with open_image(path, read_file(path)) as picture:
                width, height = picture.size
        except InputError as error:
            yield from error.problems
            return
        if (width, height) != (row.width, row.height):
            yield Problem(
                str(path),
                f"mask has {width} x {height} pixels, image {row.id} has {row.width} x {row.height}",
                "make it on the upright picture in full size; a mask is never resized",
            )

    def _problems(self, row: Row) -> Iterator[Problem]:
        path = self._path(row)
        try:
            mask = read_mask(path)[0]
        except InputError as error:
            yield from error.problems
            return
        yield from self._size_problems(row)
        yield from self._numbers.problems(str(path), mask, row)
