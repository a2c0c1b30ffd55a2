"""The index below the results: what is known of the whole at once, rows when their shard is looked at."""

from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from seedmask.dataset.entries import ListedImage, read_table
from seedmask.dataset.index import Index, Row, row_of
from seedmask.dataset.shards import SplitRows
from seedmask.errors import SeedmaskError
from seedmask.storage.records import read_record

REMEDY = "delete it and run snakemake, which makes it again"


def index_folder(results: Path) -> Path:
    """Folder of the index of a data set's results."""
    return results / "index"


def rows_path(results: Path, shard: str) -> Path:
    """Rows of a shard."""
    return index_folder(results) / "rows" / f"{shard}.csv"


def table_path(results: Path, shard: str) -> Path:
    """Declared output: what is known of the rows of a shard."""
    return index_folder(results) / "tables" / f"{shard}.json"


def sealed_path(results: Path, shard: str) -> Path:
    """The same, which stays while a job is run again."""
    return index_folder(results) / "sealed" / f"{shard}.json"


def manifest_path(results: Path, shard: str) -> Path:
    """Declared output: what results that are made from pictures and tags depend on."""
    return index_folder(results) / "manifests" / f"{shard}.json"


def set_path(results: Path) -> Path:
    """What jobs need of the whole."""
    return index_folder(results) / "set.json"


def read_facts(path: Path) -> dict[str, Any]:
    """What is known of the rows of a shard, from its declared output or the sealed one.

    Raises:
        SeedmaskError: it is missing or damaged.
    """
    return read_record(path, REMEDY)


def read_rows(results: Path, shard: str, facts: Path | None = None) -> list[ListedImage]:
    """Pictures of a shard, proved by what is known of them.

    Args:
        results: folder of all results of the data set.
        shard: the shard.
        facts: what proves them; the declared output when not given.

    Raises:
        SeedmaskError: they are missing, or not what was written.
    """
    proof = facts or table_path(results, shard)
    remedy = f"delete {table_path(results, shard)} and run snakemake, which makes both again"
    return read_table(rows_path(results, shard), read_facts(proof)["rows"], remedy)


class StoredIndex(Index):
    """An index on disk; each shard is proved when it is read.

    Args:
        results: folder of all results of the data set.

    Raises:
        SeedmaskError: there is no index, or it is damaged.
    """

    def __init__(self, results: Path):
        facts = read_record(set_path(results), REMEDY)
        super().__init__(facts["classes"], ())
        self.places = SplitRows(dict(facts["splits"]), facts["shard_size"])
        """Which rows and shards each split has."""
        self._results = results
        self._canvas, self._slots = tuple(facts["canvas"]), facts["slots"]

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """All pictures.

        Raises:
            SeedmaskError: a shard is missing or damaged.
        """
        return tuple(row for _, row in self.numbered(self.places.shards()))

    @property
    def images(self) -> int:
        """Number of pictures."""
        return self.places.images

    @property
    def counts(self) -> dict[str, int]:
        """Pictures of each split, in the order of the rows."""
        return self.places.counts

    @property
    def canvas(self) -> tuple[int, int]:
        """Height and width in pixels that hold every picture."""
        return self._canvas

    @property
    def slots(self) -> int:
        """Most classes in one picture, at least 1."""
        return self._slots

    def rows_of(self, split: str) -> tuple[Row, ...]:
        """Rows of one split."""
        return tuple(row for _, row in self.numbered(self.places.shards([split])) if row.split == split)

    def numbered(self, shards: Iterable[str]) -> Iterator[tuple[int, Row]]:
        """Number and row of the pictures of some shards.

        Raises:
            SeedmaskError: a shard is missing or damaged, or the index is being made again.
        """
        for shard in shards:
            pictures, numbers = read_rows(self._results, shard), self.places.rows(shard)
            if len(pictures) != len(numbers):
                raise SeedmaskError(
                    f"{set_path(self._results)}: says {len(numbers)} pictures in shard {shard}, of which "
                    f"{len(pictures)} are there; run snakemake"
                )
            yield from zip(numbers, map(row_of, pictures), strict=True)
