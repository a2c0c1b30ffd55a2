"""Masks of classes from COCO's objects, which overlap: three recipes that decide which object a pixel belongs to.

The recipe moves scores, so every comparison names it:

- `smallest_on_top`: smaller objects lie above larger ones. Where only a crowd lies, or the box of an object without an
  outline, a pixel is ignored: the class is somewhere there, and nobody has drawn where.
- `recam`: later annotations lie above earlier ones; crowds are left out and become background
  (zhaozhengChen/ReCAM, `mscoco/annToMask.py`).
- `coco2voc`: smaller objects lie above larger ones, and crowds are objects like the others
  (alicranck/coco2voc, `coco2voc_aux.py`, with crowds as its `coco2voc.py` asks for them).

Sizes are the annotations' `area`; of equal ones the earlier lies above, as a stable sort has it. The two published
recipes draw nothing for an object without an outline.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, UInt8

from seedmask.methods.weak_labels import VOID


class CocoObject(NamedTuple):
    """One annotation of an image."""

    pixels: Bool[np.ndarray, "H W"]
    """Its outline, or its box where it has none."""
    label: int
    """c + 1 for class c."""
    area: float
    """Size in pixels as it is annotated, which need not be the number of `pixels`."""
    crowd: bool
    outlined: bool = True
    """Whether it has an outline."""


def smallest_on_top(objects: Sequence[CocoObject], height: int, width: int) -> UInt8[np.ndarray, "H W"]:
    """Mask of an image: 0 background, c + 1 class c, 255 ignored."""
    mask = np.zeros((height, width), np.uint8)
    for one in objects:
        if one.crowd or not one.outlined:
            mask[one.pixels] = VOID
    return _paint(mask, _largest_first(one for one in objects if not one.crowd))


def recam(objects: Sequence[CocoObject], height: int, width: int) -> UInt8[np.ndarray, "H W"]:
    """Mask of an image: 0 background, c + 1 class c."""
    return _paint(np.zeros((height, width), np.uint8), (one for one in objects if not one.crowd))


def coco2voc(objects: Sequence[CocoObject], height: int, width: int) -> UInt8[np.ndarray, "H W"]:
    """Mask of an image: 0 background, c + 1 class c."""
    return _paint(np.zeros((height, width), np.uint8), _largest_first(objects))


RECIPES: Mapping[str, Callable[[Sequence[CocoObject], int, int], UInt8[np.ndarray, "H W"]]] = {
    "smallest_on_top": smallest_on_top,
    "recam": recam,
    "coco2voc": coco2voc,
}
"""Every recipe by its name: objects in the order of the file, height and width of the image in pixels."""


def _largest_first(objects: Iterable[CocoObject]) -> list[CocoObject]:
    return sorted(objects, key=lambda one: one.area)[::-1]


def _paint(mask: UInt8[np.ndarray, "H W"], objects: Iterable[CocoObject]) -> UInt8[np.ndarray, "H W"]:
    for one in objects:
        if one.outlined:
            mask[one.pixels] = one.label
    return mask
