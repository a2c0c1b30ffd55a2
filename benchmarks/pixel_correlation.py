"""SEAM's pixel correlation for seeds of a large view, against the whole matrix of likeness.

20 classes and background, 192 features, one picture without gradients, one thread. Both sides multiply the same
numbers; ours holds the likeness of 4,096 places to all at a time.
"""

from functools import partial

import torch

from benchmarks.kit.cases import Case, Cases
from benchmarks.reference.seam import plain_correlation
from seedmask.methods.seam import pixel_correlation

CLASSES, FEATURES = 20, 192


def cases(quick: bool) -> Cases:
    """A view of 375 x 500 at stride 4, and one of 750 x 1000 at stride 8, which is the same."""
    height, width = (9, 12) if quick else (94, 125)
    return {f"{height} x {width} places": partial(_correlation, height, width)}


def _correlation(height: int, width: int) -> Case:
    generator = torch.Generator().manual_seed(0)
    cam = torch.randn(1, CLASSES + 1, height, width, generator=generator)
    features = torch.nn.functional.normalize(torch.randn(1, FEATURES, height, width, generator=generator), dim=1)
    return Case(
        ours=torch.no_grad()(lambda: pixel_correlation(cam, features)),
        plain=torch.no_grad()(lambda: plain_correlation(cam, features)),
        memory=0,
        rounds=3,
    )
