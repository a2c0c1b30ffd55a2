"""The listing of a data set, made once and read by shard: jobs on a cluster never look at the folders of images.

listing/summary.json       classes, splits, problems, notes, and a digest of each shard
listing/shards/0000.csv    the images of shard 0000
"""

import hashlib
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any, overload

from seedmask.config.dataset import Dataset
from seedmask.dataset.entries import FileFacts, ListedImage, as_table, listed_image, listing_digest, read_table
from seedmask.dataset.formats import list_images
from seedmask.dataset.formats.listing import Entry, Listing
from seedmask.dataset.index import TAGGED, SplitRows, StoredIndex, read_rows, sealed_path, shard_name
from seedmask.dataset.row_order import in_rows
from seedmask.dataset.states import current_states, dataset_stamp, read_states, write_states
from seedmask.dataset.tiling import listed_tiles
from seedmask.errors import Problem, SeedmaskError
from seedmask.fingerprint import digest
from seedmask.storage.files import DISK_ERRORS, write_atomic
from seedmask.storage.lock import only_writer
from seedmask.storage.records import read_record, write_record

REMEDY = "delete this file and run snakemake, which lists the images again"
Shards = Mapping[str, Sequence[ListedImage]]


class ShardedListing:
    """A listing by shard: all jobs are planned from its summary, and each reads the images of its own shard.

    Args:
        summary: content of `summary.json`.
        root: folder of the data set.
        states: of the files and folders that variants read besides.
    """

    def __init__(self, summary: Mapping[str, Any], root: Path, states: Mapping[str, str] | None = None):
        self.summary = summary
        self.states = states or {}
        """Digest of the state of each file or folder that a variant reads besides the data set, by its name."""
        self.classes: tuple[str, ...] = tuple(summary["classes"])
        self.split_rows = SplitRows(map(tuple, summary["splits"]), summary["shard_size"])
        """Rows and shards of each split."""
        self.showing_a_class: Mapping[str, int] = summary["showing_a_class"]
        """Images of each split whose tags name at least one class, or whose truth masks give them tags."""
        self.problems = tuple(Problem(*problem) for problem in summary["problems"])
        self.notes: tuple[str, ...] = tuple(summary["notes"])
        self._root = root

    @property
    def digests(self) -> dict[str, str]:
        """Digest of all that is listed in each shard."""
        return {shard: facts["listed"] for shard, facts in self.summary["shards"].items()}

    def digest_of(self, shard: str) -> str:
        """Digest of all that is listed in a shard."""
        return self.summary["shards"][shard]["listed"]

    @cached_property
    def digest(self) -> str:
        """Digest of what the listing says of the set as a whole."""
        return digest([self.summary[name] for name in ("classes", "splits", "shard_size", "problems", "notes")])

    def images(self, shard: str) -> Sequence[ListedImage]:
        """Images of a shard in the order of the rows.

        Raises:
            SeedmaskError: the listing is damaged.
        """
        raise NotImplementedError

    @property
    def entries(self) -> "ListedEntries":
        """All images, read on access."""
        return ListedEntries(self, self._root)


class MemoryListing(ShardedListing):
    """A listing that is not on disk."""

    def __init__(self, summary: Mapping[str, Any], root: Path, shards: Shards, states: Mapping[str, str]):
        super().__init__(summary, root, states)
        self._shards = shards

    def images(self, shard: str) -> Sequence[ListedImage]:
        """Images of a shard in the order of the rows."""
        return self._shards[shard]

    def store(self, results: Path) -> "StoredListing":
        """Write the tables of the shards, with what is known of their files, then the summary."""
        with only_writer(summary_path(results).with_name("lock"), f"the listing of {results.name}"):
            shards = _with_facts(self._shards, facts_by_files(results))
            hashes = {shard: _write(shard_path(results, shard), shards[shard]) for shard in shards}
            digests = {shard: {"listed": self.digest_of(shard), "sha256": hashes[shard]} for shard in shards}
            write_record(summary_path(results), {**self.summary, "shards": digests})
            _remove_others(results, hashes)
        return StoredListing(results, self._root, self.states)


class StoredListing(ShardedListing):
    """A listing on disk; the summary is read at once, a shard when it is asked for.

    Raises:
        SeedmaskError: the summary is missing or damaged.
    """

    def __init__(self, results: Path, root: Path, states: Mapping[str, str] | None = None):
        super().__init__(read_record(summary_path(results), REMEDY), root, states)
        self._results = results

    def images(self, shard: str) -> Sequence[ListedImage]:
        """Images of a shard in the order of the rows.

        Raises:
            SeedmaskError: the table of the shard does not have the digest of the summary.
        """
        path = summary_path(self._results)
        remedy = f"delete {path} and run snakemake, which lists the images again"
        return read_table(shard_path(self._results, shard), self.summary["shards"][shard]["sha256"], remedy)


