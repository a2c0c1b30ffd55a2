"""The listing of a data set, made once and read by shard: jobs on a cluster never look at the pictures' folders."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from seedmask.config.dataset import Dataset
from seedmask.dataset.entries import Found, ListedImage, as_table, digest_of_listed, of_entry
from seedmask.dataset.formats import Listing, list_pictures
from seedmask.dataset.listed import InMemory, Listed, OnDisk, shard_path, summary_path
from seedmask.dataset.shards import name_of
from seedmask.dataset.states import keep_states, kept_states, stamp_of, states_now
from seedmask.dataset.stored_index import read_rows, sealed_path
from seedmask.errors import SeedmaskError
from seedmask.storage.files import DISK_ERRORS, write_atomic
from seedmask.storage.lock import only_writer
from seedmask.storage.records import write_record

Known = Mapping[tuple[str, str, str | None], Found]


def known_files(results: Path) -> Known:
    """What was found in files, by their names and states: of the index, and of one that was never made whole.

    What is damaged is not known.
    """
    found: dict[tuple[str, str, str | None], Found] = {}

    def add(pictures: Iterable[ListedImage]) -> None:
        found.update((picture.files, picture.found) for picture in pictures if picture.found is not None)

    with suppress(SeedmaskError):
        before = OnDisk(results, Path())
        for shard in before.rows.shards():
            with suppress(SeedmaskError):
                add(before.pictures(shard))
    for sealed in sealed_path(results, "0000").parent.glob("*.json"):
        with suppress(SeedmaskError):
            add(read_rows(results, sealed.stem, sealed))
    return found


def with_known(shards: Mapping[str, Sequence[ListedImage]], known: Known) -> dict[str, list[ListedImage]]:
    """The same pictures with what is known of their files."""
    return {
        shard: [replace(picture, found=known.get(picture.files)) for picture in pictures]
        for shard, pictures in shards.items()
    }


Shards = Mapping[str, Sequence[ListedImage]]
Way = Callable[[Dataset, Path, Iterable[str]], Listed]
"""From a data set, the folder of all its results, and files that variants read besides, to what is known of them."""


def anew(dataset: Dataset, results: Path, files: Iterable[str] = ()) -> Listed:  # noqa: ARG001  one signature for all
    """A listing made now, written nowhere.

    Args:
        dataset: the data set.
        results: folder of all its results.
        files: names of the files and folders that variants read besides.

    Raises:
        SeedmaskError: the data set's folder does not exist.
    """
    return _in_memory(dataset, *_cut(dataset), states_now(files))


def current(dataset: Dataset, results: Path, files: Iterable[str] = ()) -> Listed:
    """The kept listing, or where something has changed one made now; nothing is written.

    Raises:
        SeedmaskError: the data set's folder does not exist.
    """
    states = states_now(files)
    return _kept(dataset, results, stamp_of(dataset), states) or _in_memory(dataset, *_cut(dataset), states)


def kept(dataset: Dataset, results: Path, files: Iterable[str] = ()) -> Listed:
    """The same, and what was found now is kept for the jobs; where the disk refuses, in memory alone.

    Raises:
        SeedmaskError: the data set's folder does not exist.
    """
    stamp = stamp_of(dataset)  # before anything is listed: what changes meanwhile is seen the next time
    states = states_now(files)
    with _as_far_as_the_disk_allows():
        keep_states(results, states)
    if found := _kept(dataset, results, stamp, states):
        return found
    shards, listing = _cut(dataset)
    with _as_far_as_the_disk_allows():
        with only_writer(summary_path(results).with_name("lock"), f"the listing of {results.name}"):
            shards = with_known(shards, known_files(results))
            hashes = {shard: _write(shard_path(results, shard), shards[shard]) for shard in shards}
            write_record(summary_path(results), _summary(dataset, listing, shards, stamp, hashes))
            _remove_others(results, hashes)
        return OnDisk(results, Path(dataset.root), states)
    return _in_memory(dataset, shards, listing, states)


def stored(dataset: Dataset, results: Path, files: Iterable[str] = ()) -> Listed:
    """The listing and states that the run began with, whatever has changed since.

    Raises:
        SeedmaskError: there are none, or they are damaged.
    """
    return OnDisk(results, Path(dataset.root), kept_states(results, files))


def _in_memory(dataset: Dataset, shards: Shards, listing: Listing, states: Mapping[str, str]) -> Listed:
    """A listing that is written nowhere."""
    return InMemory(_summary(dataset, listing, shards, "", {}), Path(dataset.root), shards, states)


def _kept(dataset: Dataset, results: Path, stamp: str, states: Mapping[str, str]) -> Listed | None:
    """The listing that was kept, if it is whole and of this stamp."""
    with suppress(SeedmaskError):
        found = OnDisk(results, Path(dataset.root), states)
        return found if found.summary["stamp"] == stamp else None
    return None


@contextmanager
def _as_far_as_the_disk_allows() -> Iterator[None]:
    """Leave off where the disk is full or read-only."""
    try:
        yield
    except OSError as error:
        if error.errno not in DISK_ERRORS:
            raise


def _cut(dataset: Dataset) -> tuple[Shards, Listing]:
    """The pictures of a data set, shard by shard."""
    listing, root, size = list_pictures(dataset), Path(dataset.root), dataset.shard_size
    pictures = [of_entry(entry, root) for entry in listing.entries]
    firsts = range(0, len(pictures), size)
    return {name_of(first // size): pictures[first : first + size] for first in firsts}, listing


def _summary(
    dataset: Dataset, listing: Listing, shards: Shards, stamp: str, hashes: Mapping[str, str]
) -> dict[str, Any]:
    splits: dict[str, int] = {}
    for entry in listing.entries:
        splits[entry.split] = splits.get(entry.split, 0) + 1
    return {
        "stamp": stamp,
        "classes": list(listing.classes),
        "splits": list(splits.items()),
        "shard_size": dataset.shard_size,
        "problems": [[problem.where, problem.found, problem.remedy] for problem in listing.problems],
        "notes": list(listing.notes),
        "shards": {
            shard: {"listed": digest_of_listed(pictures), "sha256": hashes.get(shard, "")}
            for shard, pictures in shards.items()
        },
    }


def _write(path: Path, pictures: Sequence[ListedImage]) -> str:
    """Write a shard unless it is there already; its SHA-256."""
    data = as_table(pictures)
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


__all__ = ["Listed", "OnDisk", "Way", "anew", "current", "kept", "stored"]
