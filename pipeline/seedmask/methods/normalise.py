"""Maps divided by their maximum, or stretched from their minimum to their maximum.

Each paper has small numbers of its own, which decide the last bits and what a constant map becomes. The arrays are
NumPy's or torch's; torch is not imported, so that jobs without a network do not load it.
"""

from typing import Any

import numpy as np

from seedmask.methods.cams import Number

EPSILON = 1e-5


def over_maximum(maps: Any, *, epsilon: Number = EPSILON, offset: Number = 0) -> Any:
    """(v - offset) / (max v + epsilon) of each map; all zero where the map is and offset is 0.

    Args:
        maps: v (..., H, W).
        epsilon: keeps a map of zeros from 0/0.
        offset: what is taken off first.
    """
    largest = (
        maps.max(axis=(-2, -1), keepdims=True) if isinstance(maps, np.ndarray) else maps.amax((-2, -1), keepdim=True)
    )
    return (maps - offset if offset else maps) / (largest + epsilon)


def stretch(values: Any, low: Any, high: Any, *, epsilon: Number = EPSILON, offset: Number = 0) -> Any:
    """(v - low - offset) / (high - low + epsilon).

    Args:
        values: v.
        low: minimum of what is stretched, a number or an array that broadcasts.
        high: maximum, likewise.
        epsilon: keeps a constant map from 0/0.
        offset: what is taken off beside the minimum.
    """
    return (values - low - offset) / (high - low + epsilon)
