"""What is in the files of listed pictures: each is read in full, and everything wrong with it is told at once."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from seedmask.dataset.entries import Found, ListedImage
from seedmask.dataset.images import ImageFacts, inspect_image, read_mask
from seedmask.errors import InputError, Problem


@dataclass(frozen=True)
class ImageReader:
    """Reads pictures and their masks.

    Args:
        root: folder of the data set.
        max_side: longest side of a picture in pixels.
        classes: number of classes, which is the largest number in a mask.
        version: digest of the code that reads, which what it finds is marked by.
    """

    root: Path
    max_side: int
    classes: int
    version: str

    def knows(self, picture: ListedImage) -> bool:
        """Whether what was found in a picture's files is what this reader would find, and nothing is wrong with it."""
        found = picture.found
        if found is None or found.reader != self.version or "gone" in (picture.image_state, picture.mask_state):
            return False
        return max(found.width, found.height) <= self.max_side and found.largest <= self.classes

    def read(self, pictures: Sequence[ListedImage]) -> tuple[list[ListedImage], list[Problem]]:
        """Pictures with what was found in them, without those that have problems, and all problems."""
        made: list[ListedImage] = []
        problems: list[Problem] = []
        # Decoding and hashing release the interpreter lock.
        with ThreadPoolExecutor() as pool:
            for picture, wrong in pool.map(self._read, pictures):
                problems += wrong
                made += [] if wrong else [picture]
        return made, problems

    def _read(self, picture: ListedImage) -> tuple[ListedImage, list[Problem]]:
        if self.knows(picture):
            return picture, []
        problems: list[Problem] = []
        image, mask = self.root / picture.image, None if picture.mask is None else self.root / picture.mask
        facts, mask_sha256, largest = None, None, 0
        try:
            facts = inspect_image(image, self.max_side)
        except InputError as error:
            problems += error.problems
        if mask is not None:
            try:
                labels, mask_sha256 = read_mask(mask, self.max_side)
                problems += _mask_problems(mask, labels, image, facts, self.classes)
                largest = int(labels[labels < 255].max(initial=0))
            except InputError as error:
                problems += error.problems
        if facts is None or problems:
            return picture, problems
        size = (facts.width, facts.height)
        found = Found(self.version, *size, facts.sha256, mask_sha256, largest, facts.note)
        return replace(picture, found=found), []


def known_among(pictures: Iterable[ListedImage], others: Iterable[ListedImage]) -> list[ListedImage]:
    """Pictures with what others with the same files are known to hold."""
    found = {picture.files: picture.found for picture in others}
    return [replace(picture, found=found.get(picture.files, picture.found)) for picture in pictures]


def _mask_problems(
    path: Path, mask: np.ndarray, image: Path, facts: ImageFacts | None, classes: int
) -> Iterator[Problem]:
    height, width = mask.shape
    if facts and (width, height) != (facts.width, facts.height):
        turned = " upright" if facts.note else ""
        yield Problem(
            str(path),
            f"mask has {width} x {height} pixels, its picture {image} has {facts.width} x {facts.height}{turned}",
            "draw the mask on the upright picture in full size, or take it out",
        )
    present = np.flatnonzero(np.bincount(mask.ravel(), minlength=256))
    unknown = [int(value) for value in present if classes < value < 255]
    if unknown:
        yield Problem(
            str(path),
            f"mask has values {', '.join(map(str, unknown))}, expected 0 to {classes} and 255",
            "write 0 for background, the line in classes.txt for a class, 255 for unlabelled",
        )
