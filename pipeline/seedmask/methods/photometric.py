"""Photometric distortion as OpenMMLab trains segmenters with (mmsegmentation's `PhotoMetricDistortion`), on bytes.

Brightness, contrast, saturation and hue change one after the other, each rounded down to bytes; contrast comes second
or last. Colours go to HSV and back as OpenCV's bytes do, which loses up to some levels.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Int32, UInt8

TURN = 180
"""Hues of a whole turn, so that they fit a byte."""
BITS = 12
"""Of the fixed-point quotients on the way to HSV."""
BRIGHTNESS, FACTORS, HUES = (-32.0, 32.0), (0.5, 1.5), (-18, 18)
"""Ranges of the levels that are added, of the factors of contrast and saturation, and of the half degrees that the hue
turns by, whole and without the last."""


@dataclass(frozen=True)
class Distortion:
    """Drawn changes of one image; None leaves one out."""

    brightness: float | None = None
    """Levels that are added."""
    contrast: float | None = None
    """Factor of all levels."""
    contrast_first: bool = True
    """Whether contrast changes before saturation and hue, or after them."""
    saturation: float | None = None
    """Factor of the saturation."""
    hue: int | None = None
    """Half degrees that the hue turns by."""


def distorted(image: UInt8[np.ndarray, "H W 3"], changes: Distortion) -> UInt8[np.ndarray, "H W 3"]:
    """The image with its changes.

    Args:
        image: RGB.
        changes: what was drawn.
    """
    if changes.brightness is not None:
        image = _scaled(image, offset=changes.brightness)
    if changes.contrast is not None and changes.contrast_first:
        image = _scaled(image, factor=changes.contrast)
    if changes.saturation is not None:
        hsv = to_hsv(image)
        hsv[..., 1] = _scaled(hsv[..., 1], factor=changes.saturation)
        image = to_rgb(hsv)
    if changes.hue is not None:
        hsv = to_hsv(image)
        hsv[..., 0] = (hsv[..., 0].astype(int) + changes.hue) % TURN
        image = to_rgb(hsv)
    if changes.contrast is not None and not changes.contrast_first:
        image = _scaled(image, factor=changes.contrast)
    return image


def to_hsv(image: UInt8[np.ndarray, "H W 3"]) -> UInt8[np.ndarray, "H W 3"]:
    """Hue in half degrees, 0..179, saturation and value in 0..255, of RGB; the same bytes as OpenCV's."""
    red, green, blue = np.moveaxis(image.astype(np.int32), -1, 0)
    value = np.maximum(np.maximum(red, green), blue)
    spread = value - np.minimum(np.minimum(red, green), blue)
    sixths = np.select(
        [value == red, value == green], [green - blue, blue - red + 2 * spread], default=red - green + 4 * spread
    )
    half = 1 << (BITS - 1)
    saturation = (spread * _quotients(255)[value] + half) >> BITS
    hue = (sixths * _quotients(TURN // 6)[spread] + half) >> BITS
    return np.stack([np.where(hue < 0, hue + TURN, hue), saturation, value], axis=-1).astype(np.uint8)


def to_rgb(hsv: UInt8[np.ndarray, "H W 3"]) -> UInt8[np.ndarray, "H W 3"]:
    """RGB of what `to_hsv` gives, in single precision, rounded down as OpenCV's vector code does."""
    hue, saturation, value = np.moveaxis(hsv * np.array([6 / TURN, 1 / 255, 1 / 255], np.float32), -1, 0)
    sector = np.floor(hue)
    share = hue - sector
    low = value * (1 - saturation)
    falling = value * (1 - saturation * share)
    rising = value * (1 - saturation + saturation * share)
    turns = (
        [value, falling, low, low, rising, value],
        [rising, value, value, falling, low, low],
        [low, low, rising, value, value, falling],
    )
    colours = [np.choose(sector.astype(int) % 6, turn) for turn in turns]
    return (np.stack(colours, axis=-1) * np.float32(255)).astype(np.uint8)


def _scaled(levels: UInt8[np.ndarray, "*size"], factor: float = 1.0, offset: float = 0.0) -> UInt8[np.ndarray, "*size"]:
    """In single precision, cut to 0..255 and rounded down."""
    return (levels.astype(np.float32) * np.float32(factor) + np.float32(offset)).clip(0, 255).astype(np.uint8)


def _quotients(numerator: int) -> Int32[np.ndarray, "256"]:
    """The numerator by each byte in fixed point; by 0 it is 0."""
    return np.rint(numerator * (1 << BITS) / np.array([np.inf, *range(1, 256)])).astype(np.int32)
