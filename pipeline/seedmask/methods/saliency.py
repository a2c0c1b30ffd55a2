"""Saliency of an image by U2-Net (Qin et al., Pattern Recognition 2020), and changes of saliency maps."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image

from seedmask.methods.normalise import stretch

SIDE = 320
"""Side in pixels of the network's square input."""
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of ImageNet, RGB."""
BRIGHT = 0.5
"""A border that is this salient on average is that of a map with bright background."""


def salient_map(
    network: Callable[[Float[np.ndarray, "1 3 S S"]], Float[np.ndarray, "1 1 S S"]],
    image: UInt8[np.ndarray, "H W 3"],
    *,
    flip: bool = False,
) -> Float[np.ndarray, "H W"]:
    """Saliency of an image.

    The image is squashed to a square, divided by its largest value and normalised, as the network was trained; its
    answer is resized to the image bilinearly.

    Args:
        network: float32 images to probabilities of being salient, 0..1.
        image: RGB.
        flip: whether the map is the mean of the image's and of its mirror image's, turned back.

    Returns:
        float32 in 0..1.
    """
    if flip:
        mirrored = salient_map(network, np.ascontiguousarray(image[:, ::-1]))[:, ::-1]
        return (salient_map(network, image) + mirrored) / 2
    square = np.asarray(Image.fromarray(image).resize((SIDE, SIDE), Image.Resampling.BILINEAR), np.float32)
    scaled = square / max(float(square.max()), 1.0)
    normalised = (scaled - np.array(MEAN, np.float32)) / np.array(STD, np.float32)
    saliency = network(np.ascontiguousarray(normalised.transpose(2, 0, 1)[None]))[0, 0]
    return resized(np.clip(saliency, 0, 1), image.shape[:2])


def stretched(saliency: Float[np.ndarray, "H W"]) -> Float[np.ndarray, "H W"]:
    """(s - min) / (max - min); a constant map becomes 0."""
    low, high = saliency.min(), saliency.max()
    return stretch(saliency, low, high, epsilon=0) if high > low else np.zeros_like(saliency)


def resized(saliency: Float[np.ndarray, "h w"], size: tuple[int, int]) -> Float[np.ndarray, "H W"]:
    """A map at another size (H, W), bilinearly; still in 0..1."""
    height, width = size
    large = Image.fromarray(np.asarray(saliency, np.float32)).resize((width, height), Image.Resampling.BILINEAR)
    return np.clip(np.asarray(large), 0, 1)


def bright_border(saliency: Float[np.ndarray, "H W"]) -> bool:
    """Whether the outermost pixels are salient on average and more so than the rest: an inverted map, most likely."""
    border = np.ones(saliency.shape, bool)
    border[1:-1, 1:-1] = False
    inner = saliency[~border]
    edge = float(saliency[border].mean())
    return edge > BRIGHT and (inner.size == 0 or edge > float(inner.mean()))
