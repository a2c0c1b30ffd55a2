"""The index below the results: what is known of the whole at once, rows when their shard is looked at."""

from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path

from pipeline.data.index import Index, Row, row_of
from pipeline.data.index_files import REMEDY, read_rows, set_path
from pipeline.data.shards import SplitRows
from pipeline.errors import SeedmaskError
from pipeline.storage.records import read_record


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
