"""Blocks: all pixels of some rectangles (Liang et al., tree energy loss, CVPR 2022, for Cityscapes and ADE20K)."""

import numpy as np
from jaxtyping import UInt8

from seedmask.methods.cams import Number
from seedmask.methods.weak_labels import UNLABELLED, VOID


def simulated_blocks(
    mask: UInt8[np.ndarray, "H W"], rng: np.random.Generator, *, share: Number = 0.1, side: int = 32
) -> UInt8[np.ndarray, "H W"]:
    """Truth in random cells of a grid, 254 elsewhere and where truth is 255.

    Cells are added until they cover the share; of the last one some rows are left out, so that the share is kept to a
    row.

    Args:
        mask: truth.
        rng: draws the cells.
        share: of the image's pixels that is covered.
        side: of a cell in pixels; cells on the lower and right edge are smaller.
    """
    height, width = mask.shape
    labels = np.full(mask.shape, UNLABELLED, np.uint8)
    left = round(share * mask.size)
    corners = [(top, start) for top in range(0, height, side) for start in range(0, width, side)]
    for number in rng.permutation(len(corners)):
        top, start = corners[number]
        cell = mask[top : top + side, start : start + side]
        rows = min(len(cell), -(-left // cell.shape[1]))
        if rows <= 0:
            break
        labels[top : top + rows, start : start + side] = cell[:rows]
        left -= rows * cell.shape[1]
    return np.where(labels == VOID, np.uint8(UNLABELLED), labels)
