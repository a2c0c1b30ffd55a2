"""Boundary IoU: IoU of the bands along the contours (Cheng et al., CVPR 2021).

Large objects hide a bad contour in plain IoU; here they cannot.
"""

import numpy as np
from jaxtyping import Bool, Float64, UInt8
from scipy.ndimage import find_objects, minimum_filter

from seedmask.evaluation.scores import IGNORE, IgnoredPrediction, counted_pixels, mean


class BoundaryIoU:
    """Sums |G_d ∩ P_d| and |G_d ∪ P_d| of each class over images.

    G_d are the pixels of the truth G at most d pixels (largest of the row and column distance, as by repeated 3 x 3
    erosion) inside its contour, P_d likewise of the prediction. The image's frame is a contour. Ignored pixels are
    neither inside nor outside: they make no contour and are not counted.

    Args:
        classes: number of labels C, background included.
        ratio: d as a share of the image's diagonal; d is rounded, and at least 1.
        ignore_pred: what a predicted 255 is.
    """

    def __init__(self, classes: int, ratio: float = 0.02, ignore_pred: IgnoredPrediction = "background"):
        self.ratio = ratio
        self.ignore_pred: IgnoredPrediction = ignore_pred
        self.intersection = np.zeros(classes, np.int64)
        self.union = np.zeros(classes, np.int64)

    def add(self, truth: UInt8[np.ndarray, "H W"], prediction: UInt8[np.ndarray, "H W"]) -> None:
        """Count one image; errors as for `counted_pixels`."""
        truth, prediction = counted_pixels(truth, prediction, len(self.union), self.ignore_pred)
        reach = max(1, round(self.ratio * float(np.hypot(*truth.shape))))
        void = np.pad(truth == IGNORE, 1)
        truth, prediction = (np.pad(labels.astype(np.int16), 1, constant_values=-1) for labels in (truth, prediction))
        prediction[void] = IGNORE  # so that nothing predicted there makes a class look present
        boxes = [find_objects(np.where(labels == IGNORE, 0, labels + 1)) for labels in (truth, prediction)]
        for label in range(len(self.union)):
            found = [box[label] for box in boxes if label < len(box) and box[label] is not None]
            if not found:
                continue
            window = _around(found, reach)
            bands = [_band(labels[window] == label, void[window], reach) for labels in (truth, prediction)]
            self.intersection[label] += np.count_nonzero(bands[0] & bands[1])
            self.union[label] += np.count_nonzero(bands[0] | bands[1])

    def iou(self) -> Float64[np.ndarray, " C"]:
        """Boundary IoU of each class; NaN without pixels."""
        blank = np.full(len(self.union), np.nan)
        return np.divide(self.intersection, self.union, out=blank, where=self.union > 0)

    def miou(self) -> float:
        """Mean over the classes that have pixels."""
        return mean(self.iou())


def _band(mask: Bool[np.ndarray, "H W"], void: Bool[np.ndarray, "H W"], reach: int) -> Bool[np.ndarray, "H W"]:
    """Pixels of the mask with an outside pixel at most `reach` away; beyond the window nothing is outside."""
    inside = np.asarray(minimum_filter(mask | void, 2 * reach + 1, mode="constant", cval=1), bool)
    return mask & ~inside


def _around(boxes: list[tuple[slice, slice]], margin: int) -> tuple[slice, slice]:
    """Smallest window that holds the boxes and all pixels up to `margin` around them."""
    rows, columns = (
        slice(max(0, min(s.start for s in sides) - margin), max(s.stop for s in sides) + margin)
        for sides in zip(*boxes, strict=True)
    )
    return rows, columns
