"""Put a cut-out in its place: resized, mirrored, turned, and where the frame will, cut."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image
from scipy import ndimage

from pipeline.data.demo.scene import Thing

MOST_ENLARGED = 2.4
WIDEST = 1.1
"""Of the picture's width; a wider object would show nothing but its middle."""
WHOLE = 0.7
"""Share of the objects that stand whole in the picture; the frame may cut the others."""
ALPHA_BLUR = 0.6
SEEN, HIDDEN = 0.7, 0.3
"""Alpha above which a pixel is the object's, and below which it is not."""


@dataclass(frozen=True)
class Layer:
    """One thing in its place, on the whole canvas."""

    name: str | None
    """Its class; None for a distractor."""
    colour: Float[np.ndarray, "H W 3"]
    """0..255; meaningless where alpha is 0."""
    alpha: Float[np.ndarray, "H W"]
    """0..1."""
    area: float
    """Pixels it would cover were it not cut by the frame."""
    standing: bool


def place(thing: Thing, rgba: UInt8[np.ndarray, "h w 4"], size: tuple[int, int], rng: np.random.Generator) -> Layer:
    """Resize, mirror, turn and move a cut-out."""
    width, height = size
    if rng.random() < 0.5:
        rgba = rgba[:, ::-1]
    scale = min(thing.height * height / rgba.shape[0], MOST_ENLARGED, WIDEST * width / rgba.shape[1])
    angle = np.deg2rad(rng.uniform(-4, 4) if thing.standing else rng.uniform(-20, 20))
    half_width, half_height = scale * rgba.shape[1] / 2, scale * rgba.shape[0] / 2
    x = rng.uniform(0.12, 0.88) * width
    if thing.standing:
        y = rng.uniform(0.8, 1.08) * height - half_height
    else:
        y = rng.uniform(0.25, 0.75) * height
    if rng.random() < WHOLE:
        x = np.clip(x, min(half_width, width / 2), max(width - half_width, width / 2))
        y = np.clip(y, min(half_height, height / 2), max(height - half_height, height / 2))
    cos, sin = np.cos(angle) / scale, np.sin(angle) / scale
    centre = rgba.shape[1] / 2, rgba.shape[0] / 2
    matrix = (cos, sin, centre[0] - cos * x - sin * y, -sin, cos, centre[1] + sin * x - cos * y)
    alpha = rgba[..., 3:].astype(np.float64) / 255
    channels = np.concatenate([rgba[..., :3] * alpha, alpha], axis=2)
    moved = np.stack([_warp(channels[..., k], size, matrix, scale) for k in range(4)], axis=2)
    colour = moved[..., :3] / np.maximum(moved[..., 3:], 1e-3)
    soft = ndimage.gaussian_filter(np.clip(moved[..., 3], 0, 1), ALPHA_BLUR)
    area = scale**2 * float((alpha >= SEEN).sum())
    return Layer(thing.cutout.kind, np.clip(colour, 0, 255), soft, area, thing.standing)


def _warp(
    channel: Float[np.ndarray, "h w"], size: tuple[int, int], matrix: tuple[float, ...], scale: float
) -> Float[np.ndarray, "H W"]:
    if scale < 1:
        channel = ndimage.gaussian_filter(channel, 0.5 * (1 / scale - 1), mode="constant")
    picture = Image.fromarray(channel.astype(np.float32))
    return np.asarray(picture.transform(size, Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR), np.float64)
