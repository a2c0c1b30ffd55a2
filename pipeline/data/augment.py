"""Random views of a picture, and of its mask with it (torchvision.transforms.v2).

Each view is drawn from a seed of its own, so that it depends neither on the order of the pictures nor on the number
of loader workers.
"""

import numpy as np
import torch
from jaxtyping import Float, Int64, UInt8

import pipeline.vision  # noqa: F401  before torchvision
from pipeline.config.networks import Augmentation

from torchvision import tv_tensors  # isort: skip
from torchvision.transforms import v2  # isort: skip

IGNORE = 255


class Augment:
    """Scale, crop, flip and colour.

    Args:
        settings: ranges and probabilities.
    """

    def __init__(self, settings: Augmentation):
        self._settings = settings
        side, colour = settings.crop, settings.colour
        self._crop = v2.RandomCrop(side, pad_if_needed=True, fill={tv_tensors.Image: 0, tv_tensors.Mask: IGNORE})
        self._flip = v2.RandomHorizontalFlip(settings.flip)
        self._colour = v2.ColorJitter(colour, colour, colour, colour / 3)

    def __call__(
        self, image: UInt8[np.ndarray, "H W 3"], mask: UInt8[np.ndarray, "H W"] | None, seed: int
    ) -> tuple[Float[torch.Tensor, "3 S S"], Int64[torch.Tensor, "S S"] | None]:
        """One view.

        Args:
            image: RGB.
            mask: class numbers; moved with the picture, padded with 255.
            seed: of this view.

        Returns:
            RGB in 0..1 and the mask, both crop x crop; what lies outside the picture is black and 255.
        """
        parts = [tv_tensors.Image(torch.tensor(image).permute(2, 0, 1))]
        if mask is not None:
            parts.append(tv_tensors.Mask(torch.tensor(mask)))
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            low, high = self._settings.long_side or self._settings.scale
            factor = low + (high - low) * torch.rand(()).item()
            if self._settings.long_side:
                factor /= max(image.shape[:2])
            size = [max(1, round(length * factor)) for length in image.shape[:2]]
            # v2 resizes masks with nearest, whatever is asked for pictures
            parts = self._colour(self._flip(self._crop(v2.Resize(size)(parts))))
        picture, *labels = (part.as_subclass(torch.Tensor) for part in parts)
        return picture.float() / 255, labels[0].long() if labels else None
