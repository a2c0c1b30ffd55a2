"""Uncertainty of a difference between two results over the choice of pictures: a paired bootstrap (Efron, 1979).

Pictures are drawn with replacement, the same ones for both results, and their counts are pooled as for any set: the
mean of the mIoUs of single pictures would be another measure. The interval says nothing about other random seeds of a
training, which move scores as much; several replicates do.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int64

from seedmask.config.protocols import AbsentClass
from seedmask.evaluation.scores import class_iou

ROUNDS = 1_000
SEED = 0
LEVEL = 0.95
"""Share of the resampled differences inside the interval."""
_TOGETHER = 50
"""Rounds that are computed at once."""


@dataclass(frozen=True)
class PairedDifference:
    """MIoU of a result less that of another on the same pictures, and its interval; NaN where no class is averaged."""

    value: float
    low: float
    high: float


def paired_difference(
    result: Sequence[Int64[np.ndarray, "3 N C"]],
    baseline: Sequence[Int64[np.ndarray, "3 N C"]],
    absent_class: AbsentClass,
    rounds: int = ROUNDS,
    seed: int = SEED,
) -> PairedDifference:
    """Compare the mean mIoU of the replicates of two results.

    Args:
        result: right, true and predicted pixels of each image and label, of each replicate.
        baseline: the same of what it is compared with, for the same images, at least one, in the same order.
        absent_class: what a class without pixels does to a mean.
        rounds: how often images are drawn.
        seed: of the draws.
    """
    sides = [[np.asarray(one, np.float64) for one in side] for side in (result, baseline)]
    random, count = np.random.default_rng(seed), sides[0][0].shape[1]

    def differences(weights: Float64[np.ndarray, "R N"]) -> Float64[np.ndarray, " R"]:
        first, second = (np.mean([_mious(weights, one, absent_class) for one in side], axis=0) for side in sides)
        return first - second

    drawn = []
    for start in range(0, rounds, _TOGETHER):
        picks = [random.integers(count, size=count) for _ in range(min(_TOGETHER, rounds - start))]
        weights = np.array([np.bincount(pick, minlength=count) for pick in picks], np.float64)
        drawn.append(differences(weights))
    known = np.concatenate(drawn)
    known = known[~np.isnan(known)]
    outside = (1 - LEVEL) / 2
    low, high = np.quantile(known, [outside, 1 - outside]) if known.size else (np.nan, np.nan)
    return PairedDifference(float(differences(np.ones((1, count)))[0]), float(low), float(high))


def _mious(
    weights: Float64[np.ndarray, "R N"], counts: Float64[np.ndarray, "3 N C"], absent_class: AbsentClass
) -> Float64[np.ndarray, " R"]:
    """MIoU of each choice of images; sums of counts are exact up to 2^53. NaN where no class is averaged."""
    iou = class_iou(weights @ counts[0], weights @ counts[1], weights @ counts[2], absent_class)
    averaged = ~np.isnan(iou)
    total, number = np.where(averaged, iou, 0).sum(axis=1), averaged.sum(axis=1)
    return np.divide(total, number, out=np.full(len(iou), np.nan), where=number > 0)
