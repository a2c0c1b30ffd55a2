"""Grey pictures as numbers 0..1: saliency maps, and heat maps of single classes."""

from pathlib import Path

import numpy as np
from jaxtyping import Float, Shaped
from PIL import ImageOps

from seedmask.config.dataset import MOST_SIDE
from seedmask.dataset.opening import DAMAGE, open_image
from seedmask.dataset.regular import read_file
from seedmask.errors import InputError, Problem

DEEP = ("I;16", "I;16B", "I;16L", "I;16N", "I")
GREY = ("1", "L")
COLOUR = ("RGB", "P")
TOPS = {"uint8": 255, "uint16": 65535}
"""Largest value of a type of integers."""
SLACK = 1e-5
"""How far floats may reach over 0..1 by rounding errors; they are clipped."""


def read_grey(path: Path) -> Float[np.ndarray, "H W"]:
    """A grey picture of 8 or 16 bits or of floats, as float32 in 0..1.

    Raises:
        InputError: it cannot be read, is not grey, or its numbers cannot be meant as 0..1.
    """
    try:
        with open_image(path, read_file(path)) as picture:
            if max(picture.size) > MOST_SIDE:
                width, height = picture.size
                raise _refusal(path, f"{width} x {height} pixels, expected those of the picture", "save it smaller")
            frames, mode = getattr(picture, "n_frames", 1), picture.mode
            values = np.array(ImageOps.exif_transpose(picture if mode not in COLOUR else picture.convert("RGB")))
            if frames > 1 or picture.has_transparency_data:
                what = f"{frames} frames" if frames > 1 else "a picture with transparency"
                raise _refusal(path, f"{what}, expected one grey picture", "save the map alone, in grey")
    except InputError:
        raise
    except (OSError, *DAMAGE) as error:
        raise _refusal(path, f"cannot be read as a picture ({error})", "write it again, as a PNG") from error
    if mode in COLOUR:
        if (values != values[..., :1]).any():
            raise _refusal(path, f"is in colour (mode {mode}), expected grey", "save the map in grey")
        values, mode = values[..., 0], "L"
    if mode not in (*GREY, *DEEP, "F"):
        raise _refusal(path, f"mode {mode}, expected grey of 8 or 16 bits, or floats", "convert it to grey")
    return unit_range(path, values, 65535 if mode in DEEP else 255)


def unit_range(path: Path, values: Shaped[np.ndarray, "..."], top: int | None = None) -> Float[np.ndarray, "..."]:
    """Numbers of a map as float32 in 0..1: floats as they are, others over their largest possible value.

    Args:
        path: file that they come from, for messages.
        values: floats in 0..1, with `SLACK` beside it, truth values, or integers.
        top: the largest value that integers can have; when not given, that of unsigned ones of 8 and 16 bits.

    Raises:
        InputError: they cannot be meant as 0..1.
    """
    if values.dtype.kind == "b" or not values.size:
        return values.astype(np.float32)
    if values.dtype.kind == "f":
        if not np.isfinite(values).all():
            raise _refusal(path, "NaN or infinite numbers, expected 0 to 1", "write 0 where a map is not known")
        low, high = values.min(), values.max()
        if low < -SLACK or high > 1 + SLACK:
            raise _refusal(path, f"floats from {low:g} to {high:g}, expected 0 to 1", "scale all maps alike to 0..1")
        return np.clip(values, 0, 1).astype(np.float32)
    if top is None and values.dtype.name not in TOPS:
        raise _refusal(
            path,
            f"numbers of type {values.dtype}, expected floats in 0..1, uint8 or uint16",
            "scale all maps alike to 0..1",
        )
    return _over(path, values, top or TOPS[values.dtype.name])


def _over(path: Path, values: Shaped[np.ndarray, "..."], top: int) -> Float[np.ndarray, "..."]:
    largest = int(values.max())
    if largest > top or values.min() < 0:
        raise _refusal(path, f"numbers up to {largest}, expected 0 to {top}", "save it with 16 bits or fewer")
    if largest == 1 or (top > 255 and 0 < largest <= 255):
        raise _refusal(
            path,
            f"numbers from 0 to {largest} of {top}: hardly anything would stand out",
            f"scale all maps alike so that the strongest is {top}",
        )
    return values.astype(np.float32) / np.float32(top)


def _refusal(path: Path, what: str, remedy: str) -> InputError:
    return InputError(path.name, [Problem(str(path), what, remedy)])
