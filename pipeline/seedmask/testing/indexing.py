"""Indexes for tests: of a data set, in memory, and of rows that stand for pictures, on disk."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from seedmask.config.dataset import Dataset
from seedmask.dataset.entries import Found, ListedImage, of_entry
from seedmask.dataset.formats import list_pictures
from seedmask.dataset.index import Index, Row, row_of
from seedmask.dataset.index_writing import gather, write_shard
from seedmask.dataset.reading import ImageReader
from seedmask.dataset.shards import SplitRows, name_of
from seedmask.errors import InputError


def build(dataset: Dataset) -> Index:
    """Read every picture and mask of a data set in full.

    Raises:
        SeedmaskError: the data set's folder does not exist.
        InputError: everything that is wrong with the listing, the pictures and the masks, at once.
    """
    listing, root = list_pictures(dataset), Path(dataset.root)
    reader = ImageReader(root, dataset.max_side, len(listing.classes), "")
    made, problems = reader.read([of_entry(entry, root) for entry in listing.entries])
    if listing.problems or problems:
        raise InputError(f"data set `{dataset.name}` in {dataset.root}", [*listing.problems, *problems])
    return Index(listing.classes, map(row_of, made))


def write_index(
    results: Path, classes: Sequence[str], rows: Iterable[Row], shard_size: int = 2, root: str = "data"
) -> None:
    """Write an index of some rows, sorted by split."""
    rows = list(rows)
    for first in range(0, len(rows), shard_size):
        pictures = [_picture(row) for row in rows[first : first + shard_size]]
        write_shard(results, name_of(first // shard_size), pictures)
    gather(results, root, classes, SplitRows(Index(classes, rows).counts, shard_size))


def _picture(row: Row) -> ListedImage:
    """The picture of a row, whose files nobody has looked at."""
    found = Found("", row.width, row.height, row.sha256, row.mask_sha256, 0, row.note)
    return ListedImage(row.id, row.split, row.tags, row.image, "gone", row.mask, row.mask and "gone", "", found)
