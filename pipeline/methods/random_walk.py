"""Seeds spread by a random walk that boundaries stop (IRN, Ahn et al., CVPR 2019), and SFC's two walks (AAAI 2024).

Two pixels at a distance below the radius are as close as the straight path between them is free of boundaries. The
walk's matrix is sparse and is applied 2^n times; the authors square the dense one n times, which is the same.
"""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float, Integer, UInt8
from torch.nn.functional import interpolate

from pipeline.methods.cams import Number

STRIDE = 4
"""Pixels of a picture to one of its boundary map."""


def random_walk(
    scores: Float[torch.Tensor, "K h w"],
    boundary: Float[torch.Tensor, "h w"],
    *,
    beta: Number = 10,
    log2_steps: int = 8,
    radius: int = 5,
) -> Float[torch.Tensor, "K h w"]:
    """X (1 - b) T^(2^n), with T_ij = a_ij^β / Σ_i a_ij^β and a_ij = 1 - max of b on the path from i to j.

    Args:
        scores: x, not negative.
        boundary: b, in 0..1.
        beta: β; larger stops the walk at weaker boundaries.
        log2_steps: n.
        radius: pixels at this distance or further are no neighbours.
    """
    b = boundary.double()  # 256 rounded sums in single precision are off by 1e-4
    links = _links(b, radius, beta)
    total = _applied(torch.ones_like(b)[None], links)
    at = scores * (1 - b)
    for _ in range(2**log2_steps):
        at = _applied(at, links) / total
    return at.to(scores.dtype)


def walk_labels(
    weight_maps: Float[np.ndarray, "K H W"],
    proto_maps: Float[np.ndarray, "K H W"],
    boundary: Float[np.ndarray, "h w"],
    keys: Sequence[int] | Integer[np.ndarray, " K"],
    *,
    proto_factor: Number = 0.3,
    power: Number = 1.3,
    background: Number = 0.25,
    beta: Number = 10,
    log2_steps: int = 8,
    radius: int = 5,
) -> UInt8[np.ndarray, "H W"]:
    """Labels after SFC's two walks: of the classes against a constant background, and of all rows together.

    With T = T_W + proto_factor T_P on the boundary's grid: r1 is the walk of the classes' T^power, r2 that of all rows'
    T^(2 power), each over its largest value; the label is the row where (background, r1) + r2 is largest.

    Args:
        weight_maps: T_W, background first, as `fuse_scales` gives it.
        proto_maps: T_P.
        boundary: b, in 0..1, a place for every 4 x 4 pixels.
        keys: label of each row, 0 first.
        proto_factor: share of the prototypes' maps.
        power: sharpens the maps before each walk.
        background: score of the background beside the first walk.
        beta: see `random_walk`.
        log2_steps: see `random_walk`.
        radius: see `random_walk`.
    """
    labels, height, width = np.asarray(keys, np.uint8), *weight_maps.shape[1:]
    if len(labels) == 1:
        return np.full((height, width), labels[0], np.uint8)
    b = torch.as_tensor(boundary)
    total = torch.as_tensor(weight_maps + proto_factor * proto_maps, dtype=b.dtype)
    small = interpolate(total[None], b.shape, mode="bilinear", align_corners=False)[0] ** power

    def walked(rows: torch.Tensor) -> torch.Tensor:
        maps = random_walk(rows, b, beta=beta, log2_steps=log2_steps, radius=radius)
        large = interpolate(maps[None], scale_factor=STRIDE, mode="bilinear", align_corners=False)[0]
        large = large[:, :height, :width]
        return large / large.max()

    constant = torch.full((1, height, width), background, dtype=b.dtype)
    score = torch.cat([constant, walked(small[1:])]) + walked(small**power)
    return labels[score.argmax(dim=0).numpy()]


Region = tuple[slice, slice]


def _links(boundary: torch.Tensor, radius: int, beta: Number) -> list[tuple[Region, Region, torch.Tensor]]:
    """a_ij^β of all neighbours by offset: the places i, the places j at the offset from them, and the values."""
    height, width = boundary.shape
    links = []
    for dy, dx in _offsets(radius):
        rows, columns, left = height - dy, width - abs(dx), max(0, -dx)
        if rows > 0 and columns > 0:

            def at(y: int, x: int, rows: int = rows, columns: int = columns, left: int = left) -> Region:
                return slice(y, y + rows), slice(left + x, left + x + columns)

            strongest = torch.stack([boundary[at(y, x)] for y, x in _path(dy, dx)]).amax(dim=0)
            links.append((at(0, 0), at(dy, dx), (1 - strongest) ** beta))
    return links


def _applied(maps: torch.Tensor, links: list[tuple[Region, Region, torch.Tensor]]) -> torch.Tensor:
    """Maps times the symmetric matrix of the links, with 1 on its diagonal."""
    result = maps.clone()
    for (y, x), (y2, x2), values in links:
        result[:, y, x].addcmul_(maps[:, y2, x2], values)
        result[:, y2, x2].addcmul_(maps[:, y, x], values)
    return result


def _offsets(radius: int) -> list[tuple[int, int]]:
    """One of each pair of opposite offsets (dy, dx) nearer than the radius."""
    near = [(y, x) for y in range(radius) for x in range(1 - radius, radius) if y * y + x * x < radius * radius]
    return [(y, x) for y, x in near if y > 0 or x > 0]


def _path(dy: int, dx: int) -> list[tuple[int, int]]:
    """Places nearer than 1 to the straight line from (0, 0) to an offset, between its ends."""
    box = [(y, x) for y in range(dy + 1) for x in (range(dx + 1) if dx >= 0 else range(dx, 1))]
    return [(y, x) for y, x in box if (dy * x - dx * y) ** 2 < dy * dy + dx * dx]