class ListedEntries(Sequence[Entry]):
    """Images of a listing as a sequence that holds one shard at a time.

    Args:
        listing: the listing.
        root: folder of the data set.
    """

    def __init__(self, listing: ShardedListing, root: Path):
        self._listing, self._root = listing, root
        self._held: tuple[str, list[Entry]] = ("", [])

    def __len__(self) -> int:
        return self._listing.split_rows.images

    @overload
    def __getitem__(self, number: int) -> Entry: ...
    @overload
    def __getitem__(self, number: slice) -> list[Entry]: ...
    def __getitem__(self, number: int | slice) -> Entry | list[Entry]:
        if isinstance(number, slice):
            return [self[one] for one in range(*number.indices(len(self)))]
        shard, position = divmod(range(len(self))[number], self._listing.split_rows.shard_size)
        return self._shard(shard_name(shard))[position]

    def __iter__(self) -> Iterator[Entry]:
        for shard in self._listing.split_rows.shards():
            yield from self._shard(shard)

    def _shard(self, shard: str) -> list[Entry]:
        if self._held[0] != shard:
            self._held = shard, [image.entry(self._root) for image in self._listing.images(shard)]
        return self._held[1]


def summary_path(results: Path) -> Path:
    """Summary of the listing of a data set's results."""
    return results / "listing" / "summary.json"


def shard_path(results: Path, shard: str) -> Path:
    """Table of a shard of the listing."""
    return results / "listing" / "shards" / f"{shard}.csv"


ListingSource = Callable[[Dataset, Path, Iterable[str]], ShardedListing]
"""Gets a listing for a data set, the folder of all its results, and the files that variants read besides."""


def current_listing(dataset: Dataset, results: Path, files: Iterable[str] = ()) -> ShardedListing:
    """The stored listing, or a new one if anything has changed; write nothing.

    Args:
        dataset: the data set.
        results: folder of all its results.
        files: names of the files and folders that variants read besides.

    Raises:
        SeedmaskError: the data set's folder does not exist.
    """
    stamp = dataset_stamp(dataset)  # before anything is listed: a later change is seen the next time
    states = current_states(files)
    return _stored(dataset, results, stamp, states) or _listed(dataset, results, stamp, states)


def update_listing(dataset: Dataset, results: Path, files: Iterable[str] = ()) -> ShardedListing:
    """The current listing, stored for the jobs; in memory alone if the disk is full or read-only.

    Raises:
        SeedmaskError: the data set's folder does not exist.
    """
    return store_listing(current_listing(dataset, results, files), results)


def store_listing(listing: ShardedListing, results: Path) -> ShardedListing:
    """The same listing, stored for the jobs; in memory alone if the disk is full or read-only."""
    with _if_the_disk_allows():
        write_states(results, listing.states)
        return listing.store(results) if isinstance(listing, MemoryListing) else listing
    return listing


def planned_listing(dataset: Dataset, results: Path, is_planned: Callable[[ShardedListing], bool]) -> ShardedListing:
    """The listing that a job was planned with: the stored one, or one that is stored now if the run stored none.

    Args:
        dataset: the data set.
        results: folder of all its results.
        is_planned: whether a listing is that one.

    Raises:
        SeedmaskError: the data set has changed since the job was planned.
    """
    with suppress(SeedmaskError):
        listing = StoredListing(results, Path(dataset.root))
        if is_planned(listing):
            return listing
    listing = update_listing(dataset, results)
    if not is_planned(listing):
        raise SeedmaskError("the data set has changed since this run was planned; run snakemake again")
    return listing


def read_listing(dataset: Dataset, results: Path, files: Iterable[str] = ()) -> ShardedListing:
    """The listing and states that the run began with, whatever has changed since.

    Raises:
        SeedmaskError: they are missing or damaged.
    """
    return StoredListing(results, Path(dataset.root), read_states(results, files))


def read_or_make_listing(dataset: Dataset, results: Path, files: Iterable[str] = ()) -> ShardedListing:
    """The listing and states that the run began with; a new listing, written nowhere, if the run has stored none.

    Raises:
        SeedmaskError: the data set's folder does not exist.
    """
    try:
        return read_listing(dataset, results, files)
    except SeedmaskError:
        return current_listing(dataset, results, files)


