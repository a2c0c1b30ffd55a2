"""Activation maps, their classes and the labels of a mask, as all methods take them."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Integer, UInt8

Classes = Sequence[int] | Integer[np.ndarray, " K"]
"""0-based class of each of the K maps; the label of class c is c + 1."""
Number = int | float
"""Beartype takes an int for a float only where it is written down."""
IGNORE = 255
"""Label of ignored pixels."""


def check_cams(cams: np.ndarray, classes: Classes, shape: tuple[int, int] | None = None) -> None:
    """Refuse CAMs from which no mask can be made.

    Args:
        cams: (K, H, W).
        classes: 0-based class of each map.
        shape: (H, W) of the image, if there is one.

    Raises:
        ValueError: the counts or sizes differ, a class cannot be a label (0..253, each once), or a map has
            NaN or infinite values; the class is named.
    """
    if len(classes) != len(cams):
        raise ValueError(f"{len(cams)} maps for {len(classes)} classes; expected one map for each class")
    if shape is not None and tuple(cams.shape[1:]) != tuple(shape):
        raise ValueError(f"maps of {cams.shape[1:]} pixels (H, W) for an image of {shape}; resize the maps")
    if len({int(c) for c in classes}) != len(classes) or any(not 0 <= c <= 253 for c in classes):
        raise ValueError(f"classes {[int(c) for c in classes]}; expected different numbers from 0 to 253")
    for cam, c in zip(cams, classes, strict=True):
        if not np.isfinite(cam).all():
            raise ValueError(f"the CAM of class {int(c)} has NaN or infinite values; make its seed again")


def to_labels(indices: Integer[np.ndarray, "H W"], classes: Classes) -> UInt8[np.ndarray, "H W"]:
    """Labels of plane numbers: 0 stays background, plane k (1-based) becomes `classes[k - 1] + 1`."""
    return np.array([0, *(int(c) + 1 for c in classes)], np.uint8)[indices]
