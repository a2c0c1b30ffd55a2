"""A segmenter's probabilities: sliding window for large images, mean over scales and mirror images.

They are computed strip by strip, a few whole rows at a time, so memory grows with an image's width and not its area:
beside a strip only the logits of the windows that reach into it are kept, at the network's own resolution.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Literal

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch.nn.functional import interpolate

from seedmask.methods.batches import as_batch
from seedmask.methods.coarse_logits import CoarseLogits, ResizedRows, Rows
from seedmask.methods.resizing import bilinear_bytes, scaled_size, size_in_box

Resample = Literal["bilinear", "opencv_bytes"]
"""How a view is made: in floating point with antialiasing, or from bytes to bytes without, as OpenCV does it."""
Network = Callable[[torch.Tensor], CoarseLogits]
"""RGB (N, 3, h, w) in 0..1 to logits of C labels."""
Strip = Float[torch.Tensor, "n W C"]
"""Probabilities of C labels at a few whole rows of an image."""
STRIP = {"cpu": 2**19, "cuda": 2**26}
"""Numbers in a strip of one view and its mirror image: few enough for a CPU's cache, enough to keep a GPU busy."""


def windows(length: int, window: int, stride: int) -> list[tuple[int, int]]:
    """First and last (exclusive) pixel of each window along an axis; the last one ends at the border."""
    count = max(length - window + stride - 1, 0) // stride + 1
    ends = [min(stride * i + window, length) for i in range(count)]
    return [(max(end - window, 0), end) for end in ends]


class SlidingLogits:
    """Logits of images of any size, averaged where windows overlap; rows are taken from the top to the bottom.

    Args:
        network: the segmenter.
        images: RGB in 0..1.
        window: side of the square window in pixels; an image no larger than it is taken whole.
        stride: step of the window in pixels, at most `window`.
    """

    def __init__(self, network: Network, images: Float[torch.Tensor, "N 3 H W"], window: int, stride: int):
        self._network, self._images, self.device = network, images, images.device
        self.height, self.width = images.shape[-2:]
        self._columns = windows(self.width, window, stride)
        self._ahead = windows(self.height, window, stride)
        self._open: list[_Window] = []
        cover = torch.zeros(self.width, device=images.device)
        for left, right in self._columns:
            cover[left:right] += 1
        self._cover = cover[:, None]

    def rows(self, first: int, last: int) -> Float[torch.Tensor, "N n W C"]:
        """Logits of the rows from `first` to `last` (exclusive), none of which lies above those of an earlier call."""
        self._open = [window for window in self._open if window.bottom > first]
        while self._ahead and self._ahead[0][0] < last:
            top, bottom = self._ahead.pop(0)
            for window in self._open:
                window.free_rows()
            for left, right in self._columns if bottom > first else ():
                logits = self._network(self._images[..., top:bottom, left:right])
                self._open.append(_Window(logits, top, bottom, left, right))
        if len(self._open) == 1:
            return self._open[0].rows(first, last)
        labels = self._open[0].labels
        total = self._cover.new_zeros(len(self._images), last - first, self.width, labels)
        cover = self._cover.new_zeros(last - first, 1, 1)
        for window in self._open:
            start, end = max(first, window.top), min(last, window.bottom)
            total[:, start - first : end - first, window.left : window.right] += window.rows(start, end)
            if window.left == 0:
                cover[start - first : end - first] += 1
        return total.div_(cover * self._cover)


class _Window:
    """Logits of one window, and its place in the image."""

    def __init__(self, logits: CoarseLogits, top: int, bottom: int, left: int, right: int):
        self.top, self.bottom, self.left, self.right = top, bottom, left, right
        self._maps = logits.maps.float().permute(0, 2, 3, 1).contiguous()
        self.labels, self._forgotten = self._maps.shape[-1], 0
        self._read = self._positions
        old = logits.maps.shape[-2:]
        if tuple(old) != tuple(logits.size):
            resized = ResizedRows(
                self._positions, old, logits.size, align_corners=logits.align_corners, device=self._maps.device
            )
            self._read = resized.rows

    def rows(self, first: int, last: int) -> Float[torch.Tensor, "N n W C"]:
        """Logits at the image's rows from `first` to `last` (exclusive)."""
        return self._read(first - self.top, last - self.top)[:, :, : self.right - self.left]

    def _positions(self, first: int, last: int) -> Float[torch.Tensor, "N n w C"]:
        """The network's own rows; those above can never be read again."""
        self._maps, self._forgotten = self._maps[:, first - self._forgotten :], first
        return self._maps[:, : last - first]

    def free_rows(self) -> None:
        """Free the memory of the rows that can never be read again."""
        self._maps = self._maps.clone()


