"""Images and labels of other sizes, as torchvision, Pillow or OpenCV resizes them."""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Shaped, UInt8
from PIL import Image

import seedmask.vision  # noqa: F401  before torchvision
from seedmask.config.networks import Augmentation
from seedmask.methods import resizing

from torchvision.transforms import v2  # isort: skip

PILLOW = {"pillow_bilinear": Image.Resampling.BILINEAR, "pillow_bicubic": Image.Resampling.BICUBIC}
OPENCV = {"opencv_bytes": resizing.bilinear_bytes, "opencv_floats": resizing.bilinear_floats}


def view_size(settings: Augmentation, size: Sequence[int], draw: float) -> tuple[int, int]:
    """Height and width of an image before the crop.

    Args:
        settings: ranges and rounding of sizes.
        size: height and width of the image.
        draw: 0..1, without 1.
    """
    rounding = settings.rounding
    if settings.square:
        return settings.square, settings.square
    if settings.whole_long_side:
        first, last = settings.long_side or (int(limit * max(size)) for limit in settings.scale)
        return resizing.size_with_long_side(size, first + int(draw * (last - first + 1)), rounding)
    if settings.steps:
        factor = settings.steps[int(draw * len(settings.steps))]
    else:
        low, high = settings.long_side or settings.scale
        factor = (low + (high - low) * draw) / (max(size) if settings.long_side else 1)
    if settings.short_side:
        return resizing.size_in_box(size, settings.short_side, settings.longest, factor, rounding)
    return resizing.scaled_size(size, factor, rounding)


def resized(image: UInt8[np.ndarray, "H W 3"], size: Sequence[int], resample: str) -> Shaped[torch.Tensor, "3 h w"]:
    """An image of another size, in levels of 0..255.

    Args:
        image: RGB.
        size: height and width wanted.
        resample: see `Augmentation`.

    Returns:
        bytes, or float32 by `opencv_floats`.
    """
    if resample in PILLOW:
        other = np.array(Image.fromarray(image).resize((size[1], size[0]), PILLOW[resample]))
    elif resample in OPENCV:
        other = OPENCV[resample](image, size)
    else:
        return v2.functional.resize_image(torch.tensor(image).permute(2, 0, 1), list(size))
    return torch.from_numpy(other).permute(2, 0, 1)


def resized_labels(labels: UInt8[np.ndarray, "H W"], size: Sequence[int], resample: str) -> UInt8[torch.Tensor, "h w"]:
    """Labels of another size, each of them one that was there.

    Args:
        labels: class numbers, or other bytes.
        size: height and width wanted.
        resample: see `label_resample` of `Augmentation`.
    """
    if resample == "pillow":
        return torch.from_numpy(np.array(Image.fromarray(labels).resize((size[1], size[0]), Image.Resampling.NEAREST)))
    if resample == "opencv":
        return torch.from_numpy(resizing.nearest_labels(labels, size))
    return v2.functional.resize_mask(torch.tensor(labels), list(size))
