"""Scores at all background thresholds of a seed at the cost of one.

With a constant background only the strongest class of a pixel matters, so a count over score level x truth x strongest
class holds the confusion matrix of every threshold.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Float64, Int64, UInt8

from seedmask.config.protocols import AbsentClass
from seedmask.evaluation.scores import IGNORE, Scores, counted_pixels, scores


class ThresholdSweep:
    """Confusion matrices at the thresholds j / (bins - 1), j = 0..bins-1, or at given ones.

    A pixel is foreground where its score is above the threshold; ties go to background, as in `threshold_labels`. The
    default fits CAMs stored in 256 levels: between two levels no threshold makes another mask.

    Args:
        classes: number of labels C, background included.
        bins: number of thresholds, at least 2.
        thresholds: ascending thresholds in their place, where there are any.
    """

    def __init__(self, classes: int, bins: int = 256, thresholds: Sequence[float] = ()):
        self.classes = classes
        self.thresholds = np.array(thresholds) if thresholds else np.arange(bins) / (bins - 1)
        self.counts = np.zeros((len(self.thresholds) + 1, classes, classes), np.int64)

    def add(
        self,
        truth: UInt8[np.ndarray, "H W"],
        winner: UInt8[np.ndarray, "H W"],
        score: Float[np.ndarray, "H W"],
    ) -> None:
        """Count one image.

        Args:
            truth: labels, 255 is ignored.
            winner: label (class + 1) of the strongest CAM; 0 where the image has no class.
            score: its value in 0..1.

        Raises:
            ValueError: sizes differ, labels are outside, or a score is NaN or outside 0..1.
        """
        truth, winner = counted_pixels(truth, winner, self.classes, "error")
        counts = truth != IGNORE
        level = self._level(score[counts])
        pairs = truth[counts].astype(np.int64) * self.classes + winner[counts]
        cells = np.bincount(level * self.classes**2 + pairs, minlength=self.counts.size)
        self.counts += cells.reshape(self.counts.shape)

    def confusions(self) -> tuple[Float64[np.ndarray, " T"], Int64[np.ndarray, "T C C"]]:
        """Thresholds, and the confusion matrix at each."""
        low = self.counts.cumsum(axis=0)  # pixels whose score is not above the threshold
        low, matrices = low[:-1], low[-1] - low[:-1]
        matrices[:, :, 0] += low.sum(axis=2)
        return self.thresholds, matrices

    def best(self, absent_class: AbsentClass = "skip_union") -> tuple[float, Scores]:
        """Lowest threshold with the largest mIoU, and its scores. It uses pixel labels: an oracle."""
        thresholds, matrices = self.confusions()
        results = [scores(matrix, absent_class) for matrix in matrices]
        first = int(np.argmax(np.nan_to_num([result.miou for result in results], nan=-1)))
        return float(thresholds[first]), results[first]

    def curve(self, absent_class: AbsentClass = "skip_union") -> list[list[float]]:
        """Each threshold with its mIoU."""
        pairs = zip(*self.confusions(), strict=True)
        return [[float(threshold), scores(matrix, absent_class).miou] for threshold, matrix in pairs]

    def _level(self, score: Float[np.ndarray, " P"]) -> Int64[np.ndarray, " P"]:
        """Number of thresholds below the score: it is above threshold j exactly if the level is above j."""
        if score.size and not (score.min() >= 0 and score.max() <= 1):  # also false for NaN
            raise ValueError(f"scores from {score.min()} to {score.max()}; expected 0 to 1")
        return np.searchsorted(self.thresholds.astype(score.dtype), score, side="left")
