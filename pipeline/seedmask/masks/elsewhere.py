"""Masks of another program, for `method: folder` of masks and of predictions: a folder of PNGs, or one JSON file."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from seedmask.config.elsewhere import ElsewhereOptions
from seedmask.dataset.catalogue import Catalogue
from seedmask.dataset.elsewhere import whole_pictures
from seedmask.dataset.index import Row, shard_name
from seedmask.dataset.placing import LastPicture, placed_labels
from seedmask.errors import InputError, Problem
from seedmask.fingerprint import digest
from seedmask.job import Job, log
from seedmask.masks.annotations import drawn, read_regions
from seedmask.masks.mask_files import MaskFiles, MaskNumbers, OtherClasses
from seedmask.methods.weak_labels import VOID
from seedmask.storage.canvas import MASK
from seedmask.storage.fits import read_part, write_fit, write_parts
from seedmask.storage.shard import Shard


def look_for_masks(job: Job, options: ElsewhereOptions, other_classes: OtherClasses) -> None:
    """See whether there is a mask of every image, and write `fit.json`; of one file also the part of each shard.

    Raises:
        InputError: everything that is wrong, at once.
    """
    catalogue, path = Catalogue(job.results), Path(options.path)
    numbered = list(catalogue.rows(job.splits))
    rows = [row for _, row in numbered]
    log.info("%d images need a mask in %s", len(rows), path)
    if path.is_dir():
        MaskFiles(path, MaskNumbers(catalogue.index.labels, other_classes)).look(rows)
        write_fit(job, {"masks": len(rows)})
        return
    regions = read_regions(path, catalogue.index.whole, whole_pictures(rows))
    parts: dict[str, dict[str, Any]] = {}
    for number, row in numbered:
        parts.setdefault(shard_name(number // job.shard_size), {})[row.picture] = regions[row.picture]
    write_parts(job, parts, job.basis[options.path])


class _DrawnMasks:
    """Masks from the part of a file that the job over the whole set cut out for a shard."""

    def __init__(self, path: str, regions: Mapping[str, Any], numbers: MaskNumbers):
        self._path, self._regions, self._numbers, self._last = path, regions, numbers, LastPicture()

    def check(self, rows: Sequence[Row]) -> None:
        """Draw the masks of some images.

        Raises:
            InputError: all problems at once.
        """
        problems: list[Problem] = []
        for row in whole_pictures(rows):
            where = f"{self._path} image {row.id}"
            try:
                problems += self._numbers.problems(where, self._mask(row), row)
            except ValueError as error:
                problems.append(Problem(where, str(error), "draw the mask again"))
        if problems:
            raise InputError(f"masks in {self._path}", problems)

    def digest(self, row: Row) -> str:
        """Digest of the regions of an image."""
        return digest(self._regions[row.picture])

    def read(self, row: Row) -> np.ndarray:
        """Mask of an image that passed `check`: 0 background, c + 1 for class c, 255 ignored."""
        mask = self._last.of(row.picture, row.placement, lambda: self._mask(row.whole))
        return self._numbers.stored(placed_labels(mask, row.placement), row)

    def _mask(self, row: Row) -> np.ndarray:
        """Mask of a whole picture."""
        return drawn(self._regions[row.id], row, 0 if self._numbers.labels.background else VOID)


def write_found_masks(shard: Shard, options: ElsewhereOptions, other_classes: OtherClasses) -> None:
    """Write a shard of masks.

    Raises:
        SeedmaskError: a mask cannot be read, or shows what it must not; see `write_shard`.
    """
    masks = _masks(shard, options, MaskNumbers(shard.catalogue.index.labels, other_classes))
    masks.check([row for _, row in shard.rows])
    shard.write({"mask": MASK}, lambda row: {"mask": masks.read(row)}, lambda row: {"source": masks.digest(row)})


def _masks(shard: Shard, options: ElsewhereOptions, numbers: MaskNumbers) -> "MaskFiles | _DrawnMasks":
    if Path(options.path).is_dir():
        return MaskFiles(Path(options.path), numbers)
    part = read_part(shard.job.folder, str(shard.job.shard), shard.job.basis[options.path])
    return _DrawnMasks(options.path, part, numbers)
