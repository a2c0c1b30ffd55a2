"""I2CRC's labels from saliency and activation, and their refinement, against a channel or a look for every class.

Two classes of 20, 375 x 500, one thread; reading and writing apart. 150 pictures a second are wanted, 7 ms each.
"""

from functools import partial

import numpy as np

from benchmarks.kit.cases import Case, Cases, share_of_other_labels
from benchmarks.kit.pictures import SIZE, smooth
from benchmarks.reference.i2crc import plain_labels, plain_refined
from seedmask.methods.object_guided import refine_labels
from seedmask.methods.saliency_labels import initial_labels

CLASSES, PRESENT = 20, (3, 7)


def cases(quick: bool) -> Cases:
    """Both steps."""
    size = (48, 64) if quick else SIZE
    return {"labels": partial(_labels, size), "refined labels": partial(_refined, size)}


def _labels(size: tuple[int, int]) -> Case:
    saliency, attention = _maps(size)
    return Case(
        ours=lambda: initial_labels(saliency, attention),
        plain=lambda: plain_labels(saliency, attention, CLASSES),
        memory=0,
        difference=share_of_other_labels,
        tolerance=0,
    )


def _refined(size: tuple[int, int]) -> Case:
    saliency, attention = _maps(size)
    initial, first = initial_labels(saliency, attention), PRESENT[0] + 1
    other = np.where(attention[PRESENT[1]] > 150, np.uint8(9), np.uint8(0))  # of a class that the picture has not
    prediction = np.where(saliency > 150, np.uint8(first), other)
    return Case(
        ours=lambda: refine_labels(prediction, initial, PRESENT),
        plain=lambda: plain_refined(prediction, initial, PRESENT, CLASSES),
        difference=share_of_other_labels,
        tolerance=0,
    )


def _maps(size: tuple[int, int]) -> tuple[np.ndarray, dict[int, np.ndarray]]:
    saliency, *maps = (255 * smooth(np.random.default_rng(0), 1 + len(PRESENT), 20, size)).astype(np.uint8)
    return saliency, dict(zip(PRESENT, maps, strict=True))
