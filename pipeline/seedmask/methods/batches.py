"""Tags of an image as numbers, and the sizes that an image is shown at."""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float, Shaped, UInt8
from torch.nn.functional import interpolate

from seedmask.methods.cams import Number


def as_batch(
    images: Sequence[UInt8[np.ndarray, "H W 3"]], device: torch.device | str = "cpu"
) -> Float[torch.Tensor, "N 3 H W"]:
    """RGB images of one size as float32 in 0..1."""
    return torch.from_numpy(np.stack(images)).to(device).permute(0, 3, 1, 2).float() / 255


def smoothly_resized(maps: Float[torch.Tensor, "N C h w"], size: tuple[int, int]) -> Float[torch.Tensor, "N C H W"]:
    """Maps or images at another size (H, W), bilinearly and with antialiasing; themselves where they have it."""
    if maps.shape[-2:] == size:
        return maps
    return interpolate(maps, size, mode="bilinear", align_corners=False, antialias=True)


Scales = Sequence[Number] | Float[np.ndarray, " S"]
"""Factors of an image's size."""

Tags = Shaped[np.ndarray, " C"] | Shaped[torch.Tensor, " C"] | Sequence[Number]
"""1 for each class in the image, else 0; one number for every class, without background."""


def as_array(labels: Tags) -> Shaped[np.ndarray, " C"]:
    """Tags as an array, wherever they lie."""
    return labels.cpu().numpy() if isinstance(labels, torch.Tensor) else np.asarray(labels)


def targets(tags: Sequence[int], classes: int) -> Float[torch.Tensor, " C"]:
    """Tags as networks learn them: 1 for each class in the image, else 0."""
    return torch.zeros(classes).index_fill_(0, torch.tensor(tags, dtype=torch.long), 1.0)