def _listed(dataset: Dataset, results: Path, stamp: str, states: Mapping[str, str]) -> ShardedListing:
    shards, listed = _cut(dataset, _rows_before(results))
    return MemoryListing(_summary(dataset, listed, shards, stamp), Path(dataset.root), shards, states)


def _stored(dataset: Dataset, results: Path, stamp: str, states: Mapping[str, str]) -> ShardedListing | None:
    """The stored listing, if it is whole and of this stamp."""
    with suppress(SeedmaskError):
        listing = StoredListing(results, Path(dataset.root), states)
        return listing if listing.summary["stamp"] == stamp else None
    return None


@contextmanager
def _if_the_disk_allows() -> Iterator[None]:
    """Leave off where the disk is full or read-only."""
    try:
        yield
    except OSError as error:
        if error.errno not in DISK_ERRORS:
            raise


def facts_by_files(results: Path) -> dict[tuple[str | None, ...], FileFacts]:
    """Facts of the files of all shards that were read, also for an unfinished index; not of damaged ones."""
    facts: dict[tuple[str | None, ...], FileFacts] = {}

    def add(images: Iterable[ListedImage]) -> None:
        facts.update((image.files, image.facts) for image in images if image.facts is not None)

    with suppress(SeedmaskError):
        before = StoredListing(results, Path())
        for shard in before.split_rows.shards():
            with suppress(SeedmaskError):
                add(before.images(shard))
    for sealed in sealed_path(results, "0000").parent.glob("*.json"):
        with suppress(SeedmaskError):
            add(read_rows(results, sealed.stem, sealed))
    return facts


def _with_facts(shards: Shards, facts: Mapping[tuple[str | None, ...], FileFacts]) -> Shards:
    return {
        shard: [replace(image, facts=facts.get(image.files)) for image in images] for shard, images in shards.items()
    }


def _rows_before(results: Path) -> list[tuple[str, str]]:
    """Id and split of the image of each row, by the listing of before or, where it is damaged, by the index."""
    with suppress(SeedmaskError):
        before = StoredListing(results, Path())
        return [(image.id, image.split) for shard in before.split_rows.shards() for image in before.images(shard)]
    with suppress(SeedmaskError):
        return [(row.id, row.split) for row in StoredIndex(results).rows]
    return []


def _cut(dataset: Dataset, before: Iterable[tuple[str, str]]) -> tuple[Shards, Listing]:
    """The images of a data set, shard by shard; those of before keep their rows."""
    listed, root, size = list_images(dataset), Path(dataset.root), dataset.shard_size
    images, problems = listed_tiles([listed_image(entry, root) for entry in listed.entries], dataset)
    listed = replace(listed, problems=(*listed.problems, *problems))
    rows = in_rows(images, before)
    return {shard_name(first // size): rows[first : first + size] for first in range(0, len(rows), size)}, listed


def _summary(dataset: Dataset, listed: Listing, shards: Shards, stamp: str) -> dict[str, Any]:
    showing: dict[str, int] = {}
    images = list(itertools.chain.from_iterable(shards.values()))
    for image in images:
        showing[image.split] = showing.get(image.split, 0) + _may_show(image, dataset)
    return {
        "stamp": stamp,
        "classes": list(listed.classes),
        "splits": SplitRows.of((image.split for image in images), dataset.shard_size).runs,
        "showing_a_class": showing,
        "shard_size": dataset.shard_size,
        "problems": [[problem.where, problem.found, problem.remedy] for problem in listed.problems],
        "notes": list(listed.notes),
        "shards": {shard: {"listed": listing_digest(images), "sha256": ""} for shard, images in shards.items()},
    }


def _may_show(entry: ListedImage, dataset: Dataset) -> bool:
    """Whether an image shows a class by its tags, or may do so by its truth mask."""
    from_truth = dataset.tags_from_truth and entry.split == TAGGED and entry.mask is not None
    return bool(entry.tags) or from_truth


def _write(path: Path, images: Sequence[ListedImage]) -> str:
    """Write a shard unless it is there already; its SHA-256."""
    data = as_table(images)
    with suppress(OSError):
        if path.read_bytes() == data:
            return hashlib.sha256(data).hexdigest()
    write_atomic(path, data)
    return hashlib.sha256(data).hexdigest()


def _remove_others(results: Path, wanted: Mapping[str, str]) -> None:
    """Remove shards of an earlier, longer listing."""
    for path in shard_path(results, "0000").parent.glob("*.csv"):
        if path.stem not in wanted:
            path.unlink(missing_ok=True)
