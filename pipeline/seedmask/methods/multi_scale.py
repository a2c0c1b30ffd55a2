"""CAM seeds from several sizes of an image and their mirror images.

The seeds of IRN (Ahn et al., CVPR 2019) and of most papers after it, and those of PMM (Li et al., ICCV 2021), whose
views are made with Pillow: no other resampling gives the authors' numbers.
"""

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
import torch
from jaxtyping import Float, UInt8
from PIL import Image
from torch.nn.functional import interpolate

from seedmask.methods.batches import Scales, as_batch, smoothly_resized
from seedmask.methods.cams import Classes, Number
from seedmask.methods.normalise import EPSILON, over_maximum, stretch

ScoreMaps = Callable[[torch.Tensor], torch.Tensor]
"""RGB (N, 3, h, w) in 0..1 to scores (N, C, h', w') of any resolution, one map for each class without background."""
Resample = Literal["bilinear", "bicubic"]
"""How a view is made: in floating point with antialiasing, or by Pillow from bytes to bytes."""
Normalise = Literal["maximum", "min_max"]


@torch.no_grad()
def multi_scale_cam(
    network: ScoreMaps,
    image: UInt8[np.ndarray, "H W 3"],
    classes: Classes,
    scales: Scales = (1.0,),
    flip: bool = True,
    *,
    resample: Resample = "bilinear",
    normalise: Normalise = "maximum",
    device: torch.device | str = "cpu",
) -> Float[np.ndarray, "K H W"]:
    """CAM seeds: scores summed over scales and mirror images, then normalised.

    `maximum` adds the positive scores: v = s / (max + 1e-5). `min_max`, PMM's, takes the positive part of the sum, in
    double precision: v = (s - min - 1e-5) / (max - min + 1e-5), with s = 0 within 1e-5 of min.

    Args:
        network: see `ScoreMaps`; gets a view and its mirror image at once.
        image: RGB.
        classes: 0-based classes in the image.
        scales: factors of the image's size.
        flip: whether the mirror image of each view is added.
        resample: how views are made.
        normalise: how the sums become CAMs.
        device: where the network is.

    Returns:
        float32. Of `maximum` in 0..1, all zero where no score is positive; of `min_max` see `stretched`.
    """
    height, width = image.shape[:2]
    if len(classes) == 0:
        return np.zeros((0, height, width), np.float32)
    chosen = torch.as_tensor([int(c) for c in classes], dtype=torch.long, device=device)

    def scores(views: torch.Tensor) -> torch.Tensor:
        found = network(views).index_select(1, chosen).float()
        return found.relu() if normalise == "maximum" else found

    precision = torch.float32 if normalise == "maximum" else torch.float64
    total = torch.zeros(1, len(chosen), height, width, dtype=precision, device=device)
    batch = as_batch([image], device)
    for scale in scales:
        size = max(1, round(height * scale)), max(1, round(width * scale))
        view = smoothly_resized(batch, size) if resample == "bilinear" else as_batch([_bicubic(image, size)], device)
        cams = with_mirror_image(scores, view) if flip else scores(view)
        total += interpolate(cams, (height, width), mode="bilinear", align_corners=False)
    return over_maximum(total)[0].cpu().numpy() if normalise == "maximum" else stretched(total[0].relu(), EPSILON)


def with_mirror_image(scores: ScoreMaps, views: Float[torch.Tensor, "N 3 h w"]) -> Float[torch.Tensor, "N C h2 w2"]:
    """Scores of each view and, turned back, those of its mirror image, added.

    Mirroring commutes with resizing, so the two are added while they are small.
    """
    plain, mirrored = scores(torch.cat([views, views.flip(-1)])).chunk(2)
    return plain + mirrored.flip(-1)


def of_classes(network: ScoreMaps, count: int) -> ScoreMaps:
    """The network, whose classes are counted whenever it is called.

    Raises:
        ValueError: by the result: the network has another number of classes than there are tags.
    """

    def scores(views: torch.Tensor) -> torch.Tensor:
        found = network(views)
        if found.shape[1] != count:
            raise ValueError(f"the network has {found.shape[1]} classes, the picture tags for {count}")
        return found

    return scores


def stretched(cams: Float[torch.Tensor, "K H W"], offset: Number) -> Float[np.ndarray, "K H W"]:
    """Each CAM from its minimum to its maximum, as PMM does it.

    v = (s - min - offset) / (max - min + 1e-5), with s = 0 within 1e-5 of min.

    Args:
        cams: s, not negative.
        offset: what is taken off beside the minimum.

    Returns:
        float32, below 1 and as low as -offset, or, where min is not 0, -min / (max - min): clip it to 0..1 before it is
        stored. A constant map is 0.
    """
    low, high = cams.amin((1, 2), keepdim=True), cams.amax((1, 2), keepdim=True)
    raised = torch.where(cams < low + EPSILON, 0, cams)
    found = torch.where(high < low + EPSILON, 0, stretch(raised, low, high, offset=offset))
    return found.float().cpu().numpy()


def _bicubic(image: UInt8[np.ndarray, "H W 3"], size: Sequence[int]) -> UInt8[np.ndarray, "h w 3"]:
    height, width = size
    return np.asarray(Image.fromarray(image).resize((width, height), Image.Resampling.BICUBIC))
