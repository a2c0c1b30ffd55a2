"""The index of a data set: every image with its size, tags and hashes, checked before anything else runs.

index/set.json              classes, splits and sizes of the whole set
index/stores.json           sizes of a shard of a store, which stay while pictures are added
index/rows/0000.csv         the images of shard 0000
index/tables/0000.json      declared output: digest of those rows, and problems
index/sealed/0000.json      copy of it that Snakemake does not delete before it runs a job again
index/manifests/0000.json   declared output: digest of each image with its tags
index/truth/<id>.png        truth masks that are rendered from annotations
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import Any

from seedmask.dataset.entries import ListedImage, read_table
from seedmask.dataset.formats.listing import split_rank
from seedmask.dataset.mask_codes import kept_mask_codes
from seedmask.dataset.picture_reading import PictureReading, kept_reading
from seedmask.dataset.placement import MARK, Placement
from seedmask.errors import SeedmaskError
from seedmask.fingerprint import digest
from seedmask.labels import LabelSet, kept_labels
from seedmask.storage.records import read_record

REMEDY = "delete it and run snakemake, which makes it again"

TAGGED = "train"
"""Split whose images are tagged with the classes in their truth masks, where the data set says so."""


@dataclass(frozen=True)
class Row:
    """One image."""

    id: str
    image: str
    """Path relative to the data set's folder; absolute if it lies elsewhere."""
    split: str
    width: int
    """Pixels, upright."""
    height: int
    """Pixels, upright."""
    tags: tuple[int, ...] | None
    """Classes in the image, numbered from 0, ascending; `()` none of them, None not known."""
    sha256: str
    mask: str | None
    """Truth mask that results are compared with, relative to the data set's folder."""
    mask_sha256: str | None
    """Of its file; where its numbers are no labels, of what they stand for too."""
    note: str = ""
    """What was changed when the image was read."""
    reading: str = ""
    """Digest of the settings that image and masks are read with; empty for ordinary ones."""
    training_mask: str | None = None
    """Truth mask that trainings learn from, where it is not `mask`."""
    training_mask_sha256: str | None = None
    rendered: bool = False
    """Whether `mask` is the file of annotations that the truth mask in `truth_path` is rendered from."""
    placement: Placement | None = None
    """What it shows of its picture; None for a whole picture at its own size."""

    @property
    def name(self) -> str:
        """Path below the folder of the pictures, as the file system spells it: what people call the image."""
        return "/".join(self.image.split("/")[-1 - self.id.count("/") :])

    @property
    def picture(self) -> str:
        """Id of the picture that it is, or is a tile of: what files about pictures are named by."""
        return self.id.rpartition(MARK)[0] if self.placement and self.placement.tiled else self.id

    @property
    def whole(self) -> "Row":
        """The whole picture at its own size, as files about pictures show it."""
        if self.placement is None:
            return self
        width, height = self.placement.picture
        return replace(self, id=self.picture, width=width, height=height, placement=None)

    @cached_property
    def digest(self) -> str:
        """SHA-256 over all that a result made from image and tags may depend on; never the truth."""
        settings = [self.reading] if self.reading else []
        return _digest(self.id, self.sha256, self.width, self.height, self.split, self.tags, *settings)

    @cached_property
    def truth_digest(self) -> str:
        """SHA-256 over the truth mask."""
        return _digest(self.mask_sha256)

    @property
    def training_truth(self) -> tuple[str, str | None] | None:
        """Truth mask that trainings learn from, with its SHA-256; None without one."""
        if self.training_mask is not None:
            return self.training_mask, self.training_mask_sha256
        return None if self.mask is None else (self.mask, self.mask_sha256)

    @cached_property
    def training_truth_digest(self) -> str:
        """SHA-256 over the truth mask that trainings learn from."""
        return _digest(self.training_truth and self.training_truth[1])


@dataclass(frozen=True)
class Extent:
    """Sizes of a set, or of the shards of its stores.

    Args:
        height: rows of pixels of the largest image.
        width: columns of pixels of the largest image.
        slots: most classes in one image, at least 1.
    """

    height: int
    width: int
    slots: int

    def with_row(self, row: Row) -> "Extent":
        """Sizes that hold an image too."""
        slots = max(self.slots, len(row.tags or ()))
        return Extent(max(self.height, row.height), max(self.width, row.width), slots)

    def __le__(self, other: "Extent") -> bool:
        return self.height <= other.height and self.width <= other.width and self.slots <= other.slots


