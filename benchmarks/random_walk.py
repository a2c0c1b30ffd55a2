"""The sparse random walk of seeds against the dense matrix squared eight times; pictures at half their size.

Three classes, radius 5, 2^8 steps, two threads. A picture of 375 x 500 has 94 x 125 places: `random_walk_full`.
"""

from functools import partial

import torch

from benchmarks.kit.cases import Case, Cases
from benchmarks.reference.random_walk import plain_walk
from seedmask.methods.random_walk import random_walk

THREADS = 2
CLASSES = 3


def cases(quick: bool) -> Cases:
    """One size."""
    height, width = (12, 16) if quick else (47, 62)
    return {f"{height} x {width} places": partial(walk_case, height, width, rounds=3, memory=0)}


def walk_case(height: int, width: int, rounds: int, at_least: float | None = None, memory: float | None = None) -> Case:
    """Both walks on one boundary map."""
    generator = torch.Generator().manual_seed(0)
    scores = torch.rand(CLASSES, height, width, generator=generator)
    boundary = torch.rand(height, width, generator=generator) ** 3
    return Case(
        ours=lambda: random_walk(scores, boundary),
        plain=lambda: plain_walk(scores, boundary),
        names=("sparse", "dense"),
        at_least=at_least,
        memory=memory,
        rounds=rounds,
        tolerance=1e-3,
    )
