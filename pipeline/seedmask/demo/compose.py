"""Composition of cut-outs on a background, like a photograph, with its truth mask."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, UInt8
from PIL import Image
from scipy import ndimage

from seedmask.demo.cutouts import Pictures
from seedmask.demo.scene import NAMES, Scene, Thing
from seedmask.demo.writing import IGNORE, Sample, VisibleObject, box_of

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
    """One object in its position, on the whole canvas."""

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


LEAST_VISIBLE_SHARE = 0.6
"""Of an object's own area."""
LEAST_VISIBLE_AREA = 0.01
"""Of the picture's area."""
ATTEMPTS = 15
JPEG_QUALITY = (82, 94)


def compose(scene: Scene, pictures: Pictures, rng: np.random.Generator) -> Sample:
    """Compose a scene.

    Things are placed one after the other, each at a random depth; a place where it would hide another object, or be
    hidden itself, is drawn again, and after `ATTEMPTS` places it is left out.
    """
    canvas = _backdrop(pictures.background(scene.background), scene.size, rng)
    layers: list[Layer] = []
    for thing in scene.things:
        for _ in range(ATTEMPTS):
            layer = place(thing, pictures.cutout(thing.cutout), scene.size, rng)
            depth = int(rng.integers(len(layers) + 1))
            stacked = [*layers[:depth], layer, *layers[depth:]]
            if all_visible(stacked):
                layers = stacked
                break
    for layer in layers:
        canvas = _lay(canvas, layer, rng)
    objects = tuple(
        VisibleObject(layer.name, box_of(seen))
        for layer, seen in zip(layers, visible_parts(layers), strict=True)
        if layer.name
    )
    image = _develop(canvas, rng)
    return Sample(image, label_mask(layers), objects, int(rng.integers(*JPEG_QUALITY, endpoint=True)))


def label_mask(layers: list[Layer]) -> UInt8[np.ndarray, "H W"]:
    """Truth of layers from back to front: class number + 1, 0 behind and on distractors, 255 on soft borders."""
    mask = np.zeros(layers[0].alpha.shape, np.uint8)
    for layer in layers:
        label = NAMES.index(layer.name) + 1 if layer.name else 0
        border = (layer.alpha > HIDDEN) & (layer.alpha < SEEN)
        mask[border & (mask != label)] = IGNORE
        mask[layer.alpha >= SEEN] = label
    return mask


def visible_parts(layers: list[Layer]) -> list[Bool[np.ndarray, "H W"]]:
    """Visible pixels of each of the layers, from back to front."""
    free = np.ones(layers[0].alpha.shape, bool)
    parts = []
    for layer in reversed(layers):
        solid = layer.alpha >= SEEN
        parts.append(solid & free)
        free &= ~solid
    return parts[::-1]


def all_visible(layers: list[Layer]) -> bool:
    """Whether enough of each object is visible, inside the frame and behind other objects."""
    return all(
        seen.sum() >= max(LEAST_VISIBLE_SHARE * layer.area, LEAST_VISIBLE_AREA * seen.size)
        for layer, seen in zip(layers, visible_parts(layers), strict=True)
        if layer.name
    )


def _backdrop(
    area: UInt8[np.ndarray, "h w 3"], size: tuple[int, int], rng: np.random.Generator
) -> Float[np.ndarray, "H W 3"]:
    """A random part of the area, of at least 0.6 of the largest that has the picture's proportions."""
    width, height = size
    largest = min(area.shape[1] / width, area.shape[0] / height)
    scale = largest * rng.uniform(0.6, 1.0)
    left = rng.uniform(0, area.shape[1] - scale * width)
    top = rng.uniform(0, area.shape[0] - scale * height)
    box = (left, top, left + scale * width, top + scale * height)
    part = np.asarray(Image.fromarray(area).resize(size, Image.Resampling.BICUBIC, box), np.float64)
    return part[:, ::-1] if rng.random() < 0.5 else part


def _lay(canvas: Float[np.ndarray, "H W 3"], layer: Layer, rng: np.random.Generator) -> Float[np.ndarray, "H W 3"]:
    """Blend a layer over the canvas, in its light and with its shadow."""
    solid = layer.alpha >= SEEN
    if not solid.any():
        return canvas
    around = canvas[np.asarray(ndimage.binary_dilation(solid, iterations=12), bool)].mean(axis=0)
    own = layer.colour[solid].mean(axis=0)
    brightness = np.clip((around.mean() + 20) / (own.mean() + 20), 0.4, 2.5) ** rng.uniform(0.15, 0.35)
    cast = ((around / around.mean().clip(1)) / (own / own.mean().clip(1)).clip(0.2)).clip(0.5, 2)
    colour = layer.colour * brightness * cast ** rng.uniform(0.05, 0.15)
    shift = (3, rng.uniform(-6, 6)) if layer.standing else (rng.uniform(1, 6), rng.uniform(-6, 6))
    shadow = ndimage.gaussian_filter(ndimage.shift(layer.alpha, shift, order=1), 5)
    darkened = canvas * (1 - rng.uniform(0.15, 0.4) * np.clip(shadow, 0, 1)[..., None])
    alpha = layer.alpha[..., None]
    return darkened * (1 - alpha) + colour * alpha


def _develop(canvas: Float[np.ndarray, "H W 3"], rng: np.random.Generator) -> UInt8[np.ndarray, "H W 3"]:
    """Exposure, white balance and sensor noise of one camera over the whole picture."""
    exposed = 128 + (canvas - 128) * rng.uniform(0.9, 1.1) + rng.uniform(-12, 12)
    balanced = exposed * rng.uniform(0.95, 1.05, size=3)
    noisy = balanced + rng.normal(0, rng.uniform(1, 4), size=canvas.shape)
    return np.clip(np.rint(noisy), 0, 255).astype(np.uint8)
