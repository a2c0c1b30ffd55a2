"""Ways to a listing: made anew, the kept one while nothing has changed, or the one that the run began with.

Shards are written before the summary, so that a kill between leaves shards that the old summary does not know; a job
that meets one says so.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from pipeline.config.dataset import Dataset
from pipeline.data.formats import Listing, list_pictures
from pipeline.data.listed.known import known_files, with_known
from pipeline.data.listed.stamp import stamp_of
from pipeline.data.listed.states import keep_states, kept_states, states_now
from pipeline.data.listed.summary import InMemory, Listed, OnDisk, shard_path, summary_path
from pipeline.data.pictures import Picture, as_table, digest_of_listed, of_entry
from pipeline.data.shards import name_of
from pipeline.errors import SeedmaskError
from pipeline.storage.files import DISK_ERRORS, write_atomic
from pipeline.storage.lock import only_writer
from pipeline.storage.records import write_record

Shards = Mapping[str, Sequence[Picture]]
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


def _write(path: Path, pictures: Sequence[Picture]) -> str:
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
