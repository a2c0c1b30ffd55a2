"""Labels that the numbers in truth masks stand for, where a format has numbers of its own.

The index keeps them for the whole set, so that every job and the viewer see the same labels. Nothing here imports an
array or image library: the workflow is planned with it.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from seedmask.errors import Problem
from seedmask.fingerprint import digest

IGNORED = 255
"""Label of pixels that are neither learned nor scored."""


@dataclass(frozen=True)
class Mistaken:
    """Another kind of masks that lies beside the one which is read.

    Args:
        numbers: all numbers that its masks may hold.
        name: what they are, for messages.
        remedy: what to do with them.
    """

    numbers: Collection[int]
    name: str
    remedy: str


@dataclass(frozen=True)
class MaskCodes:
    """Numbers in masks.

    Args:
        labels: label of each number that a mask may hold; empty where the numbers are labels.
        name: what the numbers are called, for messages: `labelIds`.
        remedy: what to do about other numbers.
        mistaken: kinds of masks that are recognised by their numbers.
    """

    labels: Mapping[int, int] = field(default_factory=dict)
    name: str = ""
    remedy: str = ""
    mistaken: tuple[Mistaken, ...] = ()

    @property
    def are_labels(self) -> bool:
        """Whether the numbers are labels already."""
        return not self.labels

    @cached_property
    def table(self) -> bytes:
        """Label of each number from 0 to 255; 255 of numbers that no mask may hold."""
        return bytes(self.labels.get(number, IGNORED) for number in range(256))

    @cached_property
    def digest(self) -> str:
        """SHA-256 of what decides the labels; empty where the numbers are labels."""
        return "" if self.are_labels else digest(sorted(self.labels.items()))

    def problem(self, path: Path, numbers: Collection[int]) -> Problem | None:
        """What is wrong with a mask that holds some numbers; None if nothing is."""
        unknown = [number for number in numbers if number not in self.labels]
        if self.are_labels or not unknown:
            return None
        found = f"mask has values {', '.join(map(str, unknown))}, which are no {self.name} ({_ranges(self.labels)})"
        for other in self.mistaken:
            if set(numbers) <= set(other.numbers):
                return Problem(str(path), f"{found}; the mask seems to hold {other.name}", other.remedy)
        return Problem(str(path), found, self.remedy)

    def as_facts(self) -> dict[str, Any]:
        """What the index keeps; nothing where the numbers are labels."""
        return {} if self.are_labels else {FACT: {"labels": sorted(self.labels.items()), "name": self.name}}


LABELS = MaskCodes()
"""Numbers that are labels."""
FACT = "mask_codes"
"""Key of the numbers among the facts of an index."""


def kept_mask_codes(facts: Mapping[str, Any]) -> MaskCodes:
    """The numbers among the facts of an index."""
    record = facts.get(FACT)
    return LABELS if record is None else MaskCodes(dict(record["labels"]), record["name"])


def _ranges(numbers: Collection[int]) -> str:
    """`0 to 18 and 255`."""
    found: list[list[int]] = []
    for number in sorted(numbers):
        if found and number == found[-1][-1] + 1:
            found[-1][1:] = [number]
        else:
            found.append([number])
    return " and ".join(" to ".join(map(str, ends)) for ends in found)
