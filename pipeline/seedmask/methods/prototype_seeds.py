"""Maps of weights and of prototypes from several sizes of a picture (SFC, Zhao et al., AAAI 2024; section 3.3)."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import torch
from jaxtyping import Float, UInt8
from PIL import Image

from seedmask.methods.batches import Scales, as_batch
from seedmask.methods.cams import Classes
from seedmask.methods.prototypes import prototype_cam, with_background
from seedmask.methods.scale_fusion import summed_scales


class PrototypeSeeds(NamedTuple):
    """Both kinds of map of a picture, background first, then its classes."""

    weights: Float[np.ndarray, "K1 H W"]
    prototypes: Float[np.ndarray, "K1 H W"]


@torch.no_grad()
def prototype_seeds(
    features: Callable[[torch.Tensor], Any],
    weight_maps: Callable[[Any, torch.Tensor], torch.Tensor],
    image: UInt8[np.ndarray, "H W 3"],
    classes: Classes,
    number: int,
    scales: Scales = (1.0, 0.5, 1.5, 2.0),
    *,
    background_factor: float = 0.3,
    device: torch.device | str = "cpu",
) -> PrototypeSeeds:
    """M_W and M_P summed over sizes, each channel over its maximum.

    At each size the parts of the picture and of its mirror image, turned back, are added, and maps made from the sum.
    Absent classes compete for pixels; those that they win are no seeds of a prototype.

    Args:
        features: network; RGB (2, 3, h, w) in 0..1 to a named tuple of maps, one of them `hierarchy`.
        weight_maps: of such a tuple for one picture and labels (1, C), M_W with all classes, background first.
        image: RGB.
        classes: 0-based classes in the picture.
        number: C, of all classes.
        scales: factors of the picture's size.
        background_factor: weight of the background where seeds of prototypes are chosen.
        device: where the network is.

    Returns:
        float32 in 0..1; classes in the order given.
    """
    height, width = image.shape[:2]
    present = torch.zeros(1, number, device=device)
    present[:, [int(c) for c in classes]] = 1
    allowed = with_background(present)
    kept = [0, *(int(c) + 1 for c in classes)]
    by_scale = []
    for scale in scales:
        size = max(1, round(width * scale)), max(1, round(height * scale))
        view = as_batch([np.asarray(Image.fromarray(image).resize(size, Image.Resampling.BICUBIC))], device)
        pair = features(torch.cat([view, view.flip(-1)]))
        together = type(pair)(*(part[:1] + part[1:].flip(-1) for part in pair))
        weights = weight_maps(together, present)
        prototypes, _ = prototype_cam(together.hierarchy, weights, allowed, background_factor)
        by_scale.append((weights[0, kept], prototypes[0, kept]))
    summed = (summed_scales(maps, (height, width)).clamp(0, 1) for maps in zip(*by_scale, strict=True))
    return PrototypeSeeds(*(maps.float().cpu().numpy() for maps in summed))
