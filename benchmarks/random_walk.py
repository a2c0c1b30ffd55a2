"""The sparse random walk against the dense matrix squared eight times, each in a process of its own, in one run.

Run: python benchmarks/random_walk.py [height width]   (the dense side of 94 x 125 takes minutes and 2 GB)
"""

import resource
import subprocess
import sys
import time

import torch

from seedmask.methods.random_walk import random_walk

CLASSES = 3
RADIUS, BETA, LOG2_STEPS = 5, 10, 8


def main(height: int, width: int) -> None:
    """Print seconds, memory, their ratios and the largest difference."""
    found = {}
    for side in ("nothing", "sparse", "dense"):
        command = [sys.executable, __file__, side, str(height), str(width)]
        line = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
        found[side] = [float(number) for number in line]
    base = found["nothing"][1]
    (sparse, sparse_memory, *values), (dense, dense_memory, *others) = found["sparse"], found["dense"]
    memory = (dense_memory - base) / max(sparse_memory - base, 1)
    largest = max(abs(a - b) for a, b in zip(values, others, strict=True))
    lines = [
        f"{height} x {width} places, {CLASSES} classes, radius {RADIUS}, 2^{LOG2_STEPS} steps",
        f"seconds: sparse {sparse:.2f}, dense {dense:.1f}, {dense / sparse:.0f} times as fast (wanted: at least 150)",
        f"memory beside Python and torch: sparse {sparse_memory - base:.0f} MB, dense {dense_memory - base:.0f} MB, "
        f"1/{memory:.0f} (wanted: at most 1/20)",
        f"largest difference at a hundred places: {largest:.1e}",
    ]
    sys.stdout.write("\n".join(lines) + "\n")


def one_side(side: str, height: int, width: int) -> None:
    """Print seconds, peak memory in MB and some values of one side."""
    generator = torch.Generator().manual_seed(0)
    scores = torch.rand(CLASSES, height, width, generator=generator)
    boundary = torch.rand(height, width, generator=generator) ** 3
    started = time.perf_counter()
    walk = {"nothing": lambda *_: scores, "sparse": random_walk, "dense": dense_walk}[side](scores, boundary)
    seconds = time.perf_counter() - started
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    values = walk.flatten()[:: max(1, walk.numel() // 100)].tolist()
    sys.stdout.write(" ".join(map(str, [seconds, memory, *values])) + "\n")


def dense_walk(scores: torch.Tensor, boundary: torch.Tensor) -> torch.Tensor:
    """The formula with the whole matrix, affinities filled in row by row of offsets."""
    height, width = boundary.shape
    places = torch.arange(height * width).view(height, width)
    matrix = torch.eye(height * width)
    for dy in range(RADIUS):
        for dx in range(1 - RADIUS, RADIUS):
            if (dy == 0 and dx <= 0) or dy * dy + dx * dx >= RADIUS * RADIUS:
                continue
            left, rows, columns = max(0, -dx), height - dy, width - abs(dx)
            strongest = torch.zeros(rows, columns)
            for y in range(dy + 1):
                for x in range(min(0, dx), max(0, dx) + 1):
                    if (dy * x - dx * y) ** 2 < dy * dy + dx * dx:
                        strongest = strongest.maximum(boundary[y : y + rows, left + x : left + x + columns])
            start = places[:rows, left : left + columns].flatten()
            end = places[dy:, left + dx : left + dx + columns].flatten()
            values = (1 - strongest).flatten() ** BETA
            matrix[start, end] = values
            matrix[end, start] = values
    matrix /= matrix.sum(dim=0)
    for _ in range(LOG2_STEPS):
        matrix = matrix @ matrix
    return ((scores * (1 - boundary)).flatten(1) @ matrix).view(scores.shape)


if __name__ == "__main__":
    if sys.argv[1:2] and not sys.argv[1].isdigit():
        one_side(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
    else:
        main(*(map(int, sys.argv[1:3]) if sys.argv[1:] else (94, 125)))
