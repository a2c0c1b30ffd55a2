"""A segmenter's mask from the probabilities of all labels at all pixels of the picture."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch.nn.functional import interpolate

from seedmask.methods.batches import as_batch
from seedmask.methods.inference import windows
from seedmask.methods.resizing import scaled_size

Network = Callable[[torch.Tensor], torch.Tensor]


@torch.no_grad()
def plain_prediction(
    network: Network, image: np.ndarray, scales: Sequence[float], window: int, stride: int
) -> np.ndarray:
    """Label (H, W) of each pixel.

    Args:
        network: pictures (N, 3, h, w) to logits of their size.
        image: RGB.
        scales: of the views, each with its mirror image.
        window: pixels along a side of what the network sees at once.
        stride: pixels between windows.
    """
    size, batch = image.shape[:2], as_batch([image])
    total = torch.zeros(1)
    for scale in scales:
        view = interpolate(batch, scaled_size(size, scale), mode="bilinear", antialias=True)
        logits = _whole_logits(network, torch.cat([view, view.flip(-1)]), window, stride)
        shares = interpolate(logits, size, mode="bilinear").softmax(dim=1)
        total = total + shares[:1] + shares[1:].flip(-1)
    return (total[0] / total[0].sum(dim=0)).numpy().argmax(axis=0).astype(np.uint8)


def _whole_logits(network: Network, images: torch.Tensor, window: int, stride: int) -> torch.Tensor:
    height, width = images.shape[-2:]
    total, cover = torch.zeros(0), torch.zeros(height, width)
    for top, bottom in windows(height, window, stride):
        for left, right in windows(width, window, stride):
            logits = network(images[..., top:bottom, left:right])
            total = total if total.numel() else torch.zeros(*logits.shape[:2], height, width)
            total[..., top:bottom, left:right] += logits
            cover[top:bottom, left:right] += 1
    return total / cover
