"""Outlines of COCO's annotations as pixels."""

import math
from typing import Any

import numpy as np
from jaxtyping import Bool

from seedmask.errors import SeedmaskError
from seedmask.methods.coco_rle import decode_runs

SHORTEST = 6
"""Numbers of a triangle."""
FARTHEST = 1 << 20
"""Pixels that a corner may lie from the picture: pycocotools holds every step of an edge in memory."""


def outline_problem(segmentation: Any) -> str:
    """What keeps something from being an outline: polygons of three corners or more, or run lengths; else empty."""
    if isinstance(segmentation, dict):
        is_runs = isinstance(segmentation.get("counts"), str | list) and isinstance(segmentation.get("size"), list)
        return "" if is_runs else "has no `counts` and `size`"
    if not isinstance(segmentation, list) or not segmentation:
        return "is no list of polygons"
    for polygon in segmentation:
        if not isinstance(polygon, list) or len(polygon) < SHORTEST or len(polygon) % 2:
            return "holds something that is no polygon of three corners or more, x and y in turn"
        if not all(_is_side(side) for side in polygon):
            return f"holds a corner that is no number, or farther than {FARTHEST} pixels away"
    return ""


def outline_pixels(segmentation: Any, height: int, width: int) -> Bool[np.ndarray, "H W"]:
    """Pixels of an annotation as pycocotools draws them; `outline_problem` finds none of it.

    Args:
        segmentation: polygons, whose parts are joined, or run lengths as a list or a text.
        height: of the picture in pixels.
        width: of the picture in pixels.

    Raises:
        ValueError: run lengths are damaged, or of a picture of another size.
        SeedmaskError: pycocotools is not installed.
    """
    if isinstance(segmentation, dict):
        rows, columns = (segmentation["size"] + [None, None])[:2]
        if (rows, columns) != (height, width):
            raise ValueError(f"run lengths of {columns} x {rows} pixels, expected {width} x {height}")
        return decode_runs(segmentation["counts"], height, width)
    api = mask_api()
    joined = api.merge(api.frPyObjects(segmentation, height, width))
    return decode_runs(joined["counts"].decode(), height, width)


def mask_api() -> Any:
    """`pycocotools.mask`, whose stubs name types that it does not return.

    Raises:
        SeedmaskError: it is not installed.
    """
    try:
        from pycocotools import mask
    except ImportError as error:
        raise SeedmaskError(
            "masks of COCO need pycocotools, which is not installed; `pip install seedmask[coco]`"
        ) from error
    return mask


def _is_side(value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and math.isfinite(value) and abs(value) <= FARTHEST
