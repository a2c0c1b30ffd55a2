"""PMM's proportional masks, class by class."""

from collections.abc import Sequence

import numpy as np

from benchmarks.reference.crf import plain_crf
from seedmask.methods.crf_settings import PROPORTIONAL_CRF

EXPONENT, THRESHOLD, SCALE = 11, 0.05, 0.3


def plain_smooth(cams: np.ndarray) -> np.ndarray:
    """Each CAM (K, H, W) to the power of 1 - its coefficient of variation; 0 below the threshold."""
    smoothed = np.zeros_like(cams)
    for k, cam in enumerate(cams):
        active = cam[cam > THRESHOLD]
        variation = SCALE * active.std(dtype=np.float64) / (active.mean(dtype=np.float64) + 1e-8)
        smoothed[k] = np.where(cam < THRESHOLD, 0, cam ** (1 - variation))
    return smoothed


def plain_pairs(cams: np.ndarray) -> np.ndarray:
    """Background and score of each class, (K, 2, H, W)."""
    scores = plain_smooth(cams)
    return np.stack([(1 - scores) ** EXPONENT, scores], axis=1)


def plain_proportional(image: np.ndarray, cams: np.ndarray, classes: Sequence[int]) -> np.ndarray:
    """Labels (H, W): a CRF of two labels for each class, and the class with the largest share."""
    shares = np.zeros((len(classes) + 1, *cams.shape[1:]))
    foregrounds = [plain_crf(image, pair, PROPORTIONAL_CRF).argmax(axis=0) == 1 for pair in plain_pairs(cams)]
    shares[0] = ~np.any(foregrounds, axis=0)
    for k, foreground in enumerate(foregrounds):
        shares[k + 1] = cams[k].astype(np.float64) / (1 + (cams[k] * foreground).sum(dtype=np.float64)) * foreground
    return np.array([0, *(c + 1 for c in classes)], np.uint8)[shares.argmax(axis=0)]
