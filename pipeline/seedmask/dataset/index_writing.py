"""Writing of the index: shard by shard, and then the files about the whole set for jobs and people."""

import csv
import io
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from seedmask.dataset.catalogue import class_counts
from seedmask.dataset.entries import UNKNOWN, ListedImage, write_table
from seedmask.dataset.index import (
    Extent,
    Row,
    SplitRows,
    index_folder,
    index_row,
    manifest_path,
    read_facts,
    read_rows,
    rows_path,
    sealed_path,
    set_path,
    stores_path,
    table_path,
    truth_path,
)
from seedmask.dataset.mask_codes import LABELS, MaskCodes
from seedmask.dataset.picture_reading import PLAIN, PictureReading
from seedmask.dataset.set_values import SetValues, found_reading
from seedmask.errors import InputError, Problem, SeedmaskError
from seedmask.fingerprint import digest
from seedmask.labels import LabelSet
from seedmask.storage.files import writing_atomic
from seedmask.storage.records import prove, read_record, write_proved, write_record

VALUES = "values"
"""Key of what the values of a shard's pictures have in common."""
COLUMNS = [
    "row", "id", "image", "split", "width", "height", "tags", "sha256", "mask", "mask_sha256", "note",
    "training_mask", "training_mask_sha256",
]  # fmt: skip


def write_index_shard(
    results: Path,
    shard: str,
    images: Sequence[ListedImage],
    problems: Iterable[Problem] = (),
    values: SetValues | None = None,
) -> None:
    """Write the images of a shard, their digest, and the digests that results made from them depend on.

    Args:
        results: folder of all results of the data set.
        shard: the shard's number.
        images: those of the shard, in the order of the rows, without those that have problems.
        problems: of the others.
        values: what the values of the images have in common; None of ordinary images.
    """
    rows = [index_row(image) for image in images]
    facts = {
        "rows": write_table(rows_path(results, shard), images),
        "pictures": digest([row.digest for row in rows]),
        "truth": digest([[row.id, row.truth_digest, row.training_truth_digest] for row in rows if row.training_truth]),
        "problems": [[problem.where, problem.found, problem.remedy] for problem in problems],
        **({} if values is None else {VALUES: values.as_record()}),
    }
    write_record(sealed_path(results, shard), facts)
    write_record(table_path(results, shard), facts)
    write_record(manifest_path(results, shard), {"images": {row.id: row.digest for row in rows}})


def raise_problems(results: Path, subject: str, listed: Iterable[Problem], shards: Iterable[str]) -> None:
    """Raise all problems of a data set, if there are any; images with problems are read again in the next run.

    Args:
        results: folder of all results of the data set.
        subject: the data set, for the first line.
        listed: problems of the listing.
        shards: numbers of all shards.

    Raises:
        InputError: there is a problem.
        SeedmaskError: the facts of a shard are missing or damaged.
    """
    problems = list(listed)
    for shard in shards:
        of_shard = [Problem(*problem) for problem in read_facts(table_path(results, shard))["problems"]]
        problems += of_shard
        if of_shard:  # the files may be whole again without having changed, as after a disk was away
            table_path(results, shard).unlink()
            manifest_path(results, shard).unlink(missing_ok=True)
    if problems:
        raise InputError(subject, problems)


def find_reading(results: Path, asked: PictureReading, shards: Iterable[str]) -> PictureReading:
    """How the pictures of the whole set are read.

    Args:
        results: folder of all results of the data set.
        asked: what the settings of the data set ask for.
        shards: numbers of all shards.

    Raises:
        InputError: the pictures are of several kinds, or their values give no range.
        SeedmaskError: the facts of a shard are missing or damaged.
    """
    if asked.is_plain:
        return asked
    return found_reading(asked, (read_facts(table_path(results, shard))[VALUES] for shard in shards))


