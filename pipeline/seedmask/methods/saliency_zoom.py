"""A second look at where seeds are active: what is small in the whole picture stands out in a part of it.

A saliency network sees a picture of any size as 320 x 320 pixels and finds what stands out among all that is there. Of
a bottle on a laid table it finds the table. Shown the surroundings of the bottle alone, it finds the bottle.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, UInt8

from seedmask.methods.cams import Number

LEAST, MOST = 0.002, 0.8
"""Share of the picture that a part covers at least, and that its surroundings must stay below."""
PARTS = 3
"""Parts of a class that are looked at, the largest first."""


class Surroundings(NamedTuple):
    """Part of a picture in pixels, ends excluded."""

    top: int
    bottom: int
    left: int
    right: int


def active_boxes(
    cams: Float[np.ndarray, "K H W"], threshold: Number = 0.5, margin: Number = 0.25
) -> list[Surroundings]:
    """Surroundings of the connected parts where a class is active.

    Args:
        cams: 0..1.
        threshold: activation above which a class is active.
        margin: what is added on each side, as a share of the longer side of the part.

    Returns:
        For each class at most `PARTS`, those left out that are tiny, or as large as the picture.
    """
    from scipy import ndimage  # takes longer to import than NumPy, and few maps are zoomed

    height, width = cams.shape[1:]
    boxes = []
    for cam in cams:
        labelled: Any = ndimage.label(cam > threshold)
        sizes = np.bincount(labelled[0].ravel(), minlength=labelled[1] + 1)[1:]
        found = ndimage.find_objects(labelled[0])
        for part in np.argsort(-sizes, kind="stable")[:PARTS]:
            rows, columns = found[part]
            added = margin * max(rows.stop - rows.start, columns.stop - columns.start)
            box = Surroundings(
                max(0, int(rows.start - added)),
                min(height, int(rows.stop + added)),
                max(0, int(columns.start - added)),
                min(width, int(columns.stop + added)),
            )
            covered = (box.bottom - box.top) * (box.right - box.left)
            if sizes[part] >= LEAST * cam.size and covered < MOST * cam.size:
                boxes.append(box)
    return boxes


def zoomed_map(
    saliency: Callable[[UInt8[np.ndarray, "h w 3"]], Float[np.ndarray, "h w"]],
    image: UInt8[np.ndarray, "H W 3"],
    whole: Float[np.ndarray, "H W"],
    boxes: Sequence[Surroundings],
) -> Float[np.ndarray, "H W"]:
    """(S + max_b S_b) / 2 with S the map of the whole image and S_b that of each box, 0 outside it; S without boxes.

    Args:
        saliency: map of an image of any size, 0..1.
        image: RGB.
        whole: S.
        boxes: parts that are looked at again.

    Returns:
        float32 in 0..1.
    """
    if not boxes:
        return whole.astype(np.float32)
    parts = np.zeros(whole.shape, np.float32)
    for top, bottom, left, right in boxes:
        seen = parts[top:bottom, left:right]
        np.maximum(seen, saliency(np.ascontiguousarray(image[top:bottom, left:right])), out=seen)
    return (whole.astype(np.float32) + parts) / 2
