"""Confusion counts: the only thing that is summed over images; every share is taken from the sum."""

from typing import Literal

import numpy as np
from jaxtyping import Int64, UInt8

IGNORE = 255
IgnoredPrediction = Literal["background", "error", "ignore"]
"""What a predicted 255 is: background (as IRN scores masks), refused, or left out of the count."""


def counted_pixels(
    truth: UInt8[np.ndarray, "*S"],
    prediction: UInt8[np.ndarray, "*P"],
    classes: int,
    ignore_pred: IgnoredPrediction = "background",
) -> tuple[UInt8[np.ndarray, "*S"], UInt8[np.ndarray, "*S"]]:
    """Truth with 255 wherever a pixel does not count, and prediction with labels only.

    Args:
        truth: labels 0..classes-1, 255 is ignored.
        prediction: labels 0..classes-1 or 255.
        classes: number of labels, background included, at most 255.
        ignore_pred: what a predicted 255 is.

    Raises:
        ValueError: sizes differ, a label is outside, or 255 is predicted under "error".
    """
    if truth.shape != prediction.shape:
        raise ValueError(f"prediction of {prediction.shape} pixels for truth of {truth.shape}; resize with nearest")
    for name, labels in (("truth", truth), ("prediction", prediction)):
        outside = labels[(labels >= classes) & (labels != IGNORE)]
        if outside.size:
            raise ValueError(f"{name} has label {outside[0]}; expected 0 to {classes - 1}, or 255 for ignore")
    undecided = prediction == IGNORE
    if not undecided.any():
        return truth, prediction
    if ignore_pred == "error":
        raise ValueError(f"{undecided.sum()} pixels are predicted 255; set `ignore_pred` to background or ignore")
    if ignore_pred == "ignore":
        truth = np.where(undecided, np.uint8(IGNORE), truth)
    return truth, np.where(undecided, np.uint8(0), prediction)


def confusion(
    truth: UInt8[np.ndarray, "*S"],
    prediction: UInt8[np.ndarray, "*P"],
    classes: int,
    ignore_pred: IgnoredPrediction = "background",
) -> Int64[np.ndarray, "C C"]:
    """Pixels of each truth (row) that got each label (column); adds up over images.

    Args and errors as for `counted_pixels`.
    """
    truth, prediction = counted_pixels(truth, prediction, classes, ignore_pred)
    counts = truth != IGNORE
    pairs = truth[counts].astype(np.int64) * classes + prediction[counts]
    return np.bincount(pairs, minlength=classes * classes).reshape(classes, classes)
