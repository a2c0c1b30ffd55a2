"""Boundary IoU: IoU of the bands along the contours (Cheng et al., CVPR 2021).

Large objects hide a bad contour in plain IoU; here they cannot.
"""

import numpy as np
from jaxtyping import Bool, Float64, Int64, UInt8
from PIL import Image

from seedmask.config.protocols import IgnoredPrediction
from seedmask.evaluation.scores import IGNORE, counted_pixels, mean


class BoundaryIoU:
    """Sums |G_d ∩ P_d| and |G_d ∪ P_d| of each class over images.

    G_d are the pixels of the truth G at most d pixels (largest of the row and column distance, as by repeated 3 x 3
    erosion) inside its contour, P_d likewise of the prediction. The image's frame is a contour. Ignored pixels are
    neither inside nor outside: they make no contour and are not counted.

    Args:
        classes: number of labels C, 0 included.
        ratio: d as a share of the image's diagonal; d is rounded, and at least 1.
        ignore_pred: what a predicted 255 is.
        background: whether label 0 is a class.
    """

    def __init__(
        self,
        classes: int,
        ratio: float = 0.02,
        ignore_pred: IgnoredPrediction = "background",
        background: bool = True,
    ):
        self.background = background
        self.ratio = ratio
        self.ignore_pred: IgnoredPrediction = ignore_pred
        self.intersection = np.zeros(classes, np.int64)
        self.union = np.zeros(classes, np.int64)

    def add(self, truth: UInt8[np.ndarray, "H W"], prediction: UInt8[np.ndarray, "H W"]) -> None:
        """Count one image; errors as for `counted_pixels`."""
        truth, prediction = counted_pixels(truth, prediction, len(self.union), self.ignore_pred, self.background)
        reach = max(1, round(self.ratio * float(np.hypot(*truth.shape))))
        void = truth == IGNORE
        bands = [_band(labels, void, reach) for labels in (truth, prediction)]
        both = bands[0] & bands[1] & (truth == prediction)
        counts = [
            _pixels_of(labels, band)[: len(self.union)]
            for labels, band in ((truth, both), (truth, bands[0]), (prediction, bands[1]))
        ]
        self.intersection += counts[0]
        self.union += counts[1] + counts[2] - counts[0]

    def iou(self) -> Float64[np.ndarray, " C"]:
        """Boundary IoU of each class, background first where there is one; NaN without pixels."""
        blank = np.full(len(self.union), np.nan)
        iou = np.divide(self.intersection, self.union, out=blank, where=self.union > 0)
        return iou if self.background else iou[1:]

    def miou(self) -> float:
        """Mean over the classes that have pixels."""
        return mean(self.iou())


def _pixels_of(labels: UInt8[np.ndarray, "H W"], where: Bool[np.ndarray, "H W"]) -> Int64[np.ndarray, "256"]:
    """Pixels of each label. Pillow counts bytes as they are, which NumPy would turn into numbers of 64 bits first."""
    mask = Image.fromarray(where.view(np.uint8))
    return np.array(Image.fromarray(np.ascontiguousarray(labels)).histogram(mask), np.int64)


def _band(labels: UInt8[np.ndarray, "H W"], void: Bool[np.ndarray, "H W"], reach: int) -> Bool[np.ndarray, "H W"]:
    """Counted pixels with another label at most `reach` away, void apart, or with the image's frame there.

    That is the case exactly where the smallest or the largest label around a pixel is not its own, so two filters serve
    all classes.
    """
    lowest = _around(np.where(void, np.uint8(255), labels), reach, np.minimum, 255)
    highest = _around(np.where(void, np.uint8(0), labels + np.uint8(1)), reach, np.maximum, 0)
    band = (lowest != labels) | (highest != labels + np.uint8(1))
    band[:reach] = band[-reach:] = band[:, :reach] = band[:, -reach:] = True
    return band & ~void


def _around(values: UInt8[np.ndarray, "H W"], reach: int, choose: np.ufunc, neutral: int) -> UInt8[np.ndarray, "H W"]:
    """Minimum or maximum over the square with `reach` pixels on each side, by doubling the window.

    SciPy's filters take ten times as long: they compute in double precision, number by number.
    """
    width = 2 * reach + 1
    for _ in range(2):  # rows, then columns
        values = np.pad(values, ((reach, reach), (0, 0)), constant_values=neutral)
        length = 1
        while length < width:
            step = min(length, width - length)
            values = choose(values[:-step], values[step:])
            length += step
        values = values.T
    return values
