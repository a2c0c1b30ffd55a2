"""What is compared: a way to do something and a plain way, on the same inputs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Side = Callable[[], Any]


def largest_difference(ours: Any, plain: Any) -> float:
    """Largest difference of two numbers at the same place, relative to the largest number.

    Args:
        ours: an array or tensor, or a sequence of them.
        plain: likewise.

    Raises:
        ValueError: they differ in number or shape.
    """
    pairs = [(np.asarray(a, np.float64), np.asarray(b, np.float64)) for a, b in _paired(ours, plain)]
    if any(a.shape != b.shape for a, b in pairs):
        raise ValueError(f"shapes {[(a.shape, b.shape) for a, b in pairs]}; expected the same on both sides")
    return max(float(np.abs(a - b).max(initial=0)) / max(float(np.abs(b).max(initial=0)), 1e-12) for a, b in pairs)


def share_of_other_labels(ours: Any, plain: Any) -> float:
    """Share of pixels with another label."""
    return max(float(np.mean(np.asarray(a) != np.asarray(b))) for a, b in _paired(ours, plain))


def _paired(ours: Any, plain: Any) -> list[tuple[Any, Any]]:
    if isinstance(ours, Sequence):
        return list(zip(ours, plain, strict=True))
    return [(ours, plain)]


@dataclass(frozen=True)
class Case:
    """One comparison.

    A goal is `at_least` (so many times as fast as the plain side) or `at_most` (so many times as long as it takes); it
    decides which way round the ratio is.
    """

    ours: Side
    plain: Side
    names: tuple[str, str] = ("ours", "plain")
    """What the sides are called in tables."""
    at_least: float | None = None
    at_most: float | None = None
    memory: float | None = None
    """Peak memory of the plain side over that of ours, at least; 0 measures it without a goal, None does not."""
    base: Side | None = None
    """Makes what both sides hold in any case, such as gradients of the inputs, before memory is measured."""
    rounds: int = 5
    difference: Callable[[Any, Any], float] | None = largest_difference
    """Of the results; None where the sides do not make the same, such as bare forwards and a whole shard."""
    tolerance: float = 1e-4
    """Largest difference that is still the same."""


Cases = Mapping[str, Callable[[], Case]]
"""Names, and what makes the inputs of each."""


@dataclass(frozen=True)
class Table:
    """What is no comparison of two sides: sizes on disk, or seconds of programs."""

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    """Texts and numbers."""
    note: str = ""
    """Sentences below the table."""
