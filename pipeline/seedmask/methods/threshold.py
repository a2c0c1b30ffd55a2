"""From CAMs to labels: a background score beside the class scores, the largest wins.

The rule of every CAM seed since Kolesnikov and Lampert (ECCV 2016). The background plane comes first, so
ties go to background. In a data set without a background class the classes are alone.
"""

from typing import Literal

import numpy as np
from jaxtyping import Float, UInt8

from seedmask.methods.cams import IGNORE, Classes, Number, check_cams, to_labels

BackgroundKind = Literal["constant", "exponent", "plane", "none"]
BackgroundScore = Number | Float[np.ndarray, "H W"]
"""A number or a plane, as the kind says; without meaning where that is `none`."""


def score_probabilities(
    cams: Float[np.ndarray, "K H W"], background: BackgroundScore, kind: BackgroundKind = "constant"
) -> Float[np.ndarray, "P H W"]:
    """Background plane, then the class planes; scores that need not sum to one.

    The background is the constant b = `background`, or b(x) = (1 - max_k v_k(x))^α with α = `background`, or a plane
    b(x) = `background`; with `none` there is no such plane.

    Args:
        cams: v, in 0..1.
        background: score in 0..1, or a positive exponent, or a score for each pixel.
        kind: how `background` is meant.

    Returns:
        (K + 1, H, W), or without background (K, H, W), in the precision of `cams`, at least float32.
    """
    cams = np.asarray(cams, np.result_type(cams.dtype, np.float32))
    if kind == "none":
        return cams
    if kind == "constant":
        plane = np.full(cams.shape[1:], background, cams.dtype)
    elif kind == "plane":
        plane = np.asarray(background, cams.dtype)
    else:
        strongest = cams.max(axis=0, initial=0)
        plane = np.clip(1 - strongest, 0, 1) ** cams.dtype.type(background)
    return np.concatenate([plane[None], cams])


def winning_planes(scores: Float[np.ndarray, "P H W"], classes: Classes) -> UInt8[np.ndarray, "H W"]:
    """Number of the largest plane at each pixel, the first if equal.

    Args:
        scores: of the background and the K classes, or of the classes alone; then it is 255 where all of several
            scores are 0, and where there is no class.
        classes: 0-based class of each plane but the background's.
    """
    if len(scores) == 0:
        return np.full(scores.shape[1:], IGNORE, np.uint8)
    planes = scores.argmax(axis=0).astype(np.uint8)
    if 1 < len(scores) == len(classes):
        planes[(scores == 0).all(axis=0)] = IGNORE
    return planes


def winning_labels(scores: Float[np.ndarray, "P H W"], classes: Classes) -> UInt8[np.ndarray, "H W"]:
    """Label of the largest plane at each pixel; see `winning_planes`."""
    labels = np.full(256, IGNORE, np.uint8)
    labels[: len(scores)] = [*[0] * (len(scores) - len(classes)), *(int(c) + 1 for c in classes)]
    return labels[winning_planes(scores, classes)]


def threshold_labels(
    cams: Float[np.ndarray, "K H W"], classes: Classes, background: BackgroundScore, kind: BackgroundKind = "constant"
) -> UInt8[np.ndarray, "H W"]:
    """Seed mask: the class with the largest CAM where that is above `background`, else 0; see `winning_labels`.

    Args:
        cams: in 0..1.
        classes: 0-based class of each map; among equal maps the first wins.
        background: score of the background; see `score_probabilities`.
        kind: how `background` is meant.

    Raises:
        ValueError: see `check_cams`.
    """
    check_cams(cams, classes)
    return winning_labels(score_probabilities(cams, background, kind), classes)


def strongest(
    cams: Float[np.ndarray, "K H W"], classes: Classes
) -> tuple[UInt8[np.ndarray, "H W"], Float[np.ndarray, "H W"]]:
    """Label (class + 1) and score of the strongest class at each pixel; 0 and 0 without classes, the first if equal."""
    if len(cams) == 0:
        return np.zeros(cams.shape[1:], np.uint8), np.zeros(cams.shape[1:], np.float32)
    return to_labels(cams.argmax(axis=0) + 1, classes), cams.max(axis=0)
