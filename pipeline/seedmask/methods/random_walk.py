"""Seeds spread by a random walk that boundaries stop (IRN, Ahn et al., CVPR 2019), and SFC's two walks (AAAI 2024).

Two pixels at a distance below the radius are as close as the straight path between them is free of boundaries. The
walk's matrix is sparse and is applied 2^n times; the authors square the dense one n times, which is the same.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import torch
from jaxtyping import Float, Integer, UInt8
from torch.nn.functional import interpolate

from seedmask.methods.cams import IGNORE, Classes, Number, check_cams
from seedmask.methods.neighbours import Region, near_pairs, strongest_between
from seedmask.methods.threshold import winning_labels

STRIDE = 4
"""Pixels of an image to one of its boundary map."""


@dataclass(frozen=True)
class WalkSettings:
    """How far a walk leads; see `random_walk`."""

    beta: Number = 10
    log2_steps: int = 8
    radius: int = 5


IRN_WALK = WalkSettings()
"""IRN's, and SFC's."""


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


def single_walk_mask(
    cams: Float[np.ndarray, "K H W"],
    boundary: Float[np.ndarray, "h w"],
    classes: Classes,
    *,
    power: Number = 1,
    background: Number | None = 0.25,
    settings: WalkSettings = IRN_WALK,
) -> UInt8[np.ndarray, "H W"]:
    """Mask after IRN's one walk: of the classes' M^power, over its largest value, against a constant background.

    Args:
        cams: M, in 0..1.
        boundary: b, in 0..1, a position for every 4 x 4 pixels.
        classes: 0-based class of each map; the mask's label is class + 1.
        power: sharpens the maps before the walk.
        background: score of the background after it; None without a background class.
        settings: of the walk.

    Raises:
        ValueError: see `check_cams`.
    """
    check_cams(cams, classes)
    if len(cams) == 0:
        return np.full(cams.shape[1:], IGNORE if background is None else 0, np.uint8)
    walk = _Walk(boundary, cams.shape[1:], settings)
    score = walk.among(walk.small(cams) ** power, background)
    return winning_labels(score.numpy(), classes)


def double_walk_mask(
    scores: Float[np.ndarray, "K1 H W"],
    boundary: Float[np.ndarray, "h w"],
    classes: Classes,
    *,
    power: Number = 1.3,
    background: Number | None = 0.25,
    settings: WalkSettings = IRN_WALK,
) -> UInt8[np.ndarray, "H W"]:
    """Mask after SFC's two walks: of the classes against a constant background, and of all rows together.

    With T the scores on the boundary's grid: r1 is the walk of the classes' T^power, r2 that of all rows' T^(2 power),
    each over its largest value; the label is the row where (background, r1) + r2 is largest. A common factor of the
    scores changes nothing.

    Args:
        scores: T, background first, then the classes; not negative. Without a background class the classes alone.
        boundary: b, in 0..1, a position for every 4 x 4 pixels.
        classes: 0-based class of each row but that of the background.
        power: sharpens the scores before each walk.
        background: score of the background beside the first walk; None without a background class.
        settings: of the walk.

    Raises:
        ValueError: see `check_cams`.
    """
    first = 0 if background is None else 1
    check_cams(scores[first:], classes)
    if len(scores) == first:
        return np.full(scores.shape[1:], IGNORE if background is None else 0, np.uint8)
    walk = _Walk(boundary, scores.shape[1:], settings)
    small = walk.small(scores) ** power
    score = walk.among(small[first:], background) + walk.walked(small**power)
    return winning_labels(score.numpy(), classes)


def walk_labels(
    weight_maps: Float[np.ndarray, "K H W"],
    proto_maps: Float[np.ndarray, "K H W"],
    boundary: Float[np.ndarray, "h w"],
    keys: Sequence[int] | Integer[np.ndarray, " K"],
    *,
    proto_factor: Number = 0.3,
    power: Number = 1.3,
    background: Number = 0.25,
) -> UInt8[np.ndarray, "H W"]:
    """`double_walk_mask` of T = T_W + proto_factor T_P.

    Args:
        weight_maps: T_W, background first, as `fuse_scales` gives it.
        proto_maps: T_P.
        boundary: see `double_walk_mask`.
        keys: label of each row, 0 first.
        proto_factor: share of the prototypes' maps.
        power: see `double_walk_mask`.
        background: see `double_walk_mask`.
    """
    scores = weight_maps + proto_factor * proto_maps
    classes = [int(key) - 1 for key in keys[1:]]
    return double_walk_mask(scores, boundary, classes, power=power, background=background)


class _Walk:
    """Walks between an image and its boundary's grid.

    Args:
        boundary: b.
        size: (H, W) of the image.
        settings: of the walk.
    """

    def __init__(self, boundary: np.ndarray, size: tuple[int, ...], settings: WalkSettings):
        self._boundary, self._size, self._settings = torch.tensor(boundary), tuple(size), settings

    def small(self, scores: np.ndarray) -> torch.Tensor:
        """Scores on the grid."""
        rows = torch.tensor(scores, dtype=self._boundary.dtype)[None]
        return interpolate(rows, self._boundary.shape, mode="bilinear", align_corners=False)[0]

    def walked(self, rows: torch.Tensor) -> torch.Tensor:
        """The walk of some rows at the image's size, over its largest value; rows of zeros stay zeros."""
        maps = random_walk(rows, self._boundary, **asdict(self._settings))
        large = interpolate(maps[None], scale_factor=STRIDE, mode="bilinear", align_corners=False)[0]
        large = large[:, : self._size[0], : self._size[1]]
        return large / large.max().clamp_min(torch.finfo(large.dtype).tiny)

    def among(self, classes: torch.Tensor, background: Number | None) -> torch.Tensor:
        """The walk of the classes, below a constant background where there is one."""
        if background is None:
            return self.walked(classes)
        return torch.cat([torch.full((1, *self._size), background, dtype=classes.dtype), self.walked(classes)])


def _links(boundary: torch.Tensor, radius: int, beta: Number) -> list[tuple[Region, Region, torch.Tensor]]:
    """a_ij^β of all neighbours by offset: the positions i, the positions j at the offset from them, and the values."""
    return [
        (pairs.here, pairs.there, (1 - strongest_between(boundary, pairs)) ** beta)
        for pairs in near_pairs(boundary.shape[0], boundary.shape[1], radius)
    ]


def _applied(maps: torch.Tensor, links: list[tuple[Region, Region, torch.Tensor]]) -> torch.Tensor:
    """Maps times the symmetric matrix of the links, with 1 on its diagonal."""
    result = maps.clone()
    for (y, x), (y2, x2), values in links:
        result[:, y, x].addcmul_(maps[:, y2, x2], values)
        result[:, y2, x2].addcmul_(maps[:, y, x], values)
    return result
