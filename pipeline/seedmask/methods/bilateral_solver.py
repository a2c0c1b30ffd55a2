"""Fast bilateral solver: scores that are smooth where the image is, and close to the given ones where those are sure.

Barron and Poole, "The Fast Bilateral Solver", ECCV 2016, sections 2 and 3. It solves one linear system over the
occupied cells of a grid in position and colour, so time grows with those cells; pure torch, on any device.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Float64, Int64, UInt8

from seedmask.methods.cams import Classes, Number, check_cams
from seedmask.methods.threshold import BackgroundKind, BackgroundScore, score_probabilities, winning_labels

NORMALISATIONS = 10
"""Rounds of the bistochastisation, as in the paper's algorithm 1."""
LEAST_DIAGONAL = 1e-5
"""Of the system, where no pixel of a cell is sure of anything."""
LUMA_AND_CHROMA = ((0.299, 0.587, 0.114), (-0.168736, -0.331264, 0.5), (0.5, -0.418688, -0.081312))
"""Rows of Y, U and V (Rec. 601) of red, green and blue."""


class Grid(NamedTuple):
    """Occupied cells of an image."""

    cell: Int64[torch.Tensor, " N"]
    """Cell of each pixel, row by row."""
    neighbours: Int64[torch.Tensor, "V B"]
    """Cells beside each of V cells, two in each of five dimensions; V where there is none."""


def bilateral_solver(
    image: UInt8[np.ndarray, "H W 3"],
    targets: Float[np.ndarray, "K H W"],
    confidence: Float[np.ndarray, "H W"],
    *,
    spatial: Number = 24,
    luma: Number = 4,
    chroma: Number = 4,
    smoothness: Number = 128,
    iterations: int = 25,
    device: torch.device | str = "cpu",
) -> Float[np.ndarray, "K H W"]:
    """The scores x that minimise λ/2 Σ_ij Ŵ_ij (x_i - x_j)² + Σ_i c_i (x_i - t_i)².

    Ŵ is the bistochastic affinity of pixels in position and colour, S their sums in cells, B̄ the blur [1 2 1] along
    each of the five dimensions, and n such that n B̄ n = m = S 1. In cells the system is, by conjugate gradients,
    (λ (D_m - D_n B̄ D_n) + diag(S c)) y = S (c t), and x = Sᵀ y.

    Args:
        image: RGB.
        targets: t, a plane for each label.
        confidence: c, not negative.
        spatial: side of a cell in pixels.
        luma: side of a cell in grey levels of brightness.
        chroma: side of a cell in grey levels of colour.
        smoothness: λ.
        iterations: rounds of conjugate gradients at most.
        device: where to compute.

    Returns:
        float32. Planes that sum to one keep doing so.
    """
    grid = occupied_cells(image, spatial, luma, chroma, device)
    sure = torch.from_numpy(confidence.reshape(-1, 1)).to(device, torch.float64)
    planes = torch.from_numpy(targets.reshape(len(targets), -1).T.copy()).to(device, torch.float64)
    n, m = _bistochastic(grid)
    weight, wanted = _splat(sure, grid), _splat(sure * planes, grid)

    def system(y: torch.Tensor) -> torch.Tensor:
        return smoothness * (m * y - n * _blur(n * y, grid)) + weight * y

    own = grid.neighbours.shape[1]  # the diagonal of B̄: 2 for each dimension
    diagonal = (smoothness * (m - own * n * n) + weight).clamp(min=LEAST_DIAGONAL)
    start = wanted / weight.clamp(min=LEAST_DIAGONAL)
    solved = _conjugate_gradients(system, wanted, start, diagonal, iterations)
    return solved[grid.cell].T.reshape(targets.shape).float().cpu().numpy()


def bilateral_solver_mask(
    image: UInt8[np.ndarray, "H W 3"],
    cams: Float[np.ndarray, "K H W"],
    classes: Classes,
    *,
    background: BackgroundScore,
    kind: BackgroundKind = "constant",
    spatial: Number = 24,
    luma: Number = 4,
    chroma: Number = 4,
    smoothness: Number = 128,
    iterations: int = 25,
    device: torch.device | str = "cpu",
) -> UInt8[np.ndarray, "H W"]:
    """Pseudo-mask: solved scores of background, where there is one, and the present classes; the largest wins.

    t is the share of each label in a pixel's scores. c, ours, is the lead of the strongest score over the second.

    Args:
        image: RGB.
        cams: in 0..1.
        classes: 0-based class of each map; the mask's label is class + 1.
        background: constant score, exponent, or plane; see `score_probabilities`.
        kind: how `background` is meant.
        spatial: see `bilateral_solver`, as for the rest.
        luma: cells of brightness.
        chroma: cells of colour.
        smoothness: λ.
        iterations: at most.
        device: where to compute.

    Raises:
        ValueError: see `check_cams`.
    """
    check_cams(cams, classes, image.shape[:2])
    scores = score_probabilities(cams, background, kind)
    if len(scores) < 2:
        return winning_labels(scores, classes)
    shares = scores / np.maximum(scores.sum(0), np.finfo(np.float32).tiny)
    second, first = np.partition(scores, -2, axis=0)[-2:]
    how = {"spatial": spatial, "luma": luma, "chroma": chroma, "smoothness": smoothness, "iterations": iterations}
    return winning_labels(bilateral_solver(image, shares, first - second, **how, device=device), classes)


