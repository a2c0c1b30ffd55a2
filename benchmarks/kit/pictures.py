"""A picture and maps of the usual size, made up."""

import numpy as np
from scipy.ndimage import gaussian_filter

SIZE = (375, 500)
"""Rows and columns of a usual VOC picture."""
GRAIN = 8
"""Standard deviation in grey levels, as a photograph in indoor light has it; smooth images make the CRF cheaper."""


def smooth(rng: np.random.Generator, planes: int, sigma: float, size: tuple[int, int] = SIZE) -> np.ndarray:
    """(planes, H, W) blurred noise in 0..1."""
    noise = gaussian_filter(rng.random((planes, *size), dtype=np.float32), (0, sigma, sigma))
    return (noise - noise.min()) / (noise.max() - noise.min())


def grainy_picture(rng: np.random.Generator, size: tuple[int, int] = SIZE) -> np.ndarray:
    """uint8 RGB (H, W, 3), smooth with grain."""
    picture = smooth(rng, 3, 4, size).transpose(1, 2, 0) * 255 + rng.normal(0, GRAIN, (*size, 3))
    return np.clip(picture, 0, 255).astype(np.uint8)
