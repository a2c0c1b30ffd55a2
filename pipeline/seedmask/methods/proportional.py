"""Proportional pseudo-masks (PMM, Li et al., ICCV 2021; docs/methods/pmm.md).

A pixel goes to the class in whose activation it has the largest share, not to the class with the largest score.
"""

import numpy as np
from jaxtyping import Bool, Float, Integer, UInt8

from seedmask.methods.cams import Classes, Number, check_cams, to_labels
from seedmask.methods.crf import dense_crfs
from seedmask.methods.crf_settings import PROPORTIONAL_CRF, CRFSettings


def coefficient_of_variation(
    cams: Float[np.ndarray, "K H W"], threshold: Number = 0.05, scale: Number = 0.3
) -> Float[np.ndarray, " K"]:
    """How uneven each CAM is where it is active: c = γ std(U) / mean(U + 1e-8), U = {v : v > τ}.

    Args:
        cams: v, in 0..1.
        threshold: τ; a value equal to it is not in U.
        scale: γ.

    Returns:
        float64, 0 where U is empty. At most γ (1 - τ) / (2 √τ).
    """
    cams = _at_least_single(cams)
    active = cams > cams.dtype.type(threshold)
    return np.array([scale * _variation(v[u]) for v, u in zip(cams, active, strict=True)], np.float64)


def smooth_cams(
    cams: Float[np.ndarray, "K H W"], threshold: Number = 0.05, scale: Number = 0.3
) -> Float[np.ndarray, "K H W"]:
    """Lift uneven CAMs: m(x) = v(x)^(1 - c), and 0 where v(x) < τ.

    Keeps 0, 1 and the order of the values as long as c ≤ 1, which γ ≤ 2 √τ / (1 - τ) ensures.

    Args:
        cams: v, in 0..1.
        threshold: τ; a value equal to it is kept.
        scale: γ; 0 lifts nothing.

    Returns:
        In the precision of `cams`, at least float32.
    """
    cams = _at_least_single(cams)
    exponent = (1 - coefficient_of_variation(cams, threshold, scale)).astype(cams.dtype)[:, None, None]
    kept = cams >= cams.dtype.type(threshold)
    return np.where(kept, np.maximum(cams, 0) ** exponent, 0).astype(cams.dtype)


def class_importance(
    cams: Float[np.ndarray, "K H W"], foreground: Bool[np.ndarray, "K H W"]
) -> Float[np.ndarray, "K H W"]:
    """Share of each pixel in its class's foreground activation: p(x) = v(x) / (1 + Σ_y v(y) F(y)).

    The 1 only avoids 0/0; shares are comparable between classes, scores are not.

    Args:
        cams: v, as they come, not smoothed.
        foreground: F.

    Returns:
        float64.
    """
    cams = cams.astype(np.float64)
    mass = (cams * foreground).sum(axis=(1, 2), keepdims=True)
    return cams / (1 + mass)


def proportional_labels(
    cams: Float[np.ndarray, "K H W"], foreground: Bool[np.ndarray, "K H W"], classes: Classes
) -> UInt8[np.ndarray, "H W"]:
    """Among the classes that claim a pixel, the one in whose activation it has the largest share.

    Args:
        cams: v, as they come, not smoothed.
        foreground: F, where each class claims pixels.
        classes: 0-based class of each map; the label is class + 1, and of equal shares the first wins.

    Returns:
        Labels; 0 where no class has both F = 1 and v > 0. Never 255.

    Raises:
        ValueError: see `check_cams`.
    """
    check_cams(cams, classes)
    return _strongest_claim(class_importance(cams, foreground), foreground, classes)


def strongest_labels(
    cams: Float[np.ndarray, "K H W"], foreground: Bool[np.ndarray, "K H W"], classes: Classes
) -> UInt8[np.ndarray, "H W"]:
    """Among the classes that claim a pixel, the one with the largest score; `proportional_labels` without shares.

    Background is the same in both, so that the two differ only where classes overlap.

    Raises:
        ValueError: see `check_cams`.
    """
    check_cams(cams, classes)
    return _strongest_claim(cams, foreground, classes)


