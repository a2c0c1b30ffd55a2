"""From CAMs to labels: a background score beside the class scores, the largest wins.

The rule of every CAM seed since Kolesnikov and Lampert (ECCV 2016). The background plane comes first, so
ties go to background.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from jaxtyping import Float, Int64, Integer, UInt8
from scipy.special import xlogy

Classes = Sequence[int] | Integer[np.ndarray, " K"]
"""0-based class of each of the K maps; the label of class c is c + 1."""
Number = int | float
"""Beartype takes an int for a float only where it is written down."""
BackgroundKind = Literal["constant", "exponent"]


def check_cams(cams: np.ndarray, classes: Classes, shape: tuple[int, int] | None = None) -> None:
    """Refuse maps that have no defined mask.

    Args:
        cams: (K, H, W).
        classes: 0-based class of each map.
        shape: (H, W) of the image, if there is one.

    Raises:
        ValueError: the counts or sizes differ, a class cannot be a label (0..253, each once), or a map has
            NaN or infinite values; the class is named.
    """
    if len(classes) != len(cams):
        raise ValueError(f"{len(cams)} maps for {len(classes)} classes; expected one map for each class")
    if shape is not None and tuple(cams.shape[1:]) != tuple(shape):
        raise ValueError(f"maps of {cams.shape[1:]} pixels (H, W) for an image of {shape}; resize the maps")
    if len({int(c) for c in classes}) != len(classes) or any(not 0 <= c <= 253 for c in classes):
        raise ValueError(f"classes {[int(c) for c in classes]}; expected different numbers from 0 to 253")
    for map_, c in zip(cams, classes, strict=True):
        if not np.isfinite(map_).all():
            raise ValueError(f"the CAM of class {int(c)} has NaN or infinite values; make its seed again")


def to_labels(indices: Integer[np.ndarray, "H W"], classes: Classes) -> UInt8[np.ndarray, "H W"]:
    """Labels of plane numbers: 0 stays background, plane k (1-based) becomes `classes[k - 1] + 1`."""
    return np.array([0, *(int(c) + 1 for c in classes)], np.uint8)[indices]


def score_probabilities(
    cams: Float[np.ndarray, "K H W"], background: Number, kind: BackgroundKind = "constant"
) -> Float[np.ndarray, "K1 H W"]:
    """Background plane, then the class planes; scores that need not sum to one.

    The background is the constant b = `background`, or b(x) = (1 - max_k v_k(x))^α with α = `background`.

    Args:
        cams: v, in 0..1.
        background: score in 0..1, or a positive exponent.
        kind: how `background` is meant.

    Returns:
        (K + 1, H, W) in the precision of `cams`, at least float32.
    """
    cams = np.asarray(cams, np.result_type(cams.dtype, np.float32))
    if kind == "constant":
        plane = np.full(cams.shape[1:], background, cams.dtype)
    else:
        strongest = cams.max(axis=0, initial=0)
        plane = np.clip(1 - strongest, 0, 1) ** cams.dtype.type(background)
    return np.concatenate([plane[None], cams])


def threshold_labels(
    cams: Float[np.ndarray, "K H W"], classes: Classes, background: Number, kind: BackgroundKind = "constant"
) -> UInt8[np.ndarray, "H W"]:
    """Seed mask: the class with the largest CAM where that is above `background`, else 0.

    Args:
        cams: in 0..1.
        classes: 0-based class of each map; among equal maps the first wins.
        background: score of the background; see `score_probabilities`.
        kind: how `background` is meant.

    Raises:
        ValueError: see `check_cams`.
    """
    check_cams(cams, classes)
    return to_labels(score_probabilities(cams, background, kind).argmax(axis=0), classes)


def strongest(
    cams: Float[np.ndarray, "K H W"], classes: Classes
) -> tuple[UInt8[np.ndarray, "H W"], Float[np.ndarray, "H W"]]:
    """Label (class + 1) and score of the strongest class at each pixel; 0 and 0 without classes, the first if equal."""
    if len(cams) == 0:
        return np.zeros(cams.shape[1:], np.uint8), np.zeros(cams.shape[1:], np.float32)
    return to_labels(cams.argmax(axis=0) + 1, classes), cams.max(axis=0)


def score_histogram(score: Float[np.ndarray, "H W"], levels: int = 256) -> Int64[np.ndarray, " B"]:
    """Pixels at each of the levels k / (levels - 1) of a score in 0..1; adds up over images."""
    return np.bincount(np.rint(score * (levels - 1)).astype(np.int64).ravel(), minlength=levels)


def cross_entropy_threshold(histogram: Integer[np.ndarray, " B"]) -> float:
    """Threshold without labels: the cut after which two flat levels tell most about the CAM values.

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
    if not histogram.any():
        raise ValueError("the histogram of CAM values is empty; expected at least one pixel")
    level = np.linspace(0, 1, len(histogram))
    occupied = np.flatnonzero(histogram)
    cuts = np.arange(occupied[0], occupied[-1])  # both sides hold pixels
    if len(cuts) == 0:
        return float(level[occupied[0]])
    pixels, mass = np.cumsum(histogram), np.cumsum(histogram * level)
    low, high = mass[cuts], mass[-1] - mass[cuts]
    told = xlogy(low, low / pixels[cuts]) + xlogy(high, high / (pixels[-1] - pixels[cuts]))
    best = cuts[np.isclose(told, told.max(), rtol=1e-12, atol=0)]
    return float(level[(best[0] + best[-1]) // 2])
