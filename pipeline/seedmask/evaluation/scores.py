"""Confusion counts of masks against truth, and the scores that follow from them.

Counts are the only thing that is summed over images; every share is taken from the sum.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Int64, Num, UInt8

from seedmask.config.protocols import AbsentClass, IgnoredPrediction

IGNORE = 255
AT_ONCE = 2**20
"""Pixels that are counted at once; of a large image the pairs of labels would need gigabytes."""


def counted_pixels(
    truth: UInt8[np.ndarray, "*S"],
    prediction: UInt8[np.ndarray, "*P"],
    classes: int,
    ignore_pred: IgnoredPrediction = "background",
    background: bool = True,
) -> tuple[UInt8[np.ndarray, "*S"], UInt8[np.ndarray, "*S"]]:
    """Truth with 255 wherever a pixel does not count, and prediction with labels only.

    Without a background class label 0 is refused; in the result it stands for a predicted 255 that counts as wrong.

    Args:
        truth: labels 0..classes-1, 255 is ignored.
        prediction: labels 0..classes-1 or 255.
        classes: number of labels, 0 included, at most 255.
        ignore_pred: what a predicted 255 is; without a background class "background" counts it as wrong.
        background: whether there is a background class.

    Raises:
        ValueError: sizes differ, a label is outside, or 255 is predicted under "error".
    """
    if truth.shape != prediction.shape:
        raise ValueError(f"prediction of {prediction.shape} pixels for truth of {truth.shape}; resize with nearest")
    first = 0 if background else 1
    for name, labels in (("truth", truth), ("prediction", prediction)):
        outside = labels[((labels < first) | (labels >= classes)) & (labels != IGNORE)]
        if outside.size:
            raise ValueError(f"{name} has label {outside[0]}; expected {first} to {classes - 1}, or 255 for ignore")
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
    background: bool = True,
) -> Int64[np.ndarray, "C C"]:
    """Pixels of each truth (row) that got each label (column); adds up over images.

    Args and errors as for `counted_pixels`.
    """
    truth, prediction = counted_pixels(truth, prediction, classes, ignore_pred, background)
    truth, prediction = truth.ravel(), prediction.ravel()
    matrix = np.zeros(classes * classes, np.int64)
    for first in range(0, truth.size, AT_ONCE):
        part = slice(first, first + AT_ONCE)
        counts = truth[part] != IGNORE
        pairs = truth[part][counts].astype(np.int64) * classes + prediction[part][counts]
        matrix += np.bincount(pairs, minlength=len(matrix))
    return matrix.reshape(classes, classes)


@dataclass(frozen=True)
class Scores:
    """Per class: C values, background first where there is one, NaN where undefined."""

    iou: Float64[np.ndarray, " C"]
    """TP / union; NaN for classes that are left out of the mean."""
    false_positive: Float64[np.ndarray, " C"]
    """FP / union: over-activation."""
    false_negative: Float64[np.ndarray, " C"]
    """FN / union: under-activation."""
    precision: Float64[np.ndarray, " C"]
    """TP / predicted."""
    recall: Float64[np.ndarray, " C"]
    """TP / truth."""
    pixel_accuracy: float
    """Share of the counted pixels that are right; NaN without pixels."""

    @property
    def averaged(self) -> Bool[np.ndarray, " C"]:
        """Classes in the mean."""
        return ~np.isnan(self.iou)

    @property
    def classes_averaged(self) -> int:
        """Number of classes in the mean."""
        return int(self.averaged.sum())

    @property
    def miou(self) -> float:
        """Mean of the IoUs; NaN if no class is averaged."""
        return mean(self.iou)


def scores(
    matrix: Int64[np.ndarray, "C C"], absent_class: AbsentClass = "skip_union", background: bool = True
) -> Scores:
    """Scores of pooled counts.

    Args:
        matrix: rows truth, columns prediction, label 0 first.
        absent_class: what a class without pixels does to the mean.
        background: whether label 0 is a class; else its column holds pixels that got no class.
    """
    first = 0 if background else 1
    right, truth, predicted = matrix.diagonal()[first:], matrix.sum(axis=1)[first:], matrix.sum(axis=0)[first:]
    union = truth + predicted - right
    return Scores(
        iou=class_iou(right, truth, predicted, absent_class),
        false_positive=_share(predicted - right, union),
        false_negative=_share(truth - right, union),
        precision=_share(right, predicted),
        recall=_share(right, truth),
        pixel_accuracy=float(right.sum() / matrix.sum()) if matrix.any() else float("nan"),
    )


def class_iou(
    right: Num[np.ndarray, "*S C"],
    truth: Num[np.ndarray, "*S C"],
    predicted: Num[np.ndarray, "*S C"],
    absent_class: AbsentClass,
) -> Float64[np.ndarray, "*S C"]:
    """IoU of each class, NaN where it is left out of the mean.

    Args:
        right: pixels that are of the class and labelled so.
        truth: pixels of the class.
        predicted: pixels with its label.
        absent_class: what a class without pixels does to the mean.
    """
    union = truth + predicted - right
    iou = _share(right, union)
    if absent_class == "skip_truth":
        iou[truth == 0] = np.nan
    elif absent_class == "zero":
        iou[union == 0] = 0
    return iou


def mean(values: Float64[np.ndarray, " C"]) -> float:
    """Mean of the values that are not NaN; NaN if there is none."""
    values = values[~np.isnan(values)]
    return float(values.mean()) if values.size else float("nan")


def _share(part: Num[np.ndarray, "*S"], whole: Num[np.ndarray, "*S"]) -> Float64[np.ndarray, "*S"]:
    return np.divide(part, whole, out=np.full(whole.shape, np.nan), where=whole > 0)
