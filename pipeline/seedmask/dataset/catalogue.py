"""The index as other stages read it: numbered rows, and images checked to be unchanged since they were indexed."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from functools import cached_property, partial
from pathlib import Path

import numpy as np
from jaxtyping import Int64, UInt8

from seedmask.dataset.images import read_image, read_labels, read_mask
from seedmask.dataset.index import REMEDY, Index, Row, StoredIndex, index_folder, row_rank, truth_path
from seedmask.dataset.picture_reading import PictureReading
from seedmask.dataset.placing import LastPicture, cut, placed_labels
from seedmask.errors import InputError, SeedmaskError
from seedmask.storage.records import read_record


class Catalogue:
    """Index of a data set and access to its files.

    Args:
        results: folder of all results of the data set.

    Raises:
        SeedmaskError: there is no index, or it is damaged.
    """

    def __init__(self, results: Path):
        self._results = results
        self._stored = StoredIndex(results)
        self._images, self._truths = LastPicture(), LastPicture()

    @property
    def index(self) -> Index:
        """The index; its rows are read on access."""
        return self._stored

    @property
    def reading(self) -> PictureReading:
        """How the images are read."""
        return self._stored.reading

    @cached_property
    def root(self) -> Path:
        """Folder of the data set."""
        return Path(read_record(index_folder(self._results) / "dataset.json", REMEDY)["root"])

    def rows(self, splits: Sequence[str], shard: str | None = None) -> Iterator[tuple[int, Row]]:
        """Number and row of the images of some splits: of a shard in its order, of all sorted by split and id.

        So what is made of a whole set does not depend on when each image was added.
        """
        numbered = self._stored.numbered([shard] if shard else self._stored.split_rows.shards(splits))
        rows = ((number, row) for number, row in numbered if row.split in splits)
        yield from rows if shard else sorted(rows, key=lambda item: row_rank(item[1]))

    def image(self, row: Row) -> UInt8[np.ndarray, "H W 3"]:
        """An image, upright, as RGB.

        Raises:
            SeedmaskError: it changed since it was indexed.
        """
        pixels = self._images.of(row.image, row.placement, partial(self._pixels, row))
        return cut(pixels, row.placement).copy() if row.placement and row.placement.tiled else pixels

    def picture(self, row: Row) -> UInt8[np.ndarray, "H W 3"]:
        """The whole picture of an image at its own size; errors as of `image`."""
        return self._pixels(row, self.reading.unshrunk)

    def _pixels(self, row: Row, reading: PictureReading | None = None) -> UInt8[np.ndarray, "H W 3"]:
        pixels, facts = read_image(self.root / row.image, reading=reading or self.reading)
        self._check_unchanged(row.image, row.sha256, facts.sha256)
        return pixels

    def truth(self, row: Row) -> UInt8[np.ndarray, "H W"]:
        """A truth mask, with labels.

        Raises:
            SeedmaskError: there is none, or it changed since it was indexed.
        """
        return self._mask(row, None if row.mask is None else (row.mask, row.mask_sha256))

    def training_truth(self, row: Row) -> UInt8[np.ndarray, "H W"]:
        """The truth mask that trainings and simulated labels read.

        Raises:
            SeedmaskError: there is none, or it changed since it was indexed.
        """
        return self._mask(row, row.training_truth)

    def _mask(self, row: Row, file: tuple[str, str | None] | None) -> UInt8[np.ndarray, "H W"]:
        if file is None:
            raise SeedmaskError(f"image {row.id} has no truth mask; give one, or do not use `truth` here")
        mask = self._truths.of(f"{file[0]} {row.picture}", row.placement, partial(self._labels, row, *file))
        return placed_labels(mask, row.placement)

    def _labels(self, row: Row, file: str, indexed: str | None) -> UInt8[np.ndarray, "H W"]:
        """A mask of the whole picture of an image."""
        if row.rendered:
            return self._rendered(row)
        mask, sha256 = read_labels(self.root / file, self._stored.mask_codes)
        self._check_unchanged(file, indexed, sha256)
        return mask

    def _rendered(self, row: Row) -> UInt8[np.ndarray, "H W"]:
        path = truth_path(self._results, row.picture)
        with suppress(InputError):  # it is missing or damaged
            mask, sha256 = read_mask(path)
            if sha256 == row.mask_sha256:
                return mask
        tables = index_folder(self._results) / "tables"
        raise SeedmaskError(f"{path}: is not what was rendered; delete {tables} and run snakemake to render it again")

    def _check_unchanged(self, file: str, indexed: str | None, sha256: str) -> None:
        if sha256 != indexed:
            raise SeedmaskError(f"{self.root / file} changed since it was indexed; run snakemake again")


def class_counts(rows: Iterable[Row], classes: int) -> Int64[np.ndarray, " K"]:
    """Images tagged with each class."""
    tags = [tag for row in rows for tag in row.tags or ()]
    return np.bincount(np.array(tags, np.int64), minlength=classes)
