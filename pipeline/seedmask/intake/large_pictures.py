"""Whether large pictures are shrunk or cut, by the size of the things in them where masks show it."""

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np
from jaxtyping import UInt8
from scipy import ndimage

from seedmask.config.dataset import LONGEST_SIDE
from seedmask.dataset.placement import placements
from seedmask.intake.contents import Contents
from seedmask.intake.facts import Sizes
from seedmask.methods.weak_labels import VOID

TILE = 1024
SMALL = 0.03
"""Share of the picture's longer side below which things are small: 61 of 2,048 pixels, four steps of a network."""
LOOKED_AT = 12
"""Masks that are looked at; each of a large picture takes about a second."""


@dataclass(frozen=True)
class LargePictures:
    """What is done with pictures that are larger than networks are shown.

    Args:
        setting: `working_side` or `tiles`.
        side: its value in pixels.
        why: the reason, for people.
    """

    setting: str
    side: int
    why: str

    def sizes(self, sizes: Sizes) -> Sizes:
        """Sizes that the pictures are worked on at; of one in tiles, that of a tile."""
        sides = {"working_side": None, "tiles": None, self.setting: self.side}
        return Sizes({name: placements(size, **sides)[0].size for name, size in sizes.of.items()}, sizes.unusable)


def large_pictures(contents: Contents) -> LargePictures | None:
    """What is done with the large pictures of a folder; None where there are none.

    They are cut where masks are known and half of the things in them have a longer side of less than `SMALL` of that of
    the picture; else they are shrunk.
    """
    longest = contents.sizes.longest
    if longest <= LONGEST_SIDE:
        return None
    shares = [share for image in _large_with_mask(contents) for share in object_shares(contents.draw_mask(image))]
    found = f"pictures of up to {longest} pixels"
    if not shares:
        why = f"{found} are read at {LONGEST_SIDE} and exported at their size; write `tiles: {TILE}` instead where "
        return LargePictures("working_side", LONGEST_SIDE, why + f"things are smaller than {SMALL:.0%} of the side")
    share = median(shares)
    seen = f"things in the masks are {share:.1%} of the side"
    if share < SMALL:
        why = f"{found} are cut into tiles, because {seen} and would hardly be seen at {LONGEST_SIDE} pixels"
        return LargePictures("tiles", TILE, why)
    why = f"{found} are read at {LONGEST_SIDE} and exported at their size, because {seen}; `tiles: {TILE}` cuts instead"
    return LargePictures("working_side", LONGEST_SIDE, why)


def _large_with_mask(contents: Contents) -> list[str]:
    masks = {*(contents.masks.of if contents.masks else ()), *contents.drawings}
    images = sorted(image for image in masks if max(contents.sizes.of.get(image, (0, 0))) > LONGEST_SIDE)
    return images[:: max(1, len(images) // LOOKED_AT)][:LOOKED_AT]


def object_shares(mask: UInt8[np.ndarray, "H W"] | None) -> Iterator[float]:
    """Longer side of each connected part of a class, as a share of the longer side of the picture.

    Args:
        mask: 0 background, 255 ignored; every n-th pixel is looked at, such that 2,048 a side are left.
    """
    if mask is None:
        return
    step = max(1, max(mask.shape) // LONGEST_SIDE)
    small = mask[::step, ::step]
    for label in np.unique(small[(small > 0) & (small < VOID)]).tolist():
        parts: Any = ndimage.label(small == label)
        for box in ndimage.find_objects(parts[0]):
            yield max(side.stop - side.start for side in box) / max(small.shape)
