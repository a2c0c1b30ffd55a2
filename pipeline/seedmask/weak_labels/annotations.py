"""Annotations of all images in one file: read and checked once, then cut into the part that each shard's job reads."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar, runtime_checkable

from pydantic import TypeAdapter

from seedmask.dataset.catalogue import Catalogue
from seedmask.dataset.index import Index, Row, shard_name
from seedmask.events import note
from seedmask.fingerprint import digest
from seedmask.job import Job, log
from seedmask.storage.fits import read_part, write_parts
from seedmask.storage.shard import Shard


@runtime_checkable
class PlacedMark(Protocol):
    """A point, a stroke or a box, a named tuple."""

    def within(self, box: tuple[int, int, int, int], size: tuple[int, int]) -> Any:
        """It in the pixels of a part of its picture, None where it lies outside."""


Mark = TypeVar("Mark", bound=PlacedMark)
"""One annotation."""


def cut_into_shards(job: Job, read: Callable[[Path, Index], Mapping[str, Sequence[Any]]]) -> None:
    """Write a part for each shard, and `fit.json`.

    Args:
        job: the job over the whole set; its settings name the file.
        read: reads the marks of each image from the file, by image id; raises what is wrong with the file.
    """
    index, file = Catalogue(job.results).index, job.settings["file"]
    marks = read(Path(file), index.whole)
    parts: dict[str, dict[str, Sequence[Any]]] = {}
    covered = dict[str, int]()
    for number, row in enumerate(index.rows):
        if row.split in job.splits:
            part = parts.setdefault(shard_name(number // job.shard_size), {})
            if row.picture in marks:
                part[row.picture] = marks[row.picture]
                covered[row.picture] = len(marks[row.picture])
    log.info("%d labels in %d pictures", sum(covered.values()), len(covered))
    if len(covered) < len(marks):
        splits, others = ", ".join(job.splits), len(marks) - len(covered)
        note("pictures of other splits than %s that %s labels too: %d", splits, file, others)
    write_parts(job, parts, job.basis[file])


@dataclass(frozen=True)
class ShardAnnotations(Generic[Mark]):
    """Annotations of the pictures of a shard.

    Args:
        marks: of each annotated picture, by its id, in its own pixels.
    """

    marks: Mapping[str, Sequence[Mark]]

    def of_image(self, row: Row) -> Sequence[Mark]:
        """Marks of an image, in its pixels."""
        marks, placement = self.marks.get(row.picture, ()), row.placement
        if placement is None:
            return marks
        placed = (mark.within(placement.box, placement.size) for mark in marks)
        return [mark for mark in placed if mark is not None]

    def inputs(self, row: Row) -> dict[str, str]:
        """Digest of the marks of an image."""
        return {"source": digest(self.of_image(row))}


def read_annotations(shard: Shard, file: str, mark: type[Mark]) -> ShardAnnotations[Mark]:
    """Annotations of the images of a shard, from the part that `cut_into_shards` wrote.

    Args:
        shard: the shard.
        file: the file with the annotations of all images.
        mark: type of the marks.

    Raises:
        SeedmaskError: the part of the shard is missing or damaged, or of another state of the file.
    """
    part = read_part(shard.job.folder, str(shard.job.shard), shard.job.basis[file])
    return ShardAnnotations(TypeAdapter(dict[str, list[mark]]).validate_python(part))
