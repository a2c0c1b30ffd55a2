"""Rows and shards of a data set whose rows are sorted by split: which split has which of them."""

from collections.abc import Iterable, Iterator, Mapping


class SplitRows:
    """Where the splits of a data set lie.

    Args:
        counts: pictures of each split, in the order of the rows.
        shard_size: pictures in one shard.
    """

    def __init__(self, counts: Mapping[str, int], shard_size: int):
        self.counts, self.shard_size = dict(counts), shard_size
        self.images = sum(self.counts.values())
        """Pictures of all splits."""
        self._ranges: dict[str, range] = {}
        first = 0
        for split, count in self.counts.items():
            self._ranges[split] = range(first, first + count)
            first += count

    def of(self, split: str) -> range:
        """Rows of a split; none of one that has no pictures."""
        return self._ranges.get(split, range(0))

    def shards(self, splits: Iterable[str] | None = None) -> list[str]:
        """Numbers of the shards that hold pictures of some splits, or of any."""
        return list(self.in_shards(splits))

    def in_shards(self, splits: Iterable[str] | None = None) -> dict[str, int]:
        """Pictures of some splits in each shard that holds some."""
        found: dict[int, int] = {}
        for split in self.counts if splits is None else set(splits):
            for shard, count in self._cut(self.of(split)):
                found[shard] = found.get(shard, 0) + count
        return {name_of(shard): found[shard] for shard in sorted(found)}

    def rows(self, shard: str) -> range:
        """Rows of a shard."""
        first = int(shard) * self.shard_size
        return range(first, min(first + self.shard_size, self.images))

    def _cut(self, rows: range) -> Iterator[tuple[int, int]]:
        """Shards that some rows lie in, each with how many of them."""
        size, start = self.shard_size, rows.start
        while start < rows.stop:
            end = min((start // size + 1) * size, rows.stop)
            yield start // size, end - start
            start = end


def name_of(shard: int) -> str:
    """`0003`; of more than 10,000 shards the later ones have five digits."""
    return f"{shard:04d}"


def shards_of(rows: Iterable[int], size: int) -> list[str]:
    """Numbers of the shards that some rows lie in, in their order."""
    return [name_of(shard) for shard in sorted({row // size for row in rows})]
