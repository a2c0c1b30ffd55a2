"""Labels of all pictures in one file: read and checked once, and cut into what the job of each shard reads of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter

from seedmask.dataset.catalogue import Catalogue
from seedmask.dataset.index import Index, Row, shard_name
from seedmask.fingerprint import digest
from seedmask.job import Job, log
from seedmask.storage.fits import read_part, write_parts
from seedmask.storage.shard import Shard
from seedmask.weak_labels.options import AnnotationOptions

Mark = TypeVar("Mark")
OfFolder = Callable[[Path, Sequence[Row], Sequence[str]], Mapping[str, Sequence[Any]]]
"""From a folder, pictures and the names of the classes to what people drew in each of the pictures, by its id."""


def cut_into_shards(job: Job, read: Callable[[Path, Index], Mapping[str, Sequence[Any]]]) -> None:
    """Write a part for each shard, and `fit.json`.

    Args:
        job: the job over the whole set; its settings name the file.
        read: what people drew in each picture, named tuples by image id; raises where something is wrong with the file.
    """
    index, file = Catalogue(job.results).index, job.settings["file"]
    given = read(Path(file), index)
    parts: dict[str, dict[str, Sequence[Any]]] = {}
    for number, row in enumerate(index.rows):
        if row.split in job.splits:
            part = parts.setdefault(shard_name(number // job.shard_size), {})
            part |= {row.id: given[row.id]} if row.id in given else {}
    covered = [marks for part in parts.values() for marks in part.values()]
    log.info("%d labels in %d pictures", sum(map(len, covered)), len(covered))
    if len(covered) < len(given):
        told = ", ".join(job.splits), file, len(given) - len(covered)
        log.info("note: pictures of other splits than %s that %s labels too: %d", *told)
    write_parts(job, parts, job.basis[file])


@dataclass(frozen=True)
class ShardAnnotations(Generic[Mark]):
    """What people drew in the pictures of a shard.

    Args:
        marks: of each picture that has some, by its id.
    """

    marks: Mapping[str, Sequence[Mark]]

    def of(self, row: Row) -> Sequence[Mark]:
        """Marks in a picture."""
        return self.marks.get(row.id, ())

    def inputs(self, row: Row) -> dict[str, str]:
        """What a picture's labels depend on."""
        return {"source": digest(self.of(row))}


def given_in(
    shard: Shard, options: AnnotationOptions, mark: type[Mark], of_folder: OfFolder | None = None
) -> ShardAnnotations[Mark]:
    """What people drew in the pictures of a shard.

    Args:
        shard: the shard.
        options: the method's own; they name a file, which `cut_into_shards` has read, or a folder.
        mark: a named tuple: what one of the marks is.
        of_folder: reads a folder with a file for each picture; None for a kind that has no such files.

    Raises:
        SeedmaskError: the part of the shard is missing or damaged, or of another state of the file.
    """
    if options.file:
        part = read_part(shard.job.folder, shard.job.shard, shard.job.basis[options.file])
        return ShardAnnotations(TypeAdapter(dict[str, list[mark]]).validate_python(part))
    rows = [row for _, row in shard.rows]
    return ShardAnnotations(of_folder(Path(options.folder), rows, shard.catalogue.index.classes))
