"""The set `shapes`: textured blobs on textured grounds, drawn without any download.

Every class has an outline, a texture and a range of colours of its own, so that a small network learns it from image
tags; grounds have textures of every kind, so that texture alone is not the answer.
"""

from functools import partial
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float, UInt8
from PIL import Image, ImageDraw
from scipy import ndimage

from seedmask.demo.scene import GOLDEN, picture_rng
from seedmask.demo.writing import IGNORE, Sample, VisibleObject, box_of, fingerprint, is_made, make

CLASSES = ("disc", "box", "triangle", "ring", "star")
WEIGHTS = (1.0, 0.8, 0.65, 0.55, 0.5)
"""Frequencies of the classes: a mild tail."""
HUES = ((210, 60, 50), (50, 90, 200), (60, 160, 70), (215, 175, 50), (160, 70, 180))
PROPORTIONS = ((4, 3), (3, 4), (1, 1))
LEAST_VISIBLE = 0.5
SECOND, THIRD = 0.4, 0.15
"""Chances of a second and a third object."""

README = """shapes: a procedural data set of Seedmask, in PASCAL VOC layout

Drawn by `python -m seedmask.demo --set shapes`; nothing in it comes from elsewhere, and it may be used freely.
Masks: 0 background, 255 the outlines of objects, 1 disc, 2 box, 3 triangle, 4 ring, 5 star.
"""


def make_shapes(out: Path, train: int, val: int, seed: int, size: int, masks: bool = True, workers: int = 1) -> None:
    """Make the set in `out`, unless it is there already.

    Args:
        out: folder of the set.
        train: number of pictures for training.
        val: number of pictures for validation.
        seed: of the drawing.
        size: longest side of every picture in pixels; the shorter side is 3/4 of it, or the same.
        masks: whether to write truth masks.
        workers: processes.
    """
    settings = {"set": "shapes", "train": train, "val": val, "seed": seed, "size": size, "masks": masks}
    mark = fingerprint(settings)
    if not is_made(out, mark):
        draw = partial(draw_shapes, seed, size)
        make(
            out,
            mark,
            draw,
            {"train": train, "val": val},
            CLASSES,
            {"README.txt": README.encode()},
            masks=masks,
            workers=workers,
        )


def draw_shapes(seed: int, size: int, split: str, number: int) -> Sample:
    """One picture; it depends on nothing but its arguments."""
    rng = picture_rng(seed, split, number)
    wide, high = PROPORTIONS[rng.integers(len(PROPORTIONS))]
    width, height = size * wide // max(wide, high), size * high // max(wide, high)
    ground = rng.uniform(60, 190, size=3)
    pattern = int(rng.integers(len(CLASSES)))
    canvas = ground * (0.8 + 0.4 * _texture(pattern, height, width, rng)[..., None])
    kinds = [_class_at((0.5 + number * GOLDEN) % 1)]
    kinds += [int(rng.integers(len(CLASSES))) for chance in (SECOND, THIRD) if rng.random() < chance]
    mask = np.zeros((height, width), np.uint8)
    owner = np.full((height, width), -1)
    placed: list[tuple[int, int]] = []
    for kind in kinds:
        shape = _outline(kind, height, width, rng)
        behind = [((owner == n) & ~shape).sum() < LEAST_VISIBLE * area for n, (_, area) in enumerate(placed)]
        if any(behind):
            continue
        colour = np.clip(np.array(HUES[kind]) + rng.normal(0, 18, size=3), 0, 255)
        body = colour * (0.55 + 0.6 * _texture(kind, height, width, rng)[..., None])
        soft = ndimage.gaussian_filter(shape.astype(np.float64), 0.6)[..., None]
        canvas = canvas * (1 - soft) + body * soft
        border = shape ^ ndimage.binary_erosion(shape, border_value=1)
        mask[shape] = kind + 1
        mask[border] = IGNORE
        owner[shape] = len(placed)
        placed.append((kind, int(shape.sum())))
    image = np.clip(np.rint(canvas + rng.normal(0, 5, size=canvas.shape)), 0, 255).astype(np.uint8)
    objects = tuple(VisibleObject(CLASSES[kind], box_of(owner == n)) for n, (kind, _) in enumerate(placed))
    return Sample(image, mask, objects, int(rng.integers(85, 95)))


def _class_at(position: float) -> int:
    """Class at `position` (0..1) on a line on which every class has its share."""
    ends = np.cumsum(WEIGHTS) / np.sum(WEIGHTS)
    return int(np.searchsorted(ends[:-1], position, side="right"))


def _texture(pattern: int, height: int, width: int, rng: np.random.Generator) -> Float[np.ndarray, "H W"]:
    """Values in 0..1: speckles, stripes, checks, waves or clouds, one pattern for each class."""
    y, x = np.mgrid[:height, :width].astype(np.float64)
    angle, period = rng.uniform(0, np.pi), rng.uniform(5, 9)
    along, across = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    match CLASSES[pattern]:
        case "disc":
            values = ndimage.gaussian_filter(rng.random((height, width)), 1)
        case "box":
            values = np.sin(2 * np.pi * along / period)
        case "triangle":
            values = np.sign(np.sin(2 * np.pi * along / period) * np.sin(2 * np.pi * across / period))
        case "ring":
            values = np.sin(2 * np.pi * along / period + 2 * np.sin(2 * np.pi * across / (2 * period)))
        case _:
            values = ndimage.gaussian_filter(rng.random((height, width)), 4)
    return (values - values.min()) / max(float(np.ptp(values)), 1e-9)


def _outline(kind: int, height: int, width: int, rng: np.random.Generator) -> Bool[np.ndarray, "H W"]:
    """Pixels of one object of 0.35 to 0.8 of the shorter side, somewhere in the picture, turned at random."""
    radius = rng.uniform(0.35, 0.8) * min(height, width) / 2
    x, y = rng.uniform(0.25, 0.75) * width, rng.uniform(0.25, 0.75) * height
    corners, inner = {"box": (4, None), "triangle": (3, None), "star": (5, 0.45)}.get(CLASSES[kind], (48, None))
    steps = corners * (2 if inner else 1)
    radii = np.where(np.arange(steps) % 2, radius * (inner or 1), radius)
    angles = rng.uniform(0, 2 * np.pi) + 2 * np.pi * np.arange(steps) / steps
    points = np.stack([x + radii * np.cos(angles), y + radii * np.sin(angles)], axis=1)
    shape = _filled(points, height, width)
    if CLASSES[kind] == "ring":
        shape &= ~_filled((points - (x, y)) * 0.5 + (x, y), height, width)
    return shape.astype(bool)


def _filled(points: Float[np.ndarray, "N 2"], height: int, width: int) -> UInt8[np.ndarray, "H W"]:
    picture = Image.new("L", (width, height))
    ImageDraw.Draw(picture).polygon([tuple(point) for point in points.tolist()], fill=1)
    return np.array(picture)
