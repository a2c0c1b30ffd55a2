"""Pairs of near positions on a grid and the straight paths between them (IRN, Ahn et al., CVPR 2019)."""

from dataclasses import dataclass

import torch
from jaxtyping import Float

Region = tuple[slice, slice]


@dataclass(frozen=True)
class Pairs:
    """All pairs of positions of a grid at one offset.

    Args:
        offset: (dy, dx) from the one position to the other.
        here: rows and columns of the one positions.
        there: those of the others.
        path: rows and columns of each step of the paths between them, ends included.
    """

    offset: tuple[int, int]
    here: Region
    there: Region
    path: tuple[Region, ...]


def near_pairs(height: int, width: int, radius: int) -> list[Pairs]:
    """Every pair of positions of a grid nearer than the radius once, by offset."""
    pairs: list[Pairs] = []
    for dy, dx in _offsets(radius):
        rows, columns, left = height - dy, width - abs(dx), max(0, -dx)
        if rows > 0 and columns > 0:

            def at(y: int, x: int, rows: int = rows, columns: int = columns, left: int = left) -> Region:
                return slice(y, y + rows), slice(left + x, left + x + columns)

            pairs.append(Pairs((dy, dx), at(0, 0), at(dy, dx), tuple(at(y, x) for y, x in _path(dy, dx))))
    return pairs


def strongest_between(boundary: Float[torch.Tensor, "*N h w"], pairs: Pairs) -> Float[torch.Tensor, "*N h2 w2"]:
    """Largest value on the path of each pair."""
    return torch.stack([boundary[..., y, x] for y, x in pairs.path]).amax(dim=0)


def _offsets(radius: int) -> list[tuple[int, int]]:
    """One of each pair of opposite offsets (dy, dx) nearer than the radius."""
    near = [(y, x) for y in range(radius) for x in range(1 - radius, radius) if y * y + x * x < radius * radius]
    return [(y, x) for y, x in near if y > 0 or x > 0]


def _path(dy: int, dx: int) -> list[tuple[int, int]]:
    """Places nearer than 1 to the straight line from (0, 0) to an offset, between its ends."""
    box = [(y, x) for y in range(dy + 1) for x in (range(dx + 1) if dx >= 0 else range(dx, 1))]
    return [(y, x) for y, x in box if (dy * x - dx * y) ** 2 < dy * dy + dx * dx]
