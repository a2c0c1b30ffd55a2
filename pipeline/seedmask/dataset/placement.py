"""Large pictures: which part of a picture a row of the index shows, and at which size.

A row is a whole picture as it is, a whole picture that is shrunk (`working_side`), or a tile of one (`tiles`). What is
made of a row has the row's size; what people and other programs have, truth masks and labels too, has the picture's.
Nothing here imports an array or image library: the workflow is planned with it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

Size = tuple[int, int]
"""Width and height in pixels."""
Box = tuple[int, int, int, int]
"""Left, top, right and bottom in pixels of a picture; right and bottom are outside."""
MARK = "@"
"""Between the id of a picture and the place of a tile of it."""


@dataclass(frozen=True, slots=True)
class Placement:
    """What a row shows of its picture.

    Args:
        picture: size of the picture, upright.
        box: the part that is shown.
        size: of the row; smaller than the box where the picture is shrunk.
        tiled: whether the row is one of several of its picture.
    """

    picture: Size
    box: Box
    size: Size
    tiled: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether the row shows the whole picture at its own size."""
        return self.size == self.picture

    @property
    def scale(self) -> tuple[float, float]:
        """Pixels of the row for a pixel of the picture, in width and height."""
        left, top, right, bottom = self.box
        return self.size[0] / (right - left), self.size[1] / (bottom - top)


def working_size(size: Size, side: int | None) -> Size:
    """Size at which a picture is read; its own where it is not above `side`.

    Args:
        size: of the picture.
        side: longest side in pixels; None for any.
    """
    longest = max(size)
    if side is None or longest <= side:
        return size
    return max(1, round(size[0] * side / longest)), max(1, round(size[1] * side / longest))


def tile_boxes(size: Size, side: int) -> Iterator[Box]:
    """Tiles of a picture, row by row: as few as possible with no side above `side`, and as equal as pixels allow.

    Args:
        size: of the picture.
        side: longest side of a tile in pixels.
    """
    columns, rows = (_cuts(length, side) for length in size)
    for top, bottom in pairwise(rows):
        for left, right in pairwise(columns):
            yield left, top, right, bottom


def placements(size: Size, working_side: int | None, tiles: int | None) -> list[Placement]:
    """What the rows of a picture show: one row, or its tiles in their order.

    Args:
        size: of the picture.
        working_side: longest side in pixels that it is shrunk to; None where it keeps its size.
        tiles: longest side in pixels of its tiles; None where it stays whole.
    """
    boxes = [(0, 0, *size)] if tiles is None else list(tile_boxes(size, tiles))
    if len(boxes) == 1:
        return [Placement(size, (0, 0, *size), working_size(size, working_side))]
    return [Placement(size, box, (box[2] - box[0], box[3] - box[1]), tiled=True) for box in boxes]


def _cuts(length: int, side: int) -> list[int]:
    count = -(-length // side)
    return [round(length * number / count) for number in range(count + 1)]


def tile_id(picture: str, box: Box) -> str:
    """Id of a tile, `scan@y01024x02048`: its upper left corner behind the picture's id, in the order of the tiles."""
    return f"{picture}{MARK}y{box[1]:05d}x{box[0]:05d}"