class Index:
    """All images. In a new set: `train` first, then `val`, then other splits by name; by id within a split.

    Args:
        classes: names of the classes.
        rows: the images.
        background: whether a pixel may belong to no class.
    """

    def __init__(self, classes: Sequence[str], rows: Iterable[Row], background: bool = True):
        self.labels = LabelSet(tuple(classes), background)
        """Labels of the pixels."""
        self._rows = tuple(rows)

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes."""
        return self.labels.classes

    @property
    def rows(self) -> tuple[Row, ...]:
        """All images."""
        return self._rows

    @property
    def images(self) -> int:
        """Number of images."""
        return len(self.rows)

    @property
    def counts(self) -> dict[str, int]:
        """Images of each split: `train`, `val`, then others by name."""
        return SplitRows.of((row.split for row in self.rows), 1).counts

    @property
    def splits(self) -> tuple[str, ...]:
        """Names of the splits: `train`, `val`, then others by name."""
        return tuple(self.counts)

    @property
    def extent(self) -> Extent:
        """Sizes that hold every image."""
        extent = Extent(0, 0, 1)
        for row in self.rows:
            extent = extent.with_row(row)
        return extent

    @property
    def shard_extent(self) -> Extent:
        """Sizes of a shard of a store."""
        return self.extent

    def rows_of(self, split: str) -> tuple[Row, ...]:
        """Rows of one split, sorted by id, whenever each was added."""
        return tuple(sorted((row for row in self.rows if row.split == split), key=row_rank))

    def truth_rows(self) -> tuple[Row, ...]:
        """Rows that have a truth mask."""
        return tuple(row for row in self.rows if row.mask is not None)

    def training_truth_rows(self) -> tuple[Row, ...]:
        """Rows that have a truth mask to learn from."""
        return tuple(row for row in self.rows if row.training_truth is not None)

    @property
    def whole(self) -> "Index":
        """The pictures themselves, each once and at its own size, as files about pictures know them."""
        return Index(self.classes, {row.picture: row.whole for row in self.rows}.values(), self.labels.background)


def index_row(image: ListedImage, reading: str = "") -> Row:
    """The row of an image whose files were read, with the digest of the settings for it."""
    facts = image.facts
    assert facts is not None, image.id
    size = (facts.width, facts.height)
    placement = Placement(facts.picture, image.tile or (0, 0, *facts.picture), size, tiled=image.tile is not None)
    tags = facts.shown if image.tags is None and image.split == TAGGED else image.tags
    truth, training = (image.mask, facts.mask_sha256), (image.training_mask, facts.training_mask_sha256)
    read = (*size, tags, facts.sha256, *truth, facts.note, reading, *training)
    placed = None if placement.is_plain else placement
    return Row(image.id, image.image, image.split, *read, bool(image.rendering), placed)


def settings_digest(reading: PictureReading, background: bool) -> str:
    """SHA-256 of the settings that images and masks are read with; empty for ordinary ones."""
    return reading.digest if background else digest([reading.digest, "no background"])


def _digest(*facts: object) -> str:
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


class SplitRows:
    """Rows and shards of each split of a data set.

    A new set is sorted by split. What is added later stands behind it, so a split may lie in several places.

    Args:
        runs: splits in the order of the rows, each with the number of images that follow one another.
        shard_size: images in one shard.
    """

    def __init__(self, runs: Iterable[tuple[str, int]], shard_size: int):
        self.runs, self.shard_size = [(split, count) for split, count in runs], shard_size
        self.counts: dict[str, int] = {}
        """Images of each split: `train`, `val`, then others by name."""
        self._ranges: dict[str, list[range]] = {}
        first = 0
        for split, count in sorted(self.runs, key=lambda run: split_rank(run[0])):
            self.counts[split] = self.counts.get(split, 0) + count
        for split, count in self.runs:
            self._ranges.setdefault(split, []).append(range(first, first + count))
            first += count
        self.images = first
        """Images of all splits."""

    @classmethod
    def of(cls, splits: Iterable[str], shard_size: int) -> "SplitRows":
        """Those of the splits of all images, in the order of the rows."""
        return cls(((split, len(list(run))) for split, run in groupby(splits)), shard_size)

    def shards(self, splits: Iterable[str] | None = None) -> list[str]:
        """Numbers of the shards that hold images of some splits, or of any."""
        return list(self.images_by_shard(splits))

    def images_by_shard(self, splits: Iterable[str] | None = None) -> dict[str, int]:
        """Number of images of some splits, or of any, by shard; shards without any are left out."""
        counts: dict[int, int] = {}
        for split in self._ranges if splits is None else set(splits):
            for rows in self._ranges.get(split, ()):
                for shard, count in self._cut(rows):
                    counts[shard] = counts.get(shard, 0) + count
        return {shard_name(shard): counts[shard] for shard in sorted(counts)}

    def rows_in(self, shard: str) -> range:
        """Rows of a shard."""
        first = int(shard) * self.shard_size
        return range(first, min(first + self.shard_size, self.images))

    def _cut(self, rows: range) -> Iterator[tuple[int, int]]:
        """Shards that hold some of the rows, each with how many."""
        size, start = self.shard_size, rows.start
        while start < rows.stop:
            end = min((start // size + 1) * size, rows.stop)
            yield start // size, end - start
            start = end


def row_rank(row: Row) -> tuple[tuple[int, str], str, str]:
    """Sort key of the images of a new set; the tiles of a picture keep their order."""
    return split_rank(row.split), row.picture, row.id


def shard_name(shard: int) -> str:
    """`0003`; shards from 10000 on have five digits."""
    return f"{shard:04d}"


def shards_of(rows: Iterable[int], size: int) -> list[str]:
    """Numbers of the shards that hold some of the rows, ascending."""
    return [shard_name(shard) for shard in sorted({row // size for row in rows})]


def index_folder(results: Path) -> Path:
    """Folder of the index of a data set's results."""
    return results / "index"


