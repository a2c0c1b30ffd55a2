"""A segmenter's probabilities: sliding window for large images, mean over scales and mirror images."""

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch.nn.functional import interpolate

from seedmask.methods.batches import as_batch
from seedmask.methods.resizing import bilinear_bytes, scaled_size, size_in_box

Resample = Literal["bilinear", "opencv_bytes"]
"""How a view is made: in floating point with antialiasing, or from bytes to bytes without, as OpenCV does it."""
Network = Callable[[torch.Tensor], torch.Tensor]
"""RGB (N, 3, h, w) in 0..1 to logits (N, C, h, w)."""


def windows(length: int, window: int, stride: int) -> list[tuple[int, int]]:
    """First and last (exclusive) pixel of each window along an axis; the last one ends at the border."""
    count = max(length - window + stride - 1, 0) // stride + 1
    ends = [min(stride * i + window, length) for i in range(count)]
    return [(max(end - window, 0), end) for end in ends]


def sliding_logits(
    network: Network, images: Float[torch.Tensor, "N 3 H W"], window: int, stride: int
) -> Float[torch.Tensor, "N C H W"]:
    """Logits of an image of any size, averaged where windows overlap.

    Args:
        network: the segmenter.
        images: RGB in 0..1.
        window: side of the square window in pixels; an image no larger than it is taken whole.
        stride: step of the window in pixels, at most `window`.
    """
    height, width = images.shape[-2:]
    rows, columns = windows(height, window, stride), windows(width, window, stride)
    if len(rows) == len(columns) == 1:
        return network(images)
    total, cover = torch.zeros(0), images.new_zeros(height, width)
    for top, bottom in rows:
        for left, right in columns:
            logits = network(images[..., top:bottom, left:right])
            if not total.numel():
                total = logits.new_zeros(*logits.shape[:2], height, width)
            total[..., top:bottom, left:right] += logits
            cover[top:bottom, left:right] += 1
    return total / cover


@torch.no_grad()
def multi_scale_probabilities(
    network: Network,
    image: UInt8[np.ndarray, "H W 3"],
    scales: Sequence[float],
    flip: bool,
    *,
    window: int,
    stride: int,
    short_side: int | None = None,
    longest: int | None = None,
    resample: Resample = "bilinear",
    device: torch.device | str = "cpu",
) -> Float[np.ndarray, "C H W"]:
    """Mean over scales and mirror images of the softmax of the logits, resized to the image.

    Args:
        network: the segmenter.
        image: RGB.
        scales: factors of the image's size, or of the box of `short_side` and `longest`.
        flip: add the mirror image, in the same batch.
        window: see `sliding_logits`; the same at every scale.
        stride: see `sliding_logits`.
        short_side: shorter side in pixels at scale 1, in the place of the image's own; see `resizing.size_in_box`.
        longest: longer side in pixels at scale 1 that `short_side` must not lead beyond.
        resample: how views are made.
        device: where the network is.

    Returns:
        float32, sums to one over C.
    """
    height, width = image.shape[:2]
    batch = as_batch([image], device)
    total: torch.Tensor | None = None
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
        logits = sliding_logits(network, torch.cat([view, view.flip(-1)]) if flip else view, window, stride)
        if size != (height, width):
            logits = interpolate(logits, (height, width), mode="bilinear")
        probabilities = logits.float().softmax(dim=1)
        seen = probabilities[:1] + probabilities[1:].flip(-1) if flip else probabilities
        total = seen if total is None else total + seen
    if total is None:
        raise ValueError("no scale; expected at least one")
    return (total[0] / total[0].sum(dim=0)).cpu().numpy()
