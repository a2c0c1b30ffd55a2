"""What comparing an array with a reference gives."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Difference:
    """The largest difference of one array from a reference, and how large it may be."""

    file: str
    """Name of the file of reference arrays."""
    name: str
    """Name of the array in it."""
    largest: float
    """Largest absolute difference, in the array's units."""
    tolerance: float
    """Largest difference that passes, in the array's units."""

    @property
    def passed(self) -> bool:
        """Whether the array agrees with the reference; one with a value that is not a number never does."""
        return self.largest <= self.tolerance


def largest_difference(found: np.ndarray, expected: np.ndarray) -> float:
    """Largest absolute difference of two arrays, computed in float64; infinite when their shapes differ."""
    if found.shape != expected.shape:
        return float("inf")
    return float(np.abs(found.astype(np.float64) - expected.astype(np.float64)).max(initial=0))
