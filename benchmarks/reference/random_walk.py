"""IRN's random walk with its whole matrix, squared as often as the walk doubles."""

import torch


def plain_walk(
    scores: torch.Tensor, boundary: torch.Tensor, radius: int = 5, beta: int = 10, log2_steps: int = 8
) -> torch.Tensor:
    """X (1 - b) T^(2^n), T filled in by offsets.

    Args:
        scores: X, (K, h, w).
        boundary: b, (h, w).
        radius: places at this distance or further are no neighbours.
        beta: of the affinities.
        log2_steps: n.
    """
    height, width = boundary.shape
    places = torch.arange(height * width).view(height, width)
    matrix = torch.eye(height * width)
    for dy in range(radius):
        for dx in range(1 - radius, radius):
            if (dy == 0 and dx <= 0) or dy * dy + dx * dx >= radius * radius:
                continue
            left, rows, columns = max(0, -dx), height - dy, width - abs(dx)
            strongest = torch.zeros(rows, columns)
            for y in range(dy + 1):
                for x in range(min(0, dx), max(0, dx) + 1):
                    if (dy * x - dx * y) ** 2 < dy * dy + dx * dx:
                        strongest = strongest.maximum(boundary[y : y + rows, left + x : left + x + columns])
            start = places[:rows, left : left + columns].flatten()
            end = places[dy:, left + dx : left + dx + columns].flatten()
            values = (1 - strongest).flatten() ** beta
            matrix[start, end] = values
            matrix[end, start] = values
    matrix /= matrix.sum(dim=0)
    for _ in range(log2_steps):
        matrix = matrix @ matrix
    return ((scores * (1 - boundary)).flatten(1) @ matrix).view(scores.shape)
