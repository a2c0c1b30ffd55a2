"""What the values of all pictures of a data set have in common: their kind, and the percentiles of their values.

Each shard counts its own, and the index adds the counts up, so the result depends neither on shards nor on their order.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from jaxtyping import Shaped

from seedmask.dataset.picture_reading import PictureReading
from seedmask.errors import InputError, Problem

DROPPED = 12
"""Low bits of a float32 that a bin leaves open: bins are 1/2048 of a value wide, and whole numbers to 4096 exact."""
BINS = 1 << (32 - DROPPED - 1)
"""Bins of one sign."""


def count_values(values: Shaped[np.ndarray, "..."]) -> dict[int, int]:
    """Number of values in each bin; the number of a bin grows with its value.

    Args:
        values: finite numbers of any kind.
    """
    bits = values.astype(np.float32).ravel().view(np.uint32) >> DROPPED
    signed = np.where(bits < BINS, bits, 0).astype(np.int64) - np.where(bits < BINS, 0, bits - np.int64(BINS))
    counts = np.bincount(signed + BINS, minlength=2 * BINS)
    return {int(number) - BINS: int(counts[number]) for number in np.flatnonzero(counts)}


def bin_value(number: int) -> float:
    """The value of a bin that is nearest to 0."""
    size = np.array([abs(number) << DROPPED], np.uint32).view(np.float32)[0]
    return math.copysign(float(size), number) if number else 0.0


@dataclass
class SetValues:
    """Kinds of the pictures added so far, each with its number and the first by name, and counts of their values."""

    kinds: dict[str, tuple[int, str]] = field(default_factory=dict)
    bins: Counter[int] = field(default_factory=Counter)

    def add(self, image: str, kind: str, bins: Mapping[int, int]) -> None:
        """Add one picture."""
        self._add_kind(kind, 1, image)
        self.bins.update(bins)

    def as_record(self) -> dict[str, Any]:
        """For JSON, the same whatever the order in which pictures were added."""
        kinds = {kind: list(self.kinds[kind]) for kind in sorted(self.kinds)}
        return {"kinds": kinds, "bins": sorted(self.bins.items())}

    def merge(self, record: Mapping[str, Any]) -> None:
        """Add those of another part of the set."""
        for kind, (count, image) in record["kinds"].items():
            self._add_kind(kind, count, image)
        self.bins.update(dict(record["bins"]))

    def _add_kind(self, kind: str, count: int, image: str) -> None:
        before, first = self.kinds.get(kind, (0, image))
        self.kinds[kind] = before + count, min(first, image)

    def percentile(self, percent: float) -> float:
        """The smallest value that so many percent of all values do not exceed."""
        rank = max(math.ceil(percent * self.bins.total() / 100), 1)
        for number in sorted(self.bins):
            rank -= self.bins[number]
            if rank <= 0:
                return bin_value(number)
        raise ValueError("no values")


def found_reading(asked: PictureReading, parts: Iterable[Mapping[str, Any]]) -> PictureReading:
    """The reading of a whole set.

    Args:
        asked: what the settings of the data set ask for; not that of ordinary pictures.
        parts: record of each shard.

    Raises:
        InputError: the pictures are of several kinds, or the percentiles are equal.
    """
    values = SetValues()
    for part in parts:
        values.merge(part)
    if len(values.kinds) > 1:
        remedy = "`bands` and `range` of a data set hold for pictures of one kind: take the others out, or convert them"
        problems = [
            Problem(image, f"{kind}, as {count} pictures have", remedy)
            for kind, (count, image) in sorted(values.kinds.items())
        ]
        raise InputError("the pictures are of several kinds", problems)
    found = replace(asked, kind=next(iter(values.kinds), ""))
    if asked.percentiles is None or not values.bins:
        return found
    low, high = (values.percentile(percent) for percent in asked.percentiles)
    if low >= high:
        where, remedy = "range: percentiles", "give `range: [LOW, HIGH]`, or percentiles that are farther apart"
        shares = " and ".join(f"{percent:g} %" for percent in asked.percentiles)
        raise InputError("the range of the pictures", [Problem(where, f"{shares} are both at {low:g}", remedy)])
    return replace(found, limits=(low, high))
