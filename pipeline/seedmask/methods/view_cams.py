"""CAMs merged from many views of a picture and their mirror images (PMM, Li et al., ICCV 2021).

The views are made with Pillow, as the authors do; no other resampling gives their numbers.
"""

from collections.abc import Callable

import numpy as np
import torch
from jaxtyping import Float, Integer, UInt8
from PIL import Image
from torch.nn.functional import interpolate

from seedmask.methods.batches import Scales, Tags, as_array, as_batch
from seedmask.methods.cams import Number

ScoreMaps = Callable[[torch.Tensor], torch.Tensor]
"""RGB (N, 3, h, w) in 0..1 to maps (N, C, h', w') of any resolution, one for each class without background.

SEAM's are not negative. Of another network's, tiles count the positive part and scales that of the sum.
"""

MARGIN = 1e-5


@torch.no_grad()
def multi_scale_cam(
    network: ScoreMaps,
    image: UInt8[np.ndarray, "H W 3"],
    labels: Tags,
    *,
    scales: Scales,
    device: torch.device | str = "cpu",
) -> Float[np.ndarray, "K H W"]:
    """CAMs summed over scales and mirror images; each stretched from its minimum to its maximum.

    With s the sum, negative values as 0: v = (s - min - 1e-5) / (max - min + 1e-5), s = 0 within 1e-5 of min.

    Args:
        network: see `ScoreMaps`; gets a view and its mirror image at once.
        image: RGB.
        labels: tags of the picture.
        scales: factors of the picture's size.
        device: where the network is.

    Returns:
        float32 maps of the K classes in the picture, below 1 and as low as -1e-5, or, where min is not 0,
        -min / (max - min): clip them to 0..1 before they are stored. A constant map is 0.

    Raises:
        ValueError: the network has another number of classes than there are tags.
    """
    height, width = image.shape[:2]
    present = present_in(labels, device)
    if len(present) == 0:
        return np.zeros((0, height, width), np.float32)
    total = torch.zeros(1, len(present), height, width, dtype=torch.float64, device=device)
    for scale in scales:
        size = max(1, round(width * scale)), max(1, round(height * scale))
        view = Image.fromarray(image).resize(size, Image.Resampling.BICUBIC)
        maps = maps_of(network, as_batch([np.asarray(view)], device), len(labels)).index_select(1, present)
        total += interpolate(maps, (height, width), mode="bilinear", align_corners=False)
    return stretched(total[0].relu(), MARGIN)


def present_in(labels: Tags, device: torch.device | str) -> Integer[torch.Tensor, " K"]:
    """The classes that a picture's tags name, 0-based."""
    return torch.as_tensor(np.flatnonzero(as_array(labels)), device=device)


def maps_of(network: ScoreMaps, views: torch.Tensor, classes: int) -> Float[torch.Tensor, "N C h w"]:
    """Each view's maps and, turned back, those of its mirror image, added while they are small."""
    maps = network(torch.cat([views, views.flip(-1)])).float()
    if maps.shape[1] != classes:
        raise ValueError(f"the network has {maps.shape[1]} classes, the picture tags for {classes}")
    plain, mirrored = maps.chunk(2)
    return plain + mirrored.flip(-1)


def stretched(maps: Float[torch.Tensor, "K H W"], offset: Number) -> Float[np.ndarray, "K H W"]:
    """Each map from its minimum to its maximum, (s - min - offset) / (max - min + 1e-5); a constant map is 0."""
    low, high = maps.amin(dim=(1, 2), keepdim=True), maps.amax(dim=(1, 2), keepdim=True)
    raised = torch.where(maps < low + MARGIN, 0, maps)
    stretched = (raised - low - offset) / (high - low + MARGIN)
    return torch.where(high < low + MARGIN, 0, stretched).float().cpu().numpy()
