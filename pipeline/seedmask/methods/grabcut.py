"""The object's pixels in a box, by colour: GrabCut (Rother et al., SIGGRAPH 2004), as OpenCV has it."""

import numpy as np
from jaxtyping import Bool, UInt8

from seedmask.errors import SeedmaskError
from seedmask.methods.boxes import Box, Foreground

MARGIN = 0.5
"""Context around a box, as a share of its sides; farther pixels add little but time."""


def grabcut_foreground(image: UInt8[np.ndarray, "H W 3"], rounds: int = 5) -> Foreground:
    """Foreground of boxes in an image: colours inside against those around, with a cut along edges.

    Where a box fills the image, the outermost line of pixels stands for what is around.

    Args:
        image: RGB.
        rounds: of estimating colours and cutting.

    Raises:
        SeedmaskError: OpenCV is not installed.
    """
    cv2 = _opencv()

    def foreground(box: Box) -> Bool[np.ndarray, "h w"]:
        height, width = image.shape[:2]
        across, down = round(MARGIN * (box.right - box.left)) + 1, round(MARGIN * (box.bottom - box.top)) + 1
        left, top = max(0, box.left - across), max(0, box.top - down)
        part = np.ascontiguousarray(image[top : min(height, box.bottom + down), left : min(width, box.right + across)])
        inside = Box(box.left - left, box.top - top, box.right - left, box.bottom - top, box.label)
        marks = np.full(part.shape[:2], cv2.GC_BGD, np.uint8)
        marks[inside.pixels] = cv2.GC_PR_FGD
        if (marks != cv2.GC_BGD).all():
            marks[[0, -1]] = marks[:, [0, -1]] = cv2.GC_BGD
        if (marks == cv2.GC_BGD).all():
            return np.ones((box.bottom - box.top, box.right - box.left), bool)
        cv2.setRNGSeed(0)  # it starts its colour models from random pixels
        cv2.grabCut(part, marks, (0, 0, 0, 0), np.zeros((1, 65)), np.zeros((1, 65)), rounds, cv2.GC_INIT_WITH_MASK)
        return np.isin(marks[inside.pixels], (cv2.GC_FGD, cv2.GC_PR_FGD))

    return foreground


def _opencv():
    try:
        import cv2
    except ImportError as error:
        raise SeedmaskError(
            "GrabCut needs OpenCV, which is not installed; `pip install seedmask[grabcut]`, or name `seeds` that say "
            "which pixels of a box are of its class"
        ) from error
    return cv2
