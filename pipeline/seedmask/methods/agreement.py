"""Labels in which several masks agree, 255 where any two of them differ."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import UInt8

from seedmask.methods.cams import IGNORE


def agreed_labels(masks: Sequence[UInt8[np.ndarray, "_ _"]]) -> UInt8[np.ndarray, "H W"]:
    """The label of all masks that decide a pixel, if they decide alike.

    A mask does not decide where it is 255, and leaves the pixel to the others; where none decides, or two decide
    differently, it is 255.

    Args:
        masks: labels (H, W) of one image, 0 background, c + 1 for class c, 255 for ignored.

    Raises:
        ValueError: there is no mask, or their sizes differ.
    """
    if not masks:
        raise ValueError("no masks to compare; expected at least one")
    if len(sizes := dict.fromkeys(mask.shape for mask in masks)) > 1:
        raise ValueError(f"masks of {' and '.join(map(str, sizes))} pixels (H, W); expected one size")
    lowest = np.minimum.reduce(masks)
    highest = np.maximum.reduce([np.where(mask == IGNORE, np.uint8(0), mask) for mask in masks])
    return np.where(lowest == highest, lowest, np.uint8(IGNORE))
