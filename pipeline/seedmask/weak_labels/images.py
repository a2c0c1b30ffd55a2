"""Labels from a folder of PNGs, `<image id>.png`; the configuration says what they are called and what numbers mean."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from jaxtyping import UInt8

from seedmask.dataset.elsewhere import whole_pictures
from seedmask.dataset.images import read_mask
from seedmask.dataset.index import Row
from seedmask.dataset.placing import LastPicture, placed_labels
from seedmask.errors import InputError, Problem, SeedmaskError
from seedmask.methods.weak_labels import MOST_CLASSES, UNLABELLED, VOID
from seedmask.weak_labels.options import LabelCodes

UNKNOWN = -1


class LabelImages:
    """One PNG for each image, with a palette or 8-bit grey.

    Args:
        folder: of the PNGs.
        codes: what they are called, and what their numbers mean.
        classes: names of the classes; `codes` says which number the first has.

    Raises:
        SeedmaskError: the folder does not exist, there are too many classes, or a code is also the number of a class.
    """

    def __init__(self, folder: Path, codes: LabelCodes, classes: Sequence[str]):
        if not folder.is_dir():
            raise SeedmaskError(f"{folder}: there is no such folder; name one with a PNG for each image in `folder`")
        if len(classes) > MOST_CLASSES:
            raise SeedmaskError(f"{len(classes)} classes; weak labels have room for {MOST_CLASSES}; merge some")
        self._folder, self._codes, self._last = folder, codes, LastPicture()
        self._meaning = np.full(256, UNKNOWN)
        first, stop = codes.first, codes.first + len(classes)
        self._meaning[first:stop] = np.arange(1, len(classes) + 1)
        for name, label in (("background", 0), ("unlabelled", UNLABELLED), ("void", VOID)):
            code = getattr(codes, name)
            if code is None:
                continue
            if first <= code < stop:
                raise SeedmaskError(
                    f"codes: {name} is {code}, which is also the number of class {classes[code - first]!r}; "
                    "give it another number in the PNGs"
                )
            self._meaning[code] = label

    def check(self, rows: Iterable[Row]) -> None:
        """Read the labels of some images.

        Raises:
            InputError: all problems at once.
        """
        with ThreadPoolExecutor() as pool:  # decoding releases the interpreter lock
            found = pool.map(lambda row: list(self._problems(row)), whole_pictures(rows))
            problems = [problem for of_image in found for problem in of_image]
        if problems:
            raise InputError(f"labels in {self._folder}", problems)

    def digest(self, row: Row) -> str:
        """SHA-256 of the file of an image that passed `check`."""
        return hashlib.sha256(self._path(row).read_bytes()).hexdigest()

    def read(self, row: Row) -> UInt8[np.ndarray, "H W"]:
        """Labels, in the stored codes, of an image that passed `check`."""
        numbers = self._last.of(row.picture, row.placement, lambda: read_mask(self._path(row))[0])
        return self._meaning[placed_labels(numbers, row.placement)].astype(np.uint8)

    def _path(self, row: Row) -> Path:
        return self._folder / f"{row.picture}{self._codes.ending}"

    def _problems(self, row: Row) -> Iterator[Problem]:
        path = self._path(row)
        try:
            numbers, _ = read_mask(path)
        except InputError as error:
            yield from error.problems
            return
        height, width = numbers.shape
        if (width, height) != (row.width, row.height):
            yield Problem(
                str(path),
                f"labels have {width} x {height} pixels, image {row.id} has {row.width} x {row.height}",
                "draw them on the upright picture in full size",
            )
        strange = np.flatnonzero((np.bincount(numbers.ravel(), minlength=256) > 0) & (self._meaning == UNKNOWN))
        if strange.size:
            known = ", ".join(f"{n} {getattr(self._codes, n)}" for n in ("background", "unlabelled", "void"))
            yield Problem(
                str(path),
                f"numbers {', '.join(map(str, strange))} are neither classes nor codes ({known})",
                "correct the file, or say in `codes` what they mean",
            )
