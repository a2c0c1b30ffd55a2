"""Confident labels of seeds, with an unlabelled band between foreground and background."""

import numpy as np
from jaxtyping import Float, UInt8

from seedmask.methods.cams import Classes, Number, check_cams
from seedmask.methods.threshold import strongest
from seedmask.methods.weak_labels import UNLABELLED


def sure_labels(
    cams: Float[np.ndarray, "K H W"],
    classes: Classes,
    *,
    foreground: Number,
    background: Number | None,
) -> UInt8[np.ndarray, "H W"]:
    """The strongest class from an activation on, background below a lower one, 254 elsewhere.

    Args:
        cams: in 0..1.
        classes: 0-based class of each map.
        foreground: activation from which a pixel is surely of its class.
        background: activation below which a pixel is surely background, at most `foreground`; None where none is.

    Raises:
        ValueError: see `check_cams`; the levels are in the wrong order.
    """
    if background is not None and background > foreground:
        raise ValueError(f"background below {background:g} and classes from {foreground:g} contradict each other")
    check_cams(cams, classes, cams.shape[1:])
    labels, score = strongest(cams, classes)
    certain = np.where(score >= max(foreground, np.finfo(np.float32).tiny), labels, np.uint8(UNLABELLED))
    if background is None:
        return certain.astype(np.uint8)
    return np.where((score < background) | (len(classes) == 0), np.uint8(0), certain).astype(np.uint8)
