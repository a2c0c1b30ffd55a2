"""How the pictures of a data set become RGB of 8 bits, where their files leave that open.

The index finds it once for a whole set and keeps it, so that every job, the viewer and the prediction of new pictures
see the same pixels. Nothing here imports an array or image library: the workflow is planned with it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from seedmask.config.dataset import DatasetBase, Percentiles
from seedmask.fingerprint import digest


@dataclass(frozen=True)
class PictureReading:
    """Settings that pictures are read with; those of ordinary pictures of 8 bits are all empty.

    Args:
        bands: numbers from 1 of the bands that become red, green and blue, or of one that becomes grey; empty for the
            colours that the file names.
        limits: the values that become 0 and 255; others follow linearly, clipped. None where 8 bits are taken as
            they are, and before they are found.
        percentiles: shares in percent of all values of the set, at which `limits` are found.
        kind: bands and numbers of every picture, as `ImageFacts.kind`; empty before they are known.
        working_side: longest side in pixels that pictures are shrunk to; None where they keep their size.
        tiles: longest side in pixels of the tiles that pictures are cut into; None where they stay whole.
    """

    bands: tuple[int, ...] = ()
    limits: tuple[float, float] | None = None
    percentiles: tuple[float, float] | None = None
    kind: str = ""
    working_side: int | None = None
    tiles: int | None = None

    @property
    def is_plain(self) -> bool:
        """Whether nothing is set: whole pictures of 8 bits, with the colours that their files name."""
        return self.has_plain_values and self.working_side is None and self.tiles is None

    @property
    def has_plain_values(self) -> bool:
        """Whether the values of files are taken as they are: 8 bits, with the colours that the files name."""
        return not self.bands and self.limits is None and self.percentiles is None

    @property
    def unshrunk(self) -> "PictureReading":
        """The same for pictures at their own size."""
        return replace(self, working_side=None)

    @property
    def digest(self) -> str:
        """SHA-256 of what decides the pixels; empty for ordinary pictures, whose files alone do."""
        return "" if self.is_plain else digest([self.bands, self.limits, self.working_side, self.tiles])

    def is_asked_by(self, asked: "PictureReading") -> bool:
        """Whether the settings of a data set ask for this reading."""
        same = self.bands == asked.bands and self.percentiles == asked.percentiles
        same &= self.working_side == asked.working_side and self.tiles == asked.tiles
        return same and (asked.percentiles is not None or self.limits == asked.limits)

    def as_record(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "bands": list(self.bands),
            "limits": self.limits and list(self.limits),
            "percentiles": self.percentiles and list(self.percentiles),
            "kind": self.kind,
            "working_side": self.working_side,
            "tiles": self.tiles,
        }

    def as_facts(self) -> dict[str, Any]:
        """What a network that learned from such pictures keeps of it; nothing for ordinary pictures."""
        return {} if self.is_plain else {FACT: self.as_record()}

    def __str__(self) -> str:
        words = [f"bands {', '.join(map(str, self.bands))}"] if self.bands else []
        words += [f"{self.limits[0]:g} to {self.limits[1]:g} become 0 to 255"] if self.limits else []
        words += ["8 bits, as they are"] * (not words)
        words += [f"shrunk to {self.working_side} pixels where they are larger"] if self.working_side else []
        words += [f"cut into tiles of at most {self.tiles} pixels"] if self.tiles else []
        return f"pictures of {self.kind or 'any kind'}: {', '.join(words)}"


PLAIN = PictureReading()
"""Ordinary pictures."""
FACT = "pictures"
"""Key of a reading among the facts of an index or a network."""


def asked_reading(dataset: DatasetBase) -> PictureReading:
    """What the settings of a data set ask for."""
    found = dataset.range.percentiles if isinstance(dataset.range, Percentiles) else None
    limits = None if isinstance(dataset.range, Percentiles) else dataset.range
    bands, sides = dataset.bands or (), (dataset.working_side, dataset.tiles)
    return PictureReading(bands, limits, found, "", *sides)


def kept_reading(facts: Mapping[str, Any]) -> PictureReading:
    """The reading among the facts of an index or a network; that of ordinary pictures where there is none."""
    if FACT not in facts:
        return PLAIN
    record = facts[FACT]
    limits, percentiles = (record[key] and (record[key][0], record[key][1]) for key in ("limits", "percentiles"))
    sides = record["working_side"], record["tiles"]
    return PictureReading(tuple(record["bands"]), limits, percentiles, record["kind"], *sides)
