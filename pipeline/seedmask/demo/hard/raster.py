"""Which pixels a polygon covers, and how much of each."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float
from PIL import Image

from seedmask.demo.hard.outlines import Points

SAMPLES = 4
"""Of every pixel along each axis, by which its coverage is counted."""


@dataclass(frozen=True)
class PixelBox:
    """Part of a picture, right and bottom excluded."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def empty(self) -> bool:
        """Whether it has no pixel."""
        return self.right <= self.left or self.bottom <= self.top

    def slices(self, samples: int = 1) -> tuple[slice, slice]:
        """Rows and columns, of an array with this many samples to a pixel."""
        rows = slice(self.top * samples, self.bottom * samples)
        return rows, slice(self.left * samples, self.right * samples)

    def within(self, size: tuple[int, int]) -> "PixelBox":
        """The part that lies in a picture of this width and height."""
        return PixelBox(max(self.left, 0), max(self.top, 0), min(self.right, size[0]), min(self.bottom, size[1]))

    def middles(self) -> tuple[Float[np.ndarray, "h w"], Float[np.ndarray, "h w"]]:
        """Columns and rows of the middles of its pixels."""
        y, x = np.indices((self.bottom - self.top, self.right - self.left), np.float32)
        return x + (self.left + 0.5), y + (self.top + 0.5)


def box_around(points: Points) -> PixelBox:
    """Pixels around a polygon."""
    left, top = np.floor(points.min(axis=0)).astype(int).tolist()
    right, bottom = np.floor(points.max(axis=0)).astype(int).tolist()
    return PixelBox(left, top, right + 1, bottom + 1)


def rastered(polygons: Sequence[Points], box: PixelBox, samples: int = 1) -> Bool[np.ndarray, "h w"]:
    """Whether the union of polygons holds the middle of each of `samples` by `samples` squares of every pixel.

    Pillow's own polygons hold all squares that their lines touch, half a square too much on every side.
    """
    rows, columns = (box.bottom - box.top) * samples, (box.right - box.left) * samples
    starts = np.concatenate(polygons)
    ends = np.concatenate([np.concatenate([points[1:], points[:1]]) for points in polygons])
    # Polygons that go round the same way add up to a union, those that do not would cut holes into each other.
    ways = np.repeat([_way_round(points) for points in polygons], [len(points) for points in polygons])
    (x, y), (dx, dy) = ((starts - (box.left, box.top)) * samples).T, ((ends - starts) * samples).T
    first = np.clip(np.ceil(np.minimum(y, y + dy) - 0.5), 0, rows).astype(np.int64)
    counts = np.clip(np.ceil(np.maximum(y, y + dy) - 0.5), 0, rows).astype(np.int64) - first
    edge = np.repeat(np.arange(len(starts)), counts)
    row = np.arange(len(edge)) - np.repeat(np.cumsum(counts) - counts - first, counts)
    crossing = x[edge] + (row + 0.5 - y[edge]) * (dx[edge] / dy[edge])
    column = np.clip(np.ceil(crossing - 0.5), 0, columns).astype(np.int64)
    windings = np.zeros((rows, columns + 1), np.int8)
    np.add.at(windings, (row, column), np.where(dy > 0, ways, -ways).astype(np.int8)[edge])
    return np.cumsum(windings, axis=1, dtype=np.int8)[:, :columns] != 0


def _way_round(points: Points) -> int:
    """1 or -1, by the sign of a polygon's area."""
    x, y = points.T
    return 1 if float(x[:-1] @ y[1:] - y[:-1] @ x[1:] + x[-1] * y[0] - y[-1] * x[0]) >= 0 else -1


def covered(samples: Bool[np.ndarray, "hs ws"]) -> Float[np.ndarray, "h w"]:
    """Share of every pixel that is covered, 0..1, from its `SAMPLES` by `SAMPLES` samples."""
    # 240 is the largest byte that 16 samples divide without a rest.
    means = Image.fromarray(samples.view(np.uint8) * np.uint8(240)).reduce(SAMPLES)
    return np.asarray(means, np.float32) / 240
