"""Tiles of an image at several zooms, and the tags that hold on a tile (PMM, Li et al., ICCV 2021).

What the authors call the stride is the width of a tile: only the last tile of a row or column is as large as the
crop, and only it overlaps its neighbour.
"""

from collections.abc import Sequence
from math import ceil

import numpy as np
from jaxtyping import Bool, Integer, Shaped

from seedmask.methods.batches import Scales, Tags, as_array
from seedmask.methods.cams import Number

Side = int | np.integer
Box = tuple[int, int, int, int]
"""x1, y1, x2, y2 in pixels of the image; the right and lower bounds are exclusive."""

ENOUGH = 0.1
"""Share of a class that must lie in a tile, or of a tile that must be of the class, for its tag to hold there."""


def tile_grid(width: Side, height: Side, scale: Number, *, size: int = 448, tile: int = 300) -> list[Box]:
    """Boxes that tile an image enlarged by `scale`, in pixels of the image itself; column by column.

    Bounds are truncated as the authors do, so that the last row or column of pixels can be missed; scale 1 covers
    the image.

    Args:
        width: of the image in pixels.
        height: of the image in pixels.
        scale: the enlargement.
        size: side of the last tile in enlarged pixels; an image no larger is one tile.
        tile: side of the other tiles in enlarged pixels.
    """
    columns, rows = (_spans(int(length), scale, size, tile) for length in (width, height))
    return [(x1, y1, x2, y2) for x1, x2 in columns for y1, y2 in rows]


def tile_labels(
    confident: Bool[np.ndarray, "K H W"], box: Sequence[int] | Integer[np.ndarray, " 4"], labels: Tags
) -> Shaped[np.ndarray, " C"]:
    """Tags that hold on a tile: those of classes with enough confident pixels in it.

    Class c stays where more than a tenth of its confident pixels lie in the tile, or more than a tenth of the
    tile is confident.

    Args:
        confident: pixels of the image that surely belong to each class in it, in the order of the classes; or
            a plane for every class.
        box: x1, y1, x2, y2.
        labels: of the whole image.

    Returns:
        As `labels`, with 0 for classes not in the tile.

    Raises:
        ValueError: neither a plane for each present class nor for every class.
    """
    labels = as_array(labels)
    present = np.flatnonzero(labels)
    if len(confident) == len(labels):
        confident = confident[present]
    if len(confident) != len(present):
        raise ValueError(f"{len(confident)} planes for {len(present)} present classes; expected one for each")
    x1, y1, x2, y2 = (int(bound) for bound in box)
    everywhere = confident.sum(axis=(1, 2))
    inside = confident[:, y1:y2, x1:x2].sum(axis=(1, 2))
    area = (x2 - x1) * (y2 - y1)
    holds = (inside / np.maximum(everywhere, 1) > ENOUGH) | (inside / area > ENOUGH)
    result = np.zeros_like(labels)
    result[present[holds]] = 1
    return result


def draw_tile(
    confident: Bool[np.ndarray, "K H W"],
    labels: Tags,
    scales: Scales,
    generator: np.random.Generator,
    *,
    size: int = 448,
    tile: int = 300,
) -> tuple[Box, Shaped[np.ndarray, " C"]]:
    """Random tile to train on, and its tags: any scale, then tiles of it until one has a tag.

    After as many draws as the scale has tiles the last one is taken, tags or not.

    Args:
        confident: see `tile_labels`.
        labels: see `tile_labels`.
        scales: enlargements, equally likely.
        generator: source of the draws.
        size: see `tile_grid`.
        tile: see `tile_grid`.
    """
    height, width = confident.shape[1:]
    boxes = tile_grid(width, height, scales[int(generator.integers(len(scales)))], size=size, tile=tile)
    for number in generator.integers(len(boxes), size=len(boxes)):
        drawn = boxes[number], tile_labels(confident, boxes[number], labels)
        if drawn[1].any():
            break
    return drawn


def _spans(length: int, scale: Number, size: int, tile: int) -> list[tuple[int, int]]:
    enlarged = max(1, int(length * scale))
    before = [(i * tile, min(enlarged, (i + 1) * tile)) for i in range(ceil(max(0, enlarged - size) / tile))]
    bounds = [*before, (max(0, enlarged - size), enlarged)]
    cut = [(int(first / scale), min(length, int(last / scale))) for first, last in bounds]
    return [(first, max(first + 1, last)) for first, last in cut]  # of an image one pixel wide nothing would be left