def merge_shards(
    results: Path,
    root: str,
    labels: LabelSet,
    rows: SplitRows,
    reading: PictureReading = PLAIN,
    codes: MaskCodes = LABELS,
) -> int:
    """Write the files about the whole set, reading one shard at a time; the number of truth masks.

    Args:
        results: folder of all results of the data set.
        root: folder of the data set.
        labels: labels of the pixels.
        rows: rows of each split.
        reading: how the pictures are read, from `find_reading`.
        codes: labels that the numbers in masks stand for.

    Raises:
        SeedmaskError: a shard is missing or damaged.
    """
    shards, totals, classes = rows.shards(), _Totals(labels), labels.classes
    with writing_atomic(index_folder(results) / "index.csv") as stream:
        text = io.TextIOWrapper(stream, encoding="utf-8", newline="", write_through=True)
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(COLUMNS)
        for number, row in enumerate(index_row(image) for s in shards for image in read_rows(results, s)):
            writer.writerow([number, *_cells(row, classes)])
            totals.add(row)
        text.detach()
    prove(index_folder(results) / "index.csv")
    write_proved(index_folder(results) / "classes.csv", totals.as_csv())
    write_record(index_folder(results) / "dataset.json", {"root": root})
    known = {shard: read_facts(table_path(results, shard)) for shard in shards}
    for name in ("pictures", "truth"):
        digests = {shard: facts[name] for shard, facts in known.items()}
        write_record(index_folder(results) / f"{name}.json", {"shards": digests})
    extents = {"extent": asdict(totals.extent), "shard_extent": asdict(_shard_extent(results, totals.extent))}
    write_record(stores_path(results), {"shard_extent": extents["shard_extent"]})
    write_record(set_path(results), {**totals.facts(rows), **extents, **reading.as_facts(), **codes.as_facts()})
    _remove_others(results, shards)
    _remove_truth(results, totals.rendered)
    return totals.masks


def _shard_extent(results: Path, extent: Extent) -> Extent:
    """Sizes of a shard of a store: those of before, so that finished shards stay; those of now in a new index.

    A larger picture then lies in several shards. Where one side has more than doubled, stores are begun anew.
    """
    with suppress(SeedmaskError):  # there is no index, or it is damaged
        before = Extent(**read_record(stores_path(results))["shard_extent"])
        if extent <= Extent(2 * before.height, 2 * before.width, 2 * before.slots):
            return before
    return extent


class _Totals:
    """Sizes and counts over the rows added so far."""

    def __init__(self, labels: LabelSet):
        self._labels, self._classes = labels, labels.classes
        self.extent = Extent(0, 0, 1)
        """Sizes that hold every picture."""
        self._counts: dict[str, np.ndarray] = {}
        self.masks = 0
        self.rendered: set[str] = set()
        """Ids of pictures whose truth mask is rendered."""

    def add(self, row: Row) -> None:
        self.extent = self.extent.with_row(row)
        self.masks += row.mask is not None
        if row.rendered:
            self.rendered.add(row.picture)
        counts = self._counts.setdefault(row.split, np.zeros(len(self._classes), np.int64))
        counts += class_counts([row], len(self._classes))

    def facts(self, rows: SplitRows) -> dict[str, Any]:
        return {
            **self._labels.as_facts(),
            "splits": [list(run) for run in rows.runs],
            "shard_size": rows.shard_size,
        }

    def as_csv(self) -> bytes:
        """Images of each class in each split, for people."""
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["mask_value", "class", *self._counts])
        for number, name in enumerate(self._classes):
            writer.writerow([number + 1, name, *(int(counts[number]) for counts in self._counts.values())])
        return text.getvalue().encode()


def _cells(row: Row, classes: Sequence[str]) -> Iterator[object]:
    tags = UNKNOWN if row.tags is None else ";".join(classes[number] for number in row.tags)
    yield from (row.id, row.image, row.split, row.width, row.height, tags, row.sha256)
    yield from (row.mask, row.mask_sha256, row.note, row.training_mask, row.training_mask_sha256)


def _remove_others(results: Path, wanted: Sequence[str]) -> None:
    """Remove shards of an earlier, longer index."""
    names = set(wanted)
    for path_of in (rows_path, table_path, sealed_path, manifest_path):
        for path in path_of(results, "0000").parent.glob("*"):
            if path.stem not in names:
                path.unlink(missing_ok=True)


def _remove_truth(results: Path, wanted: Collection[str]) -> None:
    """Remove rendered masks of images that are no longer in the set."""
    folder = truth_path(results, "").parent
    for path in folder.rglob("*.png"):
        if path.relative_to(folder).as_posix().removesuffix(".png") not in wanted:
            path.unlink(missing_ok=True)