def rows_path(results: Path, shard: str) -> Path:
    """Rows of a shard."""
    return index_folder(results) / "rows" / f"{shard}.csv"


def table_path(results: Path, shard: str) -> Path:
    """Declared output: facts about the rows of a shard."""
    return index_folder(results) / "tables" / f"{shard}.json"


def sealed_path(results: Path, shard: str) -> Path:
    """Copy of the facts that stays while a job is run again."""
    return index_folder(results) / "sealed" / f"{shard}.json"


def manifest_path(results: Path, shard: str) -> Path:
    """Declared output: digests that results made from images and tags depend on."""
    return index_folder(results) / "manifests" / f"{shard}.json"


def truth_path(results: Path, image_id: str) -> Path:
    """Truth mask of an image that is rendered from annotations."""
    return index_folder(results) / "truth" / f"{image_id}.png"


def set_path(results: Path) -> Path:
    """Facts about the whole set that jobs need."""
    return index_folder(results) / "set.json"


def stores_path(results: Path) -> Path:
    """Sizes of a shard of a store; Snakemake does not delete it before the index is made again."""
    return index_folder(results) / "stores.json"


def read_facts(path: Path) -> dict[str, Any]:
    """Facts about the rows of a shard, from the declared output or its sealed copy.

    Raises:
        SeedmaskError: it is missing or damaged.
    """
    return read_record(path, REMEDY)


def read_rows(results: Path, shard: str, facts: Path | None = None) -> list[ListedImage]:
    """Images of a shard, checked against the digest in the facts about them.

    Args:
        results: folder of all results of the data set.
        shard: the shard.
        facts: file with the digest; the declared output when not given.

    Raises:
        SeedmaskError: they are missing, or not what was written.
    """
    remedy = f"delete {table_path(results, shard)} and run snakemake, which makes both again"
    return read_table(rows_path(results, shard), read_facts(facts or table_path(results, shard))["rows"], remedy)


class StoredIndex(Index):
    """An index on disk; each shard is checked when it is read.

    Args:
        results: folder of all results of the data set.

    Raises:
        SeedmaskError: there is no index, or it is damaged.
    """

    def __init__(self, results: Path):
        facts = read_record(set_path(results), REMEDY)
        labels = kept_labels(facts)
        super().__init__(labels.classes, (), labels.background)
        self.split_rows = SplitRows(map(tuple, facts["splits"]), facts["shard_size"])
        """Rows and shards of each split."""
        self.reading = kept_reading(facts)
        """How the pictures are read."""
        self.mask_codes = kept_mask_codes(facts)
        """Labels that the numbers in truth masks stand for."""
        self._results = results
        self._extent, self._shard_extent = Extent(**facts["extent"]), Extent(**facts["shard_extent"])

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """All images.

        Raises:
            SeedmaskError: a shard is missing or damaged.
        """
        return tuple(row for _, row in self.numbered(self.split_rows.shards()))

    @property
    def images(self) -> int:
        """Number of images."""
        return self.split_rows.images

    @property
    def counts(self) -> dict[str, int]:
        """Images of each split: `train`, `val`, then others by name."""
        return self.split_rows.counts

    @property
    def extent(self) -> Extent:
        """Sizes that hold every image."""
        return self._extent

    @property
    def shard_extent(self) -> Extent:
        """Sizes of a shard of a store: those that the set had when its index was first made."""
        return self._shard_extent

    def rows_of(self, split: str) -> tuple[Row, ...]:
        """Rows of one split, sorted by id, whenever each was added."""
        rows = (row for _, row in self.numbered(self.split_rows.shards([split])) if row.split == split)
        return tuple(sorted(rows, key=row_rank))

    def numbered(self, shards: Iterable[str]) -> Iterator[tuple[int, Row]]:
        """Number and row of the images of some shards.

        Raises:
            SeedmaskError: a shard is missing or damaged, or the index is being made again.
        """
        for shard in shards:
            images, numbers = read_rows(self._results, shard), self.split_rows.rows_in(shard)
            if len(images) != len(numbers):
                raise SeedmaskError(
                    f"{set_path(self._results)}: lists {len(numbers)} pictures in shard {shard}, but its table holds "
                    f"{len(images)}; run snakemake"
                )
            settings = settings_digest(self.reading, self.labels.background)
            yield from zip(numbers, (index_row(image, settings) for image in images), strict=True)
