"""Reading the files of listed images: each is read in full, and all problems are reported at once."""

import hashlib
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from jaxtyping import UInt8

from seedmask.dataset.entries import FileFacts, ListedImage
from seedmask.dataset.images import UPRIGHT, ImageFacts, inspect_image, mask_png, read_labels, save_png
from seedmask.dataset.mask_codes import LABELS, MaskCodes
from seedmask.dataset.picture_reading import PLAIN, PictureReading
from seedmask.dataset.placement import Size, working_size
from seedmask.dataset.rendering import rendered
from seedmask.dataset.set_values import SetValues
from seedmask.errors import InputError, Problem

LARGE_AT_ONCE = 1
"""Pictures of any size that are read at once: one of 16,384 x 12,288 pixels takes 1.5 GB meanwhile."""


@dataclass(frozen=True)
class ImageReader:
    """Reads images and their masks.

    Args:
        root: folder of the data set.
        max_side: longest side in pixels of a picture that is read.
        labels: numbers that masks may hold besides 255.
        version: digest of the code that reads, which marks the facts.
        reading: settings of the data set that images are read with.
        codes: labels that the numbers in masks stand for.
        tags: whether the classes in the masks are tags.
        truth: path of the rendered mask of an image, by its id; None to render without writing.
    """

    root: Path
    max_side: int
    labels: range
    version: str
    reading: PictureReading = PLAIN
    codes: MaskCodes = LABELS
    tags: bool = False
    truth: Callable[[str], Path] | None = None

    def is_known(self, image: ListedImage) -> bool:
        """Whether an image has facts of this reader, and no problem."""
        facts = image.facts
        if not self.reading.has_plain_values:  # the values of all images are needed
            return False
        if facts is None or facts.reader != self.version or "gone" in image.files[1:]:
            return False
        if image.rendering and self.truth and not _holds(self.truth(image.picture), facts.mask_sha256):
            return False
        if (facts.width, facts.height) != self._row_size(image, facts.picture):
            return False
        return max(facts.picture) <= self.max_side and facts.largest < self.labels.stop

    def _row_size(self, image: ListedImage, picture: Size) -> Size:
        if image.tile is None:
            return working_size(picture, self.reading.working_side)
        left, top, right, bottom = image.tile
        return right - left, bottom - top

    def read(self, images: Sequence[ListedImage]) -> tuple[list[ListedImage], list[Problem]]:
        """Images with facts, without those that have problems, and all problems."""
        return self.read_values(images)[:2]

    def read_values(self, images: Sequence[ListedImage]) -> tuple[list[ListedImage], list[Problem], SetValues]:
        """See `read`; and what the values of the images have in common, of ordinary ones nothing."""
        read: list[ListedImage] = []
        problems: list[Problem] = []
        values = SetValues()
        # Decoding and hashing release the interpreter lock.
        pictures = [list(tiles) for _, tiles in itertools.groupby(images, lambda image: image.image)]
        with ThreadPoolExecutor(self._at_once) as pool:
            for tiles, wrong, facts in pool.map(self._read, pictures):
                problems += wrong
                read += [] if wrong else tiles
                if facts and facts.kind:
                    values.add(str(self.root / tiles[0].image), facts.kind, facts.counts)
        return read, problems, values

    @property
    def _at_once(self) -> int | None:
        """Pictures that are read at once; few where they may be of any size."""
        return None if self.reading.working_side is None and self.reading.tiles is None else LARGE_AT_ONCE

    def _read(self, tiles: list[ListedImage]) -> tuple[list[ListedImage], list[Problem], ImageFacts | None]:
        """Read a picture, which several listed images may be tiles of."""
        if all(map(self.is_known, tiles)):
            return tiles, [], None
        listed, problems = tiles[0], list[Problem]()
        image, facts, shown = self.root / listed.image, None, None
        hashes: list[str | None] = []
        largest = 0
        try:
            facts = inspect_image(image, self.max_side, self.reading)
        except InputError as error:
            problems += error.problems
        for name in (listed.mask, listed.training_mask):
            sha256 = None
            if name is not None:
                try:
                    if name == listed.mask and listed.rendering:
                        labels, sha256 = self._render(listed, self.root / name, facts)
                    else:
                        labels, sha256 = read_labels(self.root / name, self.codes, self.max_side)
                    problems += _mask_problems(self.root / name, labels, image, facts, self.labels)
                    present = np.unique(labels[labels < 255])
                    largest = max(largest, int(present.max(initial=0)))
                    if self.tags and name == listed.mask:
                        shown = tuple(int(label) - 1 for label in present if label)
                except InputError as error:
                    problems += error.problems
            hashes.append(sha256)
        if facts is None or problems:
            return tiles, problems, None
        mask, training_mask = hashes
        known = facts.picture, facts.sha256, mask, largest, facts.note, training_mask, shown
        sizes = (self._row_size(tile, facts.picture) for tile in tiles)
        of_files = (FileFacts(self.version, *size, *known) for size in sizes)
        return [replace(tile, facts=read) for tile, read in zip(tiles, of_files, strict=True)], [], facts

    def _render(
        self, listed: ListedImage, path: Path, facts: ImageFacts | None
    ) -> tuple[UInt8[np.ndarray, "H W"], str]:
        """Render and write the truth mask of an image; its labels and the SHA-256 of its file."""
        if facts is None:  # reported already
            raise InputError(listed.picture, [])
        labels = rendered(path, listed.mask_state, listed.rendering, facts.picture)
        data = mask_png(labels)
        if self.truth:
            save_png(self.truth(listed.picture), data)
        return labels, hashlib.sha256(data).hexdigest()


def reuse_facts(images: Iterable[ListedImage], earlier: Iterable[ListedImage]) -> list[ListedImage]:
    """Images with the facts of earlier ones that have the same files."""
    facts = {image.files: image.facts for image in earlier}
    return [replace(image, facts=facts.get(image.files, image.facts)) for image in images]


def _holds(path: Path, sha256: str | None) -> bool:
    """Whether a file is there with this SHA-256."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest() == sha256
    except OSError:
        return False


def _mask_problems(
    path: Path, mask: np.ndarray, image: Path, facts: ImageFacts | None, known: range
) -> Iterator[Problem]:
    height, width = mask.shape
    if facts and (width, height) != facts.picture:
        turned = " upright" if UPRIGHT in facts.note else ""
        size = " x ".join(map(str, facts.picture))
        yield Problem(
            str(path),
            f"mask has {width} x {height} pixels, its picture {image} has {size}{turned}",
            "draw the mask on the upright picture in full size, or take it out",
        )
    unknown = [int(value) for value in np.unique(mask) if value not in known and value != 255]
    if unknown:
        yield Problem(
            str(path),
            f"mask has values {', '.join(map(str, unknown))}, expected {known.start} to {known.stop - 1} and 255",
            "write 0 for background, the line in classes.txt for a class, 255 for unlabelled"
            if 0 in known
            else "write the line in classes.txt for a class, 255 for unlabelled; or set `background: true`",
        )
