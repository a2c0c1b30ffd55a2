"""Multi-scale CAMs as released code makes them: maps of all classes at the picture's size, view by view."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch.nn.functional import interpolate

EPSILON = 1e-5


@torch.no_grad()
def plain_multi_scale(
    network: Callable[[torch.Tensor], torch.Tensor], image: np.ndarray, classes: Sequence[int], scales: Sequence[float]
) -> np.ndarray:
    """CAMs (K, H, W) of the picture's classes, float32.

    Args:
        network: pictures (N, 3, h, w) in 0..1 to maps of all classes.
        image: RGB.
        classes: 0-based.
        scales: of the views, each with its mirror image.
    """
    picture = torch.tensor(image).permute(2, 0, 1)[None].float() / 255
    size, maps = image.shape[:2], []
    for scale in scales:
        smaller = [max(1, round(length * scale)) for length in size]
        view = interpolate(picture, smaller, mode="bilinear", align_corners=False, antialias=True)
        for mirrored in (False, True):
            found = network(view.flip(-1) if mirrored else view).relu()
            large = interpolate(found, size, mode="bilinear", align_corners=False)[0]
            maps.append((large.flip(-1) if mirrored else large).numpy())
    total = np.sum(maps, axis=0)
    total /= total.max(axis=(1, 2), keepdims=True) + EPSILON
    return total[list(classes)]
