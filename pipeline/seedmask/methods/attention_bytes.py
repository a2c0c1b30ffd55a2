"""CAMs in steps of a byte, from one view of an image (I2CRC, Chen et al., TMM 2023)."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from jaxtyping import Float, UInt8
from PIL import Image
from torch.nn.functional import interpolate

from seedmask.methods.batches import as_batch
from seedmask.methods.cams import Classes
from seedmask.methods.normalise import over_maximum


def attention_bytes(
    maps: Float[np.ndarray, "C h w"], classes: Classes, size: Sequence[int]
) -> UInt8[np.ndarray, "K H W"]:
    """Maps of some classes: A = relu(Z) / (max + 1e-8), cut down to bytes ⌊255 A⌋, then resized by a cubic, rounded.

    The kernel is that of OpenCV and torch, a = -0.75; Pillow's differs.

    Args:
        maps: Z, score of every class, signed.
        classes: 0-based, those to take; a class without a positive score gives zeros.
        size: (H, W).
    """
    chosen = np.maximum(maps[[int(c) for c in classes]], 0)
    small = torch.from_numpy(np.floor(255 * over_maximum(chosen, epsilon=1e-8)))[:, None].float()
    if not len(small):
        return np.zeros((0, *size), np.uint8)
    large = interpolate(small, tuple(size), mode="bicubic", align_corners=False)[:, 0]
    return large.round().clamp(0, 255).to(torch.uint8).numpy()


@torch.no_grad()
def single_scale_cam(
    score_maps: Callable[[torch.Tensor], torch.Tensor],
    image: UInt8[np.ndarray, "H W 3"],
    classes: Classes,
    square: int = 256,
    *,
    device: torch.device | str = "cpu",
) -> Float[np.ndarray, "K H W"]:
    """Seeds from one view that is squashed to a square: `attention_bytes` of its scores, over 255.

    Args:
        score_maps: network; RGB (1, 3, S, S) in 0..1 to scores (1, C, h, w), signed.
        image: RGB.
        classes: 0-based classes in the image.
        square: S, in pixels.
        device: where the network is.

    Returns:
        float32 in steps of 1/255; all zero where no score is positive.
    """
    if len(classes) == 0:
        return np.zeros((0, *image.shape[:2]), np.float32)
    view = np.asarray(Image.fromarray(image).resize((square, square), Image.Resampling.BILINEAR))
    scores = score_maps(as_batch([view], device))[0].float().cpu().numpy()
    return attention_bytes(scores, classes, image.shape[:2]) / np.float32(255)
