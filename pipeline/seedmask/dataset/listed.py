"""What is known of a listing without reading it picture by picture."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from seedmask.dataset.entries import ListedImage, read_table
from seedmask.dataset.formats.listing import Entry
from seedmask.dataset.shards import SplitRows, name_of
from seedmask.errors import Problem
from seedmask.fingerprint import digest
from seedmask.storage.records import read_record

REMEDY = "delete this file and run snakemake, which lists the pictures anew"


class Listed:
    """A listing: what all jobs are planned by, and its pictures shard by shard.

    Args:
        summary: what `summary.json` holds.
        root: folder of the data set.
        states: of the files and folders that variants read besides.
    """

    def __init__(self, summary: Mapping[str, Any], root: Path, states: Mapping[str, str] | None = None):
        self.summary = summary
        self.states = states or {}
        """What changes when a file or folder does that a variant reads besides the data set, by its name."""
        self.classes: tuple[str, ...] = tuple(summary["classes"])
        self.rows = SplitRows(dict(summary["splits"]), summary["shard_size"])
        """Which rows and shards each split has."""
        self.problems = tuple(Problem(*problem) for problem in summary["problems"])
        self.notes: tuple[str, ...] = tuple(summary["notes"])
        self._root = root

    def digest_of(self, shard: str) -> str:
        """What changes when something else is listed in a shard."""
        return self.summary["shards"][shard]["listed"]

    @cached_property
    def digest(self) -> str:
        """What changes when the listing says something else of the set as a whole."""
        return digest([self.summary[name] for name in ("classes", "splits", "shard_size", "problems", "notes")])

    def pictures(self, shard: str) -> Sequence[ListedImage]:
        """Pictures of a shard in the order of the rows.

        Raises:
            SeedmaskError: the listing is damaged.
        """
        raise NotImplementedError

    @property
    def entries(self) -> "Entries":
        """All pictures, read when they are looked at."""
        return Entries(self, self._root)


class InMemory(Listed):
    """A listing that lies nowhere else."""

    def __init__(
        self,
        summary: Mapping[str, Any],
        root: Path,
        shards: Mapping[str, Sequence[ListedImage]],
        states: Mapping[str, str],
    ):
        super().__init__(summary, root, states)
        self._shards = shards

    def pictures(self, shard: str) -> Sequence[ListedImage]:
        """Pictures of a shard in the order of the rows."""
        return self._shards[shard]


class OnDisk(Listed):
    """A listing that was written, of which no more than the summary is read."""

    def __init__(self, results: Path, root: Path, states: Mapping[str, str] | None = None):
        super().__init__(read_record(summary_path(results), REMEDY), root, states)
        self._results = results

    def pictures(self, shard: str) -> Sequence[ListedImage]:
        """Pictures of a shard in the order of the rows.

        Raises:
            SeedmaskError: its table is not what the summary says.
        """
        path = summary_path(self._results)
        remedy = f"delete {path} and run snakemake, which lists the pictures anew"
        return read_table(shard_path(self._results, shard), self.summary["shards"][shard]["sha256"], remedy)


class Entries(Sequence[Entry]):
    """Pictures of a listing as a sequence, of which one shard is held at a time.

    Args:
        listed: the listing.
        root: folder of the data set.
    """

    def __init__(self, listed: Listed, root: Path):
        self._listed, self._root = listed, root
        self._held: tuple[str, list[Entry]] = ("", [])

    def __len__(self) -> int:
        return self._listed.rows.images

    def __getitem__(self, number: int | slice) -> Any:
        if isinstance(number, slice):
            return [self[one] for one in range(*number.indices(len(self)))]
        shard, place = divmod(range(len(self))[number], self._listed.rows.shard_size)
        return self._shard(name_of(shard))[place]

    def __iter__(self) -> Iterator[Entry]:
        for shard in self._listed.rows.shards():
            yield from self._shard(shard)

    def _shard(self, shard: str) -> list[Entry]:
        if self._held[0] != shard:
            self._held = shard, [picture.entry(self._root) for picture in self._listed.pictures(shard)]
        return self._held[1]


def summary_path(results: Path) -> Path:
    """What is known of the listing of a data set's results."""
    return results / "listing" / "summary.json"


def shard_path(results: Path, shard: str) -> Path:
    """Table of a shard of the listing."""
    return results / "listing" / "shards" / f"{shard}.csv"
