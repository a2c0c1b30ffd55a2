"""Scores of a confusion matrix, with the choice that changes the mean most written down."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float64, Int64

AbsentClass = Literal["skip_union", "skip_truth", "zero"]
"""A class is left out of the mean if it is in neither truth nor prediction (IRN), or not in the truth (CLIP-ES); or it
counts as 0 (SEAM)."""


@dataclass(frozen=True)
class Scores:
    """Per class: C values, background first, NaN where undefined."""

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


def scores(matrix: Int64[np.ndarray, "C C"], absent_class: AbsentClass = "skip_union") -> Scores:
    """Scores of pooled counts.

    Args:
        matrix: rows truth, columns prediction, background first.
        absent_class: what a class without pixels does to the mean.
    """
    right, truth, predicted = matrix.diagonal(), matrix.sum(axis=1), matrix.sum(axis=0)
    union = truth + predicted - right
    iou = _share(right, union)
    if absent_class == "skip_truth":
        iou[truth == 0] = np.nan
    elif absent_class == "zero":
        iou[union == 0] = 0
    return Scores(
        iou=iou,
        false_positive=_share(predicted - right, union),
        false_negative=_share(truth - right, union),
        precision=_share(right, predicted),
        recall=_share(right, truth),
        pixel_accuracy=float(right.sum() / matrix.sum()) if matrix.any() else float("nan"),
    )


def mean(values: Float64[np.ndarray, " C"]) -> float:
    """Mean of the values that are not NaN; NaN if there is none."""
    values = values[~np.isnan(values)]
    return float(values.mean()) if values.size else float("nan")


def _share(part: Int64[np.ndarray, " C"], whole: Int64[np.ndarray, " C"]) -> Float64[np.ndarray, " C"]:
    return np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0)