def binary_foregrounds(
    image: UInt8[np.ndarray, "H W 3"],
    scores: Float[np.ndarray, "K H W"],
    exponent: Number = 11,
    crf: CRFSettings | None = PROPORTIONAL_CRF,
) -> Bool[np.ndarray, "K H W"]:
    """Where each class on its own beats its background (1 - m)^α, by a CRF of two labels.

    Args:
        image: RGB.
        scores: m, in 0..1.
        exponent: α; larger makes more foreground. Without CRF 11 means m > 0.156.
        crf: kernels; None leaves the pairwise terms out.

    Returns:
        Whether the marginal of the foreground exceeds 0.5.

    Raises:
        SeedmaskError: pydensecrf is not installed.
    """
    background = np.clip(1 - scores, 0, 1) ** scores.dtype.type(exponent)
    if crf is None:
        return np.maximum(scores, 1e-5) > np.maximum(background, 1e-5)
    pairs = np.stack([background, scores], axis=1)
    claims = [marginals[1] > 0.5 for marginals in dense_crfs(image, pairs, crf)]
    return np.array(claims, bool).reshape(scores.shape)


def matching_exponent(histogram: Integer[np.ndarray, " B"], share: Number, threshold: Number = 0.05) -> float:
    """The α that makes a share of all pixels foreground before the CRF; found without any pixel label.

    Foreground is m > θ with θ = (1 - θ)^α, so α = ln θ / ln(1 - θ), where θ is the value that the share exceeds.

    Args:
        histogram: pixels at each of B levels k / (B - 1) of m, the largest of the classes, pooled over the set.
        share: of the pixels, 0..1.
        threshold: τ, the smallest θ; smoothed CAMs hold no values below it.

    Raises:
        ValueError: the histogram is empty.
    """
    if not histogram.any():
        raise ValueError("the histogram of smoothed CAM values is empty; expected at least one pixel")
    above = histogram.sum() - np.cumsum(histogram)  # pixels above each level
    levels = len(histogram) - 1
    border = int(np.argmax(above <= share * histogram.sum())) / levels
    border = min(max(border, threshold), 1 - 1 / levels)
    return float(np.log(border) / np.log1p(-border))


def proportional_mask(
    image: UInt8[np.ndarray, "H W 3"],
    cams: Float[np.ndarray, "K H W"],
    classes: Classes,
    *,
    exponent: Number = 11,
    threshold: Number = 0.05,
    scale: Number = 0.3,
    crf: CRFSettings | None = PROPORTIONAL_CRF,
    shares: bool = True,
) -> UInt8[np.ndarray, "H W"]:
    """Pseudo-mask: smoothed CAMs, one binary CRF for each class, shares where classes overlap.

    Args:
        image: RGB.
        cams: in 0..1.
        classes: 0-based class of each map; the mask's label is class + 1.
        exponent: of the background, see `binary_foregrounds`.
        threshold: see `smooth_cams`.
        scale: see `smooth_cams`; 0 switches the smoothing off.
        crf: kernels; None leaves the pairwise terms out.
        shares: compare shares where classes overlap; False compares scores.

    Raises:
        ValueError: see `check_cams`.
        SeedmaskError: pydensecrf is not installed.
    """
    check_cams(cams, classes, image.shape[:2])
    cams = _at_least_single(cams)
    foreground = binary_foregrounds(image, smooth_cams(cams, threshold, scale), exponent, crf)
    return (proportional_labels if shares else strongest_labels)(cams, foreground, classes)


def _at_least_single(cams: np.ndarray) -> np.ndarray:
    """Half precision loses the sums, the powers and the comparison at the threshold."""
    return cams.astype(np.result_type(cams.dtype, np.float32), copy=False)


def _variation(values: np.ndarray) -> float:
    if values.size == 0:
        return 0.0
    return float(values.std(dtype=np.float64) / (values.mean(dtype=np.float64) + 1e-8))


def _strongest_claim(
    scores: Float[np.ndarray, "K H W"], foreground: Bool[np.ndarray, "K H W"], classes: Classes
) -> UInt8[np.ndarray, "H W"]:
    """Background first: it wins every tie with the score 0 of an unclaimed class."""
    unclaimed = ~foreground.any(axis=0, keepdims=True)
    return to_labels(np.concatenate([unclaimed, scores * foreground]).argmax(axis=0), classes)
