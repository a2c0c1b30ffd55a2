"""What is examined: a planned run, and what is known of its pictures before it starts."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from statistics import fmean

from PIL import Image

from seedmask.config.variant import Variant
from seedmask.dataset.images import DAMAGE, FORMATS
from seedmask.dataset.index import StoredIndex
from seedmask.errors import SeedmaskError
from seedmask.plan import Plan
from seedmask.plan.variants import RESULTS

SAMPLED = 100
"""Pictures whose headers are read where there is no index yet."""


@dataclass(frozen=True)
class Diagnosis:
    """A planned run.

    Args:
        plan: the plan.
        quick: whether nothing is measured on the spot.
        cores: cores that jobs share.
    """

    plan: Plan
    quick: bool
    cores: int

    @property
    def disk(self) -> Path:
        """The folder that results go to, or the nearest one above that is there."""
        return RESULTS if RESULTS.exists() else Path()

    @cached_property
    def load(self) -> float:
        """Cores that other programs keep busy, before anything is measured."""
        return os.getloadavg()[0]

    @property
    def busy(self) -> float:
        """How many times longer jobs take where the other programs go on; no less than 1, no more than 4."""
        return min(max(self.load / self.cores, 1.0), 4.0)

    def trainings(self) -> Iterator[tuple[str, Variant]]:
        """Variants that are networks."""
        return ((name, options) for name, options in self.plan.variants.items() if hasattr(options, "encoder"))

    def rows(self, splits: Sequence[str], shards: Sequence[str] | None = None) -> int:
        """Number of pictures of some splits, in some shards or in all."""
        found = self.plan.listing.split_rows.images_by_shard(splits)
        return sum(found.values() if shards is None else (found.get(shard, 0) for shard in shards))

    @cached_property
    def sizes(self) -> list[tuple[int, int]]:
        """Width and height of pictures: of all by the index, else of a sample by their headers."""
        try:
            return [(row.width, row.height) for row in StoredIndex(self.plan.results).rows]
        except SeedmaskError:
            entries = self.plan.listing.entries
            return list(filter(None, (_size(e.image) for e in entries[:: max(len(entries) // SAMPLED, 1)])))

    @cached_property
    def pixels(self) -> float:
        """Pixels of a picture, on average."""
        return fmean(width * height for width, height in self.sizes) if self.sizes else 0.0

    @cached_property
    def tags(self) -> float:
        """Classes in a training picture, on average; at least one."""
        counts = [len(entry.tags) for entry in self.plan.listing.entries if entry.split == "train" and entry.tags]
        return fmean(counts) if counts else 1.0


def _size(path: Path) -> tuple[int, int] | None:
    try:
        with Image.open(path, formats=FORMATS) as picture:
            return picture.size
    except DAMAGE:
        return None
