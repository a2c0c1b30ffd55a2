"""Object guided label refinement: a segmenter's predictions, corrected by tags and first labels (I2CRC, TMM 2023)."""

import numpy as np
from jaxtyping import UInt8

from seedmask.methods.cams import IGNORE, Classes, Number


def refine_labels(
    prediction: UInt8[np.ndarray, "H W"],
    initial: UInt8[np.ndarray, "H W"],
    classes: Classes,
    *,
    min_share: Number = 0.01,
) -> UInt8[np.ndarray, "H W"]:
    """R from the prediction P, the labels L that the segmenter learned from, and the image's classes Y.

    In this order, from R = P: a class outside Y becomes 255; with two classes or more, R takes L where it is
    background and L is not; where a class of Y has no pixel, what is left of the background becomes 255; where less
    than `min_share` of the image is of a class, all of it does. With one class L is not used. Applied to its own
    result it changes nothing.

    Args:
        prediction: P, labels with 0 background, c + 1 for class c, 255 for ignored.
        initial: L, likewise.
        classes: Y, 0-based.
        min_share: share of the image that must be of a class.
    """
    known = np.full(256, IGNORE, np.uint8)
    known[0] = 0
    labels = [int(c) + 1 for c in classes]
    known[labels] = labels
    refined = known[prediction]
    if len(labels) >= 2:
        np.copyto(refined, known[initial], where=refined == 0)
    counts = np.bincount(refined.ravel(), minlength=256)
    if any(counts[label] == 0 for label in labels):
        refined[refined == 0] = IGNORE
    if counts[labels].sum() < min_share * refined.size:
        refined[:] = IGNORE
    return refined