def probability_strips(
    network: Network,
    image: UInt8[np.ndarray, "H W 3"],
    scales: Sequence[float],
    flip: bool,
    *,
    window: int,
    stride: int,
    channels: Sequence[int] | None = None,
    short_side: int | None = None,
    longest: int | None = None,
    resample: Resample = "bilinear",
    device: torch.device | str = "cpu",
    rows: int | None = None,
) -> Iterator[Strip]:
    """Mean over scales and mirror images of the softmax of the logits, resized to the image.

    Args:
        network: the segmenter.
        image: RGB.
        scales: factors of the image's size, or of the box of `short_side` and `longest`.
        flip: add the mirror image, in the same batch.
        window: see `SlidingLogits`; the same at every scale.
        stride: see `SlidingLogits`.
        channels: those of the C labels that a pixel may have, ascending; by default all.
        short_side: shorter side in pixels at scale 1, in the place of the image's own; see `resizing.size_in_box`.
        longest: longer side in pixels at scale 1 that `short_side` must not lead beyond.
        resample: how views are made.
        device: where the network is.
        rows: of a strip, by default as many as `STRIP` says; their number changes no bit of the result.

    Yields:
        Probabilities of the next rows, from the top; float32, they sum to one over the labels.
    """
    height, width = image.shape[:2]
    device = torch.device(device)
    batch = as_batch([image], device)
    views: list[Rows] = []
    images, widest = batch, width
    for scale in scales:
        size = scaled_size((height, width), scale)
        if short_side is not None:
            size = size_in_box((height, width), short_side, longest, scale)
        if size == (height, width):
            view = batch
        elif resample == "opencv_bytes":
            view = as_batch([bilinear_bytes(image, size)], device)
        else:
            view = interpolate(batch, size, mode="bilinear", antialias=True)
        images = torch.cat([view, view.flip(-1)]) if flip else view
        logits = SlidingLogits(network, images, window, stride)
        if size == (height, width):
            views.append(logits.rows)
        else:
            views.append(ResizedRows(logits.rows, size, (height, width), align_corners=False, device=device).rows)
        widest = max(widest, size[1])
    if not views:
        raise ValueError("no scale; expected at least one")
    allowed = None if channels is None else torch.as_tensor(channels, device=device)
    first, last = 0, rows or 1  # the number of labels is known after the first strip
    while first < height:
        probabilities = _summed_probabilities(views, first, min(last, height))
        numbers = len(images) * widest * probabilities.shape[-1]
        shown = probabilities if allowed is None else probabilities.index_select(-1, allowed)
        yield shown / shown.sum(dim=-1, keepdim=True).clamp_min(torch.finfo(shown.dtype).tiny)
        first, last = last, last + (rows or strip_rows(device, numbers))


def strip_rows(device: torch.device, numbers: int) -> int:
    """Rows of a strip, of so many numbers a row."""
    return max(1, STRIP[device.type] // numbers)


@torch.no_grad()
def _summed_probabilities(views: Sequence[Rows], first: int, last: int) -> Strip:
    """Sum of the probabilities of all views and, turned back, of their mirror images, at rows of the image."""
    total = None
    for rows in views:
        probabilities = rows(first, last).softmax(dim=-1)
        seen = probabilities[0] + probabilities[1].flip(1) if len(probabilities) > 1 else probabilities[0]
        total = seen if total is None else total.add_(seen)
    assert total is not None
    return total


def most_probable(
    strips: Iterator[Strip], size: Sequence[int]
) -> tuple[UInt8[np.ndarray, "H W"], Float[np.ndarray, "H W"]]:
    """Number of the most probable label at each pixel, of equal ones the first, and its probability.

    Args:
        strips: see `probability_strips`.
        size: height and width of the image.
    """
    found, probability = np.empty(size, np.uint8), np.empty(size, np.float32)
    first = 0
    for strip in strips:
        highest, numbers = strip.max(dim=-1)
        last = first + len(strip)
        found[first:last], probability[first:last] = numbers.cpu().numpy(), highest.cpu().numpy()
        first = last
    return found, probability


class PresentProbabilities:
    """Probabilities of whole planes, for methods that need an image at once: of the labels that are present only.

    Until these are known, a strip keeps each label that is probable somewhere in it.

    Args:
        strips: see `probability_strips`.
        size: height and width of the image.
        least: probability up to which a label counts as impossible.
    """

    def __init__(self, strips: Iterator[Strip], size: Sequence[int], least: float):
        self._size = size
        self._kept: list[tuple[int, np.ndarray, np.ndarray]] = []
        present: set[int] = set()
        first = 0
        for strip in strips:
            present.update(strip.argmax(dim=-1).unique().tolist())
            labels = (strip.amax(dim=(0, 1)) > least).nonzero()[:, 0]
            self._kept.append((first, labels.cpu().numpy(), strip.index_select(-1, labels).cpu().numpy()))
            first += len(strip)
        self.present = sorted(present)
        """Labels that are the most probable ones of some pixel."""

    def planes(self, labels: Sequence[int]) -> Float[np.ndarray, "K H W"]:
        """Probabilities of some labels; 0 where one counts as impossible. They can be taken once."""
        planes = np.zeros((len(labels), *self._size), np.float32)
        number = {label: plane for plane, label in enumerate(labels)}
        while self._kept:
            first, found, strip = self._kept.pop()
            for place, label in enumerate(found.tolist()):
                if label in number:
                    planes[number[label], first : first + len(strip)] = strip[..., place]
        return planes
