"""Lay cut-outs on a background so that the result passes for a photograph, and write down what is where."""

import numpy as np
from jaxtyping import Bool, Float, UInt8
from PIL import Image
from scipy import ndimage

from pipeline.data.demo.kinds import NAMES
from pipeline.data.demo.pictures import Pictures
from pipeline.data.demo.place import HIDDEN, SEEN, Layer, place
from pipeline.data.demo.scene import Scene
from pipeline.data.demo.voc import IGNORE, Sample, VisibleObject, box_of

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
    """Where each of the layers, from back to front, is seen."""
    free = np.ones(layers[0].alpha.shape, bool)
    parts = []
    for layer in reversed(layers):
        solid = layer.alpha >= SEEN
        parts.append(solid & free)
        free &= ~solid
    return parts[::-1]


def all_visible(layers: list[Layer]) -> bool:
    """Whether enough is seen of each object, inside the frame and behind what stands before it."""
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
    around = canvas[ndimage.binary_dilation(solid, iterations=12)].mean(axis=0)
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
