"""CAM seeds from several sizes of a picture and their mirror images."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch.nn.functional import interpolate

from seedmask.methods.batches import as_batch
from seedmask.methods.cams import Classes, Number


@torch.no_grad()
def multi_scale_cam(
    score_maps: Callable[[torch.Tensor], torch.Tensor],
    image: UInt8[np.ndarray, "H W 3"],
    classes: Classes,
    scales: Sequence[Number] = (1.0,),
    flip: bool = True,
    *,
    device: torch.device | str = "cpu",
) -> Float[np.ndarray, "K H W"]:
    """CAM seeds: positive scores summed over scales and mirror images, divided by their maximum.

    Args:
        score_maps: network; RGB (N, 3, h, w) in 0..1 to scores (N, C, h', w'), N = 2 with `flip`.
        image: RGB.
        classes: 0-based classes in the image.
        scales: factors of the image's size.
        flip: add the mirror image, in the same batch.
        device: where the network is.

    Returns:
        float32 in 0..1, each map divided by (its maximum + 1e-5); all zero where no score is positive.
    """
    height, width = image.shape[:2]
    chosen = torch.as_tensor([int(c) for c in classes], dtype=torch.long, device=device)
    total = torch.zeros(1, len(chosen), height, width, device=device)
    if len(chosen) == 0:
        return total[0].cpu().numpy()
    picture = as_batch([image], device)
    for scale in scales:
        size = max(1, round(height * scale)), max(1, round(width * scale))
        view = _resize(picture, size)
        scores = score_maps(torch.cat([view, view.flip(-1)]) if flip else view)
        maps = scores.index_select(1, chosen).float().relu()
        if flip:  # mirroring commutes with resizing, so the two are added while they are small
            maps = maps[:1] + maps[1:].flip(-1)
        total += interpolate(maps, size=(height, width), mode="bilinear", align_corners=False)
    total /= total.amax(dim=(2, 3), keepdim=True) + 1e-5
    return total[0].cpu().numpy()


def _resize(picture: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    if picture.shape[-2:] == size:
        return picture
    return interpolate(picture, size=size, mode="bilinear", align_corners=False, antialias=True)
