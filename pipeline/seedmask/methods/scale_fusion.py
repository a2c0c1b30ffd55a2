"""Maps of several sizes of a picture as one (SFC, Zhao et al., AAAI 2024)."""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch.nn.functional import interpolate

from seedmask.methods.cams import Number
from seedmask.methods.prototypes import EPSILON

BACKGROUND_OFFSET = 0.4
"""What the background gains where classes compete with it."""


def summed_scales(cams: Sequence[Float[torch.Tensor, "K _ _"]], size: tuple[int, int]) -> Float[torch.Tensor, "K H W"]:
    """Maps resized bilinearly to (H, W), added, and each divided by its maximum + 1e-5; 0..1."""
    resized = [interpolate(cam[None], size, mode="bilinear", align_corners=False)[0] for cam in cams]
    total = torch.stack(resized).sum(dim=0)
    return total / (total.amax(dim=(1, 2), keepdim=True) + EPSILON)


def competing(maps: Float[torch.Tensor, "K H W"], offset: Number = BACKGROUND_OFFSET) -> Float[torch.Tensor, "K H W"]:
    """T: classes doubled, and background raised: a class wins where 2 M_c > M_0 + offset."""
    return torch.cat([maps[:1] + offset, 2 * maps[1:]])


def fuse_scales(
    cams: Sequence[Float[torch.Tensor, "K _ _"]], size: tuple[int, int], present: Sequence[int]
) -> Float[torch.Tensor, "M H W"]:
    """T of some channels.

    Args:
        cams: maps of each size of the picture, background first.
        size: (H, W) of the picture.
        present: channels to keep, 0 first.
    """
    return competing(summed_scales(cams, size)[list(present)])
