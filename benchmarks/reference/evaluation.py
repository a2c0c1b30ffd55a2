"""Scores as released code counts them: class by class, and threshold by threshold."""

from collections.abc import Sequence

import numpy as np

IGNORE = 255
Counts = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Right, predicted and true pixels of each label."""


def plain_counts(truth: np.ndarray, prediction: np.ndarray, count: int) -> Counts:
    """Counts of one picture, by boolean masks of each of `count` labels."""
    right, predicted, true = (np.zeros(count, np.int64) for _ in range(3))
    counted = truth < IGNORE
    for label in range(count):
        right[label] = np.sum((truth == label) & (prediction == label) & counted)
        predicted[label] = np.sum((prediction == label) & counted)
        true[label] = np.sum((truth == label) & counted)
    return right, predicted, true


def plain_sweep(
    truths: Sequence[np.ndarray],
    cams: Sequence[np.ndarray],
    classes: Sequence[Sequence[int]],
    thresholds: Sequence[float],
    count: int,
) -> np.ndarray:
    """Mean IoU at each background threshold, all pictures counted anew at each.

    Args:
        truths: labels of each picture, (H, W).
        cams: of each picture, (K, H, W) in 0..1.
        classes: 0-based, of each picture.
        thresholds: of the background.
        count: number of labels.
    """
    curve = []
    for threshold in thresholds:
        total = [np.zeros(count, np.int64) for _ in range(3)]
        for truth, maps, shown in zip(truths, cams, classes, strict=True):
            planes = np.concatenate([np.full((1, *truth.shape), threshold, maps.dtype), maps])
            prediction = np.array([0, *(c + 1 for c in shown)])[planes.argmax(axis=0)]
            for sums, found in zip(total, plain_counts(truth, prediction, count), strict=True):
                sums += found
        right, predicted, true = total
        union = true + predicted - right
        curve.append(float(np.mean(right[union > 0] / union[union > 0])))
    return np.array(curve)
