"""Random views of a picture, and of its mask with it (torchvision.transforms.v2).

Each view is drawn from a seed of its own, so that it depends neither on the order of the pictures nor on the number
of loader workers.
"""

from collections.abc import Sequence
from typing import overload

import numpy as np
import torch
from jaxtyping import Float, Int64, UInt8

import seedmask.vision  # noqa: F401  before torchvision
from seedmask.config.networks import Augmentation

from torchvision import tv_tensors  # isort: skip
from torchvision.transforms import v2  # isort: skip

IGNORE = 255
BLUR, BLUR_KERNEL = (0.1, 2.0), 13
"""Range of a blur's standard deviation in pixels, and pixels along a side that are averaged, three of them each way."""


class Augment:
    """Scale, crop, flip and colour.

    Args:
        settings: ranges and probabilities.
        padding: label of the pixels outside the picture.
        mean: colour that `pad_colour: mean` stands for, RGB in 0..1.
    """

    def __init__(self, settings: Augmentation, padding: int = IGNORE, mean: Sequence[float] = (0, 0, 0)):
        self._settings = settings
        self._side = settings.square or settings.crop
        outside = [round(255 * level) for level in mean] if settings.pad_colour == "mean" else 0
        self._fill = {tv_tensors.Image: outside, tv_tensors.Mask: padding}
        self._crop = v2.RandomCrop(self._side, pad_if_needed=True, fill=self._fill)
        self._flip = v2.RandomHorizontalFlip(settings.flip)
        self._colours = _colours(settings)

    @overload
    def __call__(
        self, image: UInt8[np.ndarray, "H W 3"], mask: None, seed: int
    ) -> tuple[Float[torch.Tensor, "3 S S"], None]: ...

    @overload
    def __call__(
        self, image: UInt8[np.ndarray, "H W 3"], mask: UInt8[np.ndarray, "H W"], seed: int
    ) -> tuple[Float[torch.Tensor, "3 S S"], Int64[torch.Tensor, "S S"]]: ...

    def __call__(
        self, image: UInt8[np.ndarray, "H W 3"], mask: UInt8[np.ndarray, "H W"] | None, seed: int
    ) -> tuple[Float[torch.Tensor, "3 S S"], Int64[torch.Tensor, "S S"] | None]:
        """One view.

        Args:
            image: RGB.
            mask: class numbers, or other bytes; moved with the picture.
            seed: of this view.

        Returns:
            RGB in 0..1 and the mask, both square; what lies outside the picture is black, or as the settings say, and
            255 or another padding.
        """
        parts: list[torch.Tensor] = [tv_tensors.Image(torch.tensor(image).permute(2, 0, 1))]
        if mask is not None:
            parts.append(tv_tensors.Mask(torch.tensor(mask)))
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            size = self._size(image.shape[:2], torch.rand(()).item())
            # v2 resizes masks with nearest, whatever the interpolation of images
            parts = v2.Resize(size)(parts)
            if self._settings.pad == "end":
                lacking = [max(0, self._side - length) for length in reversed(size)]
                parts = v2.Pad([0, 0, *lacking], fill=self._fill)(parts)
            parts = self._colours(self._flip(self._crop(parts)))
        view, *labels = (part.as_subclass(torch.Tensor) for part in parts)
        return view.float() / 255, labels[0].long() if labels else None

    def _size(self, shape: Sequence[int], draw: float) -> list[int]:
        """Height and width before the crop; `draw` lies in 0..1, without 1."""
        settings = self._settings
        if settings.square:
            return [settings.square] * 2
        if settings.steps:
            factor = settings.steps[int(draw * len(settings.steps))]
        else:
            low, high = settings.long_side or settings.scale
            factor = (low + (high - low) * draw) / (max(shape) if settings.long_side else 1)
        return [max(1, round(length * factor)) for length in shape]


def _colours(settings: Augmentation) -> v2.Transform:
    """Changes of colours; those that are off draw no random number."""
    strength = settings.colour
    jitter = v2.ColorJitter(strength, strength, strength, strength / 3 if settings.hue is None else settings.hue)
    steps: list[v2.Transform] = [
        jitter if settings.colour_share == 1 else v2.RandomApply([jitter], settings.colour_share)
    ]
    if settings.grey:
        steps.append(v2.RandomGrayscale(settings.grey))
    if settings.blur:
        steps.append(v2.RandomApply([v2.GaussianBlur(BLUR_KERNEL, BLUR)], settings.blur))
    return v2.Compose(steps)
