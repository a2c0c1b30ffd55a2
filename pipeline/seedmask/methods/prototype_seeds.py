"""Maps of weights and of prototypes from several sizes of an image (SFC, Zhao et al., AAAI 2024; section 3.3)."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from jaxtyping import Float, UInt8
from PIL import Image
from torch.nn.functional import interpolate

from seedmask.methods.batches import Scales, as_batch
from seedmask.methods.cams import Classes, Number
from seedmask.methods.normalise import over_maximum
from seedmask.methods.prototypes import prototype_cam, with_background

BACKGROUND_OFFSET = 0.4
"""What the background gains where classes compete with it."""


class PrototypeSeeds(NamedTuple):
    """Both kinds of map of an image, background first, then its classes."""

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

    At each size the parts of the image and of its mirror image, turned back, are added, and maps made from the sum.
    Absent classes compete for pixels; those that they win are no seeds of a prototype.

    Args:
        features: network; RGB (2, 3, h, w) in 0..1 to a named tuple of maps, one of them `hierarchy`.
        weight_maps: of such a tuple for one image and labels (1, C), M_W with all classes, background first.
        image: RGB.
        classes: 0-based classes in the image.
        number: C, of all classes.
        scales: factors of the image's size.
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


def summed_scales(cams: Sequence[Float[torch.Tensor, "K _ _"]], size: tuple[int, int]) -> Float[torch.Tensor, "K H W"]:
    """Maps resized bilinearly to (H, W), added, and each divided by its maximum + 1e-5; 0..1."""
    resized = [interpolate(cam[None], size, mode="bilinear", align_corners=False)[0] for cam in cams]
    total = torch.stack(resized).sum(dim=0)
    return over_maximum(total)


def competing(maps: Float[torch.Tensor, "K H W"], offset: Number = BACKGROUND_OFFSET) -> Float[torch.Tensor, "K H W"]:
    """T: classes doubled, and background raised: a class wins where 2 M_c > M_0 + offset."""
    return torch.cat([maps[:1] + offset, 2 * maps[1:]])


def fuse_scales(
    cams: Sequence[Float[torch.Tensor, "K _ _"]], size: tuple[int, int], present: Sequence[int]
) -> Float[torch.Tensor, "M H W"]:
    """T of some channels.

    Args:
        cams: maps of each size of the image, background first.
        size: (H, W) of the image.
        present: channels to keep, 0 first.
    """
    return competing(summed_scales(cams, size)[list(present)])
