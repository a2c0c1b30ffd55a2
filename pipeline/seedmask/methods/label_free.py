"""A background score from the seeds themselves, without any pixel label."""

import numpy as np
from jaxtyping import Float, Int64, Integer


def score_histogram(score: Float[np.ndarray, "H W"], levels: int = 256) -> Int64[np.ndarray, " B"]:
    """Pixels at each of the levels k / (levels - 1) of a score in 0..1; adds up over images."""
    return np.bincount(np.rint(score * (levels - 1)).astype(np.int64).ravel(), minlength=levels)


def cross_entropy_threshold(histogram: Integer[np.ndarray, " B"]) -> float:
    """Threshold without labels: the cut after which two means describe the CAM values best.

    Li and Lee (Pattern Recognition 1993): among all cuts k, the least cross-entropy between the values and the
    two means that stand for them, which is the largest m₀(k) ln μ₀(k) + m₁(k) ln μ₁(k), with m the sum and μ the
    mean of the levels up to k and above k. It suits skewed values, few strong among many weak, where Otsu's
    rule, made for two like spreads, cuts too high. Levels up to the cut are background, as in
    `threshold_labels`. Empty levels between two groups fit equally well: the middle of that range is taken.

    Args:
        histogram: pixels at each of B levels k / (B - 1) of the per-pixel largest CAM, pooled over the set.

    Returns:
        Threshold in 0..1. A single occupied level is returned itself: nothing to separate, all background.

    Raises:
        ValueError: the histogram is empty.
    """
    from scipy.special import xlogy  # takes longer to import than NumPy, and few jobs look for a threshold

    if not histogram.any():
        raise ValueError("the histogram of CAM values is empty; expected at least one pixel")
    level = np.linspace(0, 1, len(histogram))
    occupied = np.flatnonzero(histogram)
    cuts = np.arange(occupied[0], occupied[-1])  # both sides hold pixels
    if len(cuts) == 0:
        return float(level[occupied[0]])
    pixels, mass = np.cumsum(histogram), np.cumsum(histogram * level)
    low, high = mass[cuts], mass[-1] - mass[cuts]
    gain = xlogy(low, low / pixels[cuts]) + xlogy(high, high / (pixels[-1] - pixels[cuts]))
    best = cuts[np.isclose(gain, gain.max(), rtol=1e-12, atol=0)]
    return float(level[(best[0] + best[-1]) // 2])
