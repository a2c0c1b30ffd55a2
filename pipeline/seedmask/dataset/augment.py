"""Random views of a picture, and of its mask with it.

Each view is drawn from a seed of its own, so that it depends neither on the order of the pictures nor on the number
of loader workers. What is done with the drawn numbers is in `resizing`, `crops` and `colours`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import overload

import numpy as np
import torch
from jaxtyping import Float, Int64, UInt8

from seedmask.config.networks import Augmentation
from seedmask.dataset.colours import Changes, changed, draw_changes
from seedmask.dataset.crops import Window, draw_window, first_varied
from seedmask.dataset.resizing import resized, resized_labels, view_size
from seedmask.methods.cams import IGNORE


@dataclass(frozen=True)
class View:
    """What is drawn for one view."""

    size: tuple[int, int]
    """Height and width before the crop."""
    window: Window
    """The crop."""
    mirrored: bool
    """Whether left and right change places."""
    changes: Changes
    """Of the colours."""


class Augment:
    """Scale, crop, flip and colour.

    Args:
        settings: ranges and probabilities.
        padding: label of the pixels outside the picture.
        mean: colour that `pad_colour: mean` stands for, RGB in 0..1.
    """

    def __init__(self, settings: Augmentation, padding: int = IGNORE, mean: Sequence[float] = (0, 0, 0)):
        self._settings, self._padding = settings, padding
        self._side = settings.square or settings.crop
        self._colour = torch.tensor(mean if settings.pad_colour == "mean" else (0, 0, 0), dtype=torch.float32)

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
        view = self.draw(image.shape[:2], mask, seed)
        return self.image(image, view), None if mask is None else self.labels(mask, view)

    def draw(self, size: Sequence[int], mask: UInt8[np.ndarray, "H W"] | None, seed: int) -> View:
        """The numbers of one view.

        Args:
            size: height and width of the picture.
            mask: labels that `cat_max_ratio` looks at.
            seed: of this view.

        Raises:
            ValueError: there are no labels to look at.
        """
        settings = self._settings
        generator = torch.Generator().manual_seed(seed)
        resized_to = view_size(settings, size, torch.rand((), generator=generator).item())
        draw = partial(draw_window, resized_to, self._side, settings.pad == "around", generator)
        if not settings.cat_max_ratio:
            window = draw()
        elif mask is None:
            raise ValueError(f"cat_max_ratio {settings.cat_max_ratio}: there is no mask whose labels could be counted")
        else:
            labels = resized_labels(mask, resized_to, settings.label_resample)
            window = first_varied(draw, labels, settings.cat_max_ratio)
        mirrored = torch.rand(1, generator=generator).item() < settings.flip
        return View(resized_to, window, mirrored, draw_changes(settings, generator))

    def image(self, image: UInt8[np.ndarray, "H W 3"], view: View) -> Float[torch.Tensor, "3 S S"]:
        """A picture in a view: RGB in 0..1.

        Args:
            image: RGB.
            view: drawn numbers.
        """
        settings = self._settings
        levels = resized(image, view.size, settings.resample)
        if settings.colour_of == "picture":
            levels = changed(levels, view.changes, settings.colour_library)
        levels = view.window.cut(levels)
        levels = levels.flip(-1) if view.mirrored else levels
        padded_first = settings.pad_colour == "black" and settings.pad != "last"
        if padded_first:
            levels = view.window.paste(levels, levels.new_zeros(3, self._side, self._side), view.mirrored)
        if settings.colour_of == "crop":
            levels = changed(levels, view.changes, settings.colour_library)
        pixels = levels.float() / 255
        if padded_first:
            return pixels
        canvas = self._colour[:, None, None].repeat(1, self._side, self._side)
        return view.window.paste(pixels, canvas, view.mirrored and settings.pad != "last")

    def labels(self, mask: UInt8[np.ndarray, "H W"], view: View) -> Int64[torch.Tensor, "S S"]:
        """A mask in a view.

        Args:
            mask: class numbers, or other bytes.
            view: drawn numbers.
        """
        labels = view.window.cut(resized_labels(mask, view.size, self._settings.label_resample))
        labels = labels.flip(-1) if view.mirrored else labels
        canvas = labels.new_full((self._side, self._side), self._padding)
        return view.window.paste(labels, canvas, view.mirrored and self._settings.pad != "last").long()
