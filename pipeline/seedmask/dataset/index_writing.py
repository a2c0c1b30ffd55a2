"""How the index is written: shard by shard, and then what jobs and people need to know of the whole."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from seedmask.dataset.catalogue import class_counts
from seedmask.dataset.entries import UNKNOWN, ListedImage, write_table
from seedmask.dataset.index import Row, row_of
from seedmask.dataset.shards import SplitRows
from seedmask.dataset.stored_index import (
    index_folder,
    manifest_path,
    read_facts,
    read_rows,
    rows_path,
    sealed_path,
    set_path,
    table_path,
)
from seedmask.errors import InputError, Problem
from seedmask.fingerprint import digest
from seedmask.storage.files import writing_atomic
from seedmask.storage.proofs import prove, write_proved
from seedmask.storage.records import write_record

COLUMNS = ["row", "id", "image", "split", "width", "height", "tags", "sha256", "mask", "mask_sha256", "note"]


def write_shard(results: Path, shard: str, pictures: Sequence[ListedImage], problems: Iterable[Problem] = ()) -> None:
    """Write pictures that were read, what proves them, and what results made from them depend on.

    Args:
        results: folder of all results of the data set.
        shard: the shard's number.
        pictures: those of the shard, in the order of the rows, without those that have problems.
        problems: what is wrong with the others.
    """
    rows = [row_of(picture) for picture in pictures]
    facts = {
        "rows": write_table(rows_path(results, shard), pictures),
        "pictures": digest([row.digest for row in rows]),
        "truth": digest([[row.id, row.truth_digest] for row in rows if row.mask is not None]),
        "problems": [[problem.where, problem.found, problem.remedy] for problem in problems],
    }
    write_record(sealed_path(results, shard), facts)
    write_record(table_path(results, shard), facts)
    write_record(manifest_path(results, shard), {"images": {row.id: row.digest for row in rows}})


def refuse(results: Path, subject: str, listed: Iterable[Problem], shards: Iterable[str]) -> None:
    """End with everything that is wrong with a data set; pictures with problems are read again in the next run.

    Args:
        results: folder of all results of the data set.
        subject: the data set, for the first line.
        listed: problems of the listing.
        shards: numbers of all shards.

    Raises:
        InputError: there is a problem.
        SeedmaskError: a shard is not known.
    """
    problems = list(listed)
    for shard in shards:
        found = [Problem(*problem) for problem in read_facts(table_path(results, shard))["problems"]]
        problems += found
        if found:  # the files may be whole again without having changed, as after a disk was away
            table_path(results, shard).unlink()
            manifest_path(results, shard).unlink(missing_ok=True)
    if problems:
        raise InputError(subject, problems)


def gather(results: Path, root: str, classes: Sequence[str], rows: SplitRows) -> int:
    """Write what is known of the whole, reading one shard at a time; the number of truth masks.

    Raises:
        SeedmaskError: a shard is missing or damaged.
    """
    shards, whole = rows.shards(), _Whole(classes)
    with writing_atomic(index_folder(results) / "index.csv") as stream:
        text = io.TextIOWrapper(stream, encoding="utf-8", newline="", write_through=True)
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(COLUMNS)
        for number, row in enumerate(row_of(picture) for s in shards for picture in read_rows(results, s)):
            writer.writerow([number, *_cells(row, classes)])
            whole.add(row)
        text.detach()
    prove(index_folder(results) / "index.csv")
    write_proved(index_folder(results) / "classes.csv", whole.as_csv())
    write_record(index_folder(results) / "dataset.json", {"root": root})
    known = {shard: read_facts(table_path(results, shard)) for shard in shards}
    for name in ("pictures", "truth"):
        digests = {shard: facts[name] for shard, facts in known.items()}
        write_record(index_folder(results) / f"{name}.json", {"shards": digests})
    write_record(set_path(results), whole.facts(rows))
    _remove_others(results, shards)
    return whole.masks


class _Whole:
    """What is known of the rows seen so far."""

    def __init__(self, classes: Sequence[str]):
        self._classes = classes
        self._canvas, self._slots = (0, 0), 1
        self._counts: dict[str, np.ndarray] = {}
        self.masks = 0

    def add(self, row: Row) -> None:
        self._canvas = max(self._canvas[0], row.height), max(self._canvas[1], row.width)
        self._slots = max(self._slots, len(row.tags or ()))
        self.masks += row.mask is not None
        counts = self._counts.setdefault(row.split, np.zeros(len(self._classes), np.int64))
        counts += class_counts([row], len(self._classes))

    def facts(self, rows: SplitRows) -> dict[str, Any]:
        return {
            "classes": list(self._classes),
            "canvas": list(self._canvas),
            "slots": self._slots,
            "splits": [[split, count] for split, count in rows.counts.items()],
            "shard_size": rows.shard_size,
        }

    def as_csv(self) -> bytes:
        """Pictures of each class in each split, for people."""
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["mask_value", "class", *self._counts])
        for number, name in enumerate(self._classes):
            writer.writerow([number + 1, name, *(int(counts[number]) for counts in self._counts.values())])
        return text.getvalue().encode()


def _cells(row: Row, classes: Sequence[str]) -> Iterator[object]:
    tags = UNKNOWN if row.tags is None else ";".join(classes[number] for number in row.tags)
    yield from (row.id, row.image, row.split, row.width, row.height, tags, row.sha256)
    yield from (row.mask, row.mask_sha256, row.note)


def _remove_others(results: Path, wanted: Sequence[str]) -> None:
    """Remove shards of an earlier, longer index."""
    kept = set(wanted)
    for path_of in (rows_path, table_path, sealed_path, manifest_path):
        for path in path_of(results, "0000").parent.glob("*"):
            if path.stem not in kept:
                path.unlink(missing_ok=True)
