"""I2CRC's labels and their refinement with a channel for every class of the data set."""

from collections.abc import Mapping, Sequence

import numpy as np

IGNORE = 255


def plain_labels(saliency: np.ndarray, attention: Mapping[int, np.ndarray], count: int) -> np.ndarray:
    """Labels (H, W) from bytes of saliency and of the activation of some of `count` classes."""
    scores = np.zeros((count + 1, *saliency.shape), np.float32)
    scores[0] = 1 - saliency.astype(np.float32) / 255
    for c, levels in attention.items():
        low, high = int(levels.min()), int(levels.max())
        scores[c + 1] = (levels.astype(np.float64) - low) / (high - low + 1e-8)
    active = (scores[1:] > 0.5).any(axis=0)
    scores[scores < 0.3] = 0
    label = scores.argmax(axis=0)
    label[(scores > 0.9).sum(axis=0) > 1] = IGNORE
    label[(label == 0) & ((saliency >= 32) | active)] = IGNORE
    if np.mean((label > 0) & (label < IGNORE)) < 0.01:
        label[:] = IGNORE
    return label.astype(np.uint8)


def plain_refined(prediction: np.ndarray, initial: np.ndarray, classes: Sequence[int], count: int) -> np.ndarray:
    """Refined labels (H, W), looked at label by label."""
    refined, labels = prediction.copy(), [c + 1 for c in classes]
    for label in range(1, count + 1):
        if label not in labels:
            refined[prediction == label] = IGNORE
    if len(labels) >= 2:
        for label in labels:
            refined[(refined == 0) & (initial == label)] = label
        refined[(refined == 0) & (initial == IGNORE)] = IGNORE
    for label in labels:
        if not (refined == label).any():
            refined[refined == 0] = IGNORE
    if np.isin(refined, labels).mean() < 0.01:
        refined[:] = IGNORE
    return refined