def occupied_cells(
    image: UInt8[np.ndarray, "H W 3"], spatial: Number, luma: Number, chroma: Number, device: torch.device | str
) -> Grid:
    """Cells of the grid that hold a pixel, and which of them lie side by side.

    Args:
        image: RGB.
        spatial: side of a cell in pixels.
        luma: side of a cell in grey levels of brightness.
        chroma: side of a cell in grey levels of colour.
        device: where the grid is.
    """
    height, width = image.shape[:2]
    colours = torch.from_numpy(image.reshape(-1, 3).copy()).to(device, torch.float64)
    yuv = colours @ colours.new_tensor(LUMA_AND_CHROMA).T
    y, x = (one.reshape(-1).to(yuv) for one in torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij"))
    sides = yuv.new_tensor([spatial, spatial, luma, chroma, chroma])
    places = (torch.stack([y, x, *yuv.T], 1) / sides).round().long()
    places = places - places.amin(0) + 1  # a free cell on each side: no neighbour lies in the next row
    sizes = (places.amax(0) + 2).tolist()
    strides = torch.tensor([int(np.prod(sizes[number + 1 :])) for number in range(5)], device=device)
    keys, cell = torch.unique((places * strides).sum(1), return_inverse=True)
    beside = keys[:, None] + torch.cat([strides, -strides])
    found = torch.searchsorted(keys, beside).clamp(max=len(keys) - 1)
    return Grid(cell, torch.where(keys[found] == beside, found, len(keys)))


def _splat(values: Float64[torch.Tensor, "N K"], grid: Grid) -> Float64[torch.Tensor, "V K"]:
    """S: sums over the pixels of each cell."""
    return values.new_zeros(len(grid.neighbours), values.shape[1]).index_add_(0, grid.cell, values)


def _blur(values: Float64[torch.Tensor, "V K"], grid: Grid) -> Float64[torch.Tensor, "V K"]:
    """B̄: [1 2 1] along each dimension, summed over them."""
    padded = torch.cat([values, values.new_zeros(1, values.shape[1])])
    blurred = values * grid.neighbours.shape[1]
    for number in range(grid.neighbours.shape[1]):
        blurred += padded[grid.neighbours[:, number]]
    return blurred


def _bistochastic(grid: Grid) -> tuple[Float64[torch.Tensor, "V 1"], Float64[torch.Tensor, "V 1"]]:
    """The scales n and m = n B̄ n, which is nearly the number of pixels of each cell."""
    count = _splat(torch.ones(len(grid.cell), 1, dtype=torch.float64, device=grid.cell.device), grid)
    n = torch.ones_like(count)
    for _ in range(NORMALISATIONS):
        n = (n * count / _blur(n, grid)).sqrt()
    return n, n * _blur(n, grid)


def _conjugate_gradients(
    system: Callable[[torch.Tensor], torch.Tensor],
    wanted: Float64[torch.Tensor, "V K"],
    start: Float64[torch.Tensor, "V K"],
    diagonal: Float64[torch.Tensor, "V 1"],
    iterations: int,
) -> Float64[torch.Tensor, "V K"]:
    """The solution of each column, preconditioned by the diagonal."""
    solved, residual = start, wanted - system(start)
    direction = improved = residual / diagonal
    size = (residual * improved).sum(0)
    for _ in range(iterations):
        if not (size > 0).any():
            break
        changed = system(direction)
        step = size / (direction * changed).sum(0).clamp(min=torch.finfo(torch.float64).tiny)
        solved, residual = solved + step * direction, residual - step * changed
        improved = residual / diagonal
        previous, size = size, (residual * improved).sum(0)
        direction = improved + size / previous.clamp(min=torch.finfo(torch.float64).tiny) * direction
    return solved
