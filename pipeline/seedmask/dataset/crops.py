"""Square crops of images and labels, and what pads those that are smaller."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Shaped, UInt8

from seedmask.methods.weak_labels import UNLABELLED

REDRAWS = 10
"""Times that a crop with too much of one label is drawn again, as in mmsegmentation."""


@dataclass(frozen=True)
class Window:
    """A square crop of an image, which may reach beyond it."""

    top: int
    """Row of its first pixel in the image; negative where the image begins inside the crop."""
    left: int
    """Column of its first pixel in the image."""
    side: int
    """Pixels along a side."""

    def cut(self, image: Shaped[torch.Tensor, "*channels H W"]) -> Shaped[torch.Tensor, "*channels h w"]:
        """What of the image lies inside, h and w at most `side`."""
        rows = slice(max(self.top, 0), self.top + self.side)
        return image[..., rows, max(self.left, 0) : self.left + self.side]

    def paste(
        self, part: Shaped[torch.Tensor, "*channels h w"], canvas: Shaped[torch.Tensor, "*channels S S"], mirrored: bool
    ) -> Shaped[torch.Tensor, "*channels S S"]:
        """The canvas with what `cut` gave where it lies in the crop, both mirrored or not."""
        height, width = part.shape[-2:]
        top, left = max(-self.top, 0), max(-self.left, 0)
        if mirrored:
            left = self.side - left - width
        canvas[..., top : top + height, left : left + width] = part
        return canvas


def draw_window(size: Sequence[int], side: int, anywhere: bool, generator: torch.Generator) -> Window:
    """A random crop.

    Args:
        size: height and width of the image.
        side: of the crop.
        anywhere: whether a side shorter than the crop lies anywhere in it, and not at its start.
        generator: draws a number for each side that leaves a choice.
    """

    def start(length: int) -> int:
        spare = length - side
        if spare == 0 or (spare < 0 and not anywhere):
            return 0
        return int(torch.randint(0, abs(spare) + 1, (), generator=generator)) + min(spare, 0)

    return Window(start(size[0]), start(size[1]), side)


def first_varied(draw: Callable[[], Window], labels: UInt8[torch.Tensor, "H W"], limit: float) -> Window:
    """The first crop that shows more than one label, and none of them too much of it.

    Args:
        draw: gives a crop; called up to eleven times.
        labels: of the image; ignored and unlabelled pixels, 255 and 254, are not counted.
        limit: share of the counted pixels that the most frequent label must stay below.

    Returns:
        the crop, or the eleventh, whatever it shows.
    """
    for _ in range(REDRAWS):
        window = draw()
        shown, counts = window.cut(labels).unique(return_counts=True)
        counts = counts[shown < UNLABELLED]
        if len(counts) > 1 and counts.max() / counts.sum() < limit:
            return window
    return draw()
