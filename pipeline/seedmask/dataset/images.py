"""Images and masks from files to arrays and back, with every refusal in one place.

An image that the job `index` accepted loads in every later stage, because both call `read_image`.
"""

import functools
import hashlib
import io
import os
import re
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import UInt8
from PIL import Image, ImageFile, ImageOps

from seedmask.config.dataset import MOST_SIDE
from seedmask.dataset.regular import read_file, require_regular
from seedmask.errors import InputError, Problem

# Pillow's limit warns at a size of its own; ours is `max_side`, which is checked before decoding.
Image.MAX_IMAGE_PIXELS = None
FORMATS = ("BMP", "GIF", "JPEG", "PNG", "TIFF", "WEBP")
"""Formats that are tried on a file, whatever its name: Pillow would pass others to programs like Ghostscript."""

PLAIN_MODES = ("1", "L", "P", "RGB")
ALPHA_MODES = ("LA", "La", "PA", "RGBA", "RGBa")
DEEP_MODES = ("I", "F")
ORIENTATION_TAG = 0x0112
SIDEWAYS = 4
"""EXIF orientations above turn a picture by a quarter."""
# What Pillow's readers raise on damaged files.
DAMAGE = (OSError, SyntaxError, ValueError, TypeError, LookupError, EOFError, struct.error, zlib.error)


@dataclass(frozen=True)
class ImageFacts:
    """Facts about an image that was read without trouble."""

    width: int
    """Pixels, after the image is turned upright."""
    height: int
    """Pixels, after the image is turned upright."""
    sha256: str
    """Of the file's bytes."""
    note: str
    """Changes made while reading, for the user; empty if there were none."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.width, self.height


def load_image(path: Path) -> UInt8[np.ndarray, "H W 3"]:
    """Read an image, upright, as RGB in 0..255.

    Raises:
        InputError: the image is missing, damaged, or of a kind that has no defined conversion.
    """
    return read_image(path)[0]


def inspect_image(path: Path, max_side: int = MOST_SIDE) -> ImageFacts:
    """Read an image in full and return its facts; refuses exactly what `load_image` refuses.

    Args:
        path: the image.
        max_side: longest side in pixels; a larger image is refused by its header, undecoded.
    """
    return read_image(path, max_side)[1]


def image_size(path: Path) -> tuple[int, int]:
    """Width and height of an image, upright, from its header alone.

    Raises:
        InputError: it is missing, or its header is of a kind that `load_image` refuses.
    """
    require_regular(path)
    try:
        with Image.open(path, formats=FORMATS) as image:
            if problem := _too_large(path, image, MOST_SIDE) or _unreadable_kind(path, image):
                raise _refusal(problem)
            turned = image.getexif().get(ORIENTATION_TAG, 1) > SIDEWAYS
            return (image.height, image.width) if turned else image.size
    except DAMAGE:
        return read_image(path)[1].size  # with its own error


def read_image(path: Path, max_side: int = MOST_SIDE) -> tuple[UInt8[np.ndarray, "H W 3"], ImageFacts]:
    """Pixels and facts of an image from one read of its file."""
    data = read_file(path)
    with open_image(path, data) as image:
        try:
            problem = _too_large(path, image, max_side) or _unreadable_kind(path, image)
            if problem:
                raise _refusal(problem)
            turned = image.getexif().get(ORIENTATION_TAG, 1)
            notes = _notes(image, turned)
            upright = ImageOps.exif_transpose(image)
            # A transparent palette converts without a warning only by way of RGBA.
            opaque = upright.convert("RGBA") if upright.has_transparency_data else upright
            pixels = np.array(opaque.convert("RGB"))
        except DAMAGE as error:
            raise _refusal(_damaged(path, error)) from error
    height, width = pixels.shape[:2]
    return pixels, ImageFacts(width, height, hashlib.sha256(data).hexdigest(), "; ".join(notes))


def read_mask(path: Path, max_side: int = MOST_SIDE) -> tuple[UInt8[np.ndarray, "H W"], str]:
    """Numbers of a mask and the SHA-256 of its file, from one read; `max_side` as of `inspect_image`."""
    data = read_file(path)
    with open_image(path, data) as image:
        if problem := _too_large(path, image, max_side):
            raise _refusal(problem)
        # Grey of 2 or 4 bits is stretched to 0..255 by Pillow, which would change the class numbers.
        stretched = image.mode == "L" and any(tile[3] != "L" for tile in image.tile)
        if image.format != "PNG" or image.mode not in ("L", "P") or stretched:
            kind = "grey of less than 8 bits" if stretched else f"mode {image.mode}"
            raise _refusal(
                Problem(
                    str(path),
                    f"mask is a {image.format} with {kind}, expected a PNG with a palette or 8-bit grey",
                    "save it as such a PNG with 0 for background, 1 for the first class, 255 for unlabelled",
                )
            )
        try:
            return np.array(image), hashlib.sha256(data).hexdigest()
        except DAMAGE as error:
            raise _refusal(_damaged(path, error)) from error


def save_mask(path: Path, mask: UInt8[np.ndarray, "H W"]) -> None:
    """Write a mask as a PNG with the VOC palette, whole or not at all; folders are made as needed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.fromarray(mask)
    image.putpalette(palette().tobytes())
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        image.save(partial, format="PNG")
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


@functools.cache
def palette() -> UInt8[np.ndarray, "256 3"]:
    """Colours of the VOC development kit: the bits of a number dealt to R, G, B in turn."""
    numbers = np.arange(256)
    colours = np.zeros((256, 3), dtype=np.uint8)
    for step in range(8):
        for channel in range(3):
            bit = (numbers >> (3 * step + channel)) & 1
            colours[:, channel] |= (bit << (7 - step)).astype(np.uint8)
    colours.flags.writeable = False
    return colours


def open_image(path: Path, data: bytes) -> ImageFile.ImageFile:
    """An image by its header, not yet decoded.

    Raises:
        InputError: its format is not read.
    """
    if not data:
        raise _refusal(
            Problem(str(path), "the file is empty (0 bytes)", "copy it again, or take it out of the data set")
        )
    try:
        return Image.open(io.BytesIO(data), formats=FORMATS)
    except Image.UnidentifiedImageError:
        raise _refusal(
            Problem(
                str(path),
                "not a picture that can be read, or its header is damaged",
                "copy it again, convert it to PNG or JPEG, or take it out of the data set",
            )
        ) from None
    except DAMAGE as error:
        raise _refusal(_damaged(path, error)) from error


def _unreadable_kind(path: Path, image: ImageFile.ImageFile) -> Problem | None:
    # Pillow cuts 16-bit colour down to 8 bits silently; only the raw mode of the tiles shows it.
    deep = any(re.search(r";(16|32|64)[BLNSF]", str(tile[3])) for tile in image.tile)
    mode, frames = image.mode, getattr(image, "n_frames", 1)
    if deep or mode.split(";")[0] in DEEP_MODES:
        return Problem(
            str(path),
            f"more than 8 bits a channel (mode {mode}), expected 8",
            "scale all pictures alike to 8 bits, MAX being their brightest value: "
            f'`mogrify -level 0,MAX -depth 8 "{path}"`',
        )
    if mode not in PLAIN_MODES + ALPHA_MODES:
        return Problem(
            str(path),
            f"colour space {mode}, expected RGB or grey",
            f'convert it: `mogrify -colorspace sRGB "{path}"`',
        )
    if frames > 1 and image.format != "MPO":
        return Problem(str(path), f"{frames} frames, expected one", f'keep the first: `magick "{path}[0]" first.png`')
    return None


def _too_large(path: Path, image: Image.Image, max_side: int) -> Problem | None:
    width, height = image.size
    if max(width, height) <= max_side:
        return None
    limit = f"`max_side` is {max_side}" if max_side < MOST_SIDE else f"no side of more than {MOST_SIDE} is read"
    remedy = "shrink the picture and its mask, or leave it out"
    if max_side < MOST_SIDE:
        remedy = "shrink the picture and its mask, leave it out, or raise `max_side` of the data set"
    return Problem(str(path), f"{width} x {height} pixels, but {limit}", remedy)


def _notes(image: Image.Image, orientation: int) -> list[str]:
    notes = []
    if orientation in range(2, 9):
        notes.append(f"turned upright (EXIF orientation {orientation})")
    if image.has_transparency_data:
        notes.append("alpha ignored")
    frames = getattr(image, "n_frames", 1)
    if image.format == "MPO" and frames > 1:
        notes.append(f"first of {frames} pictures taken")
    return notes


def _damaged(path: Path, error: Exception) -> Problem:
    return Problem(str(path), f"truncated or damaged ({error})", "copy it again, or take it out of the data set")


def _refusal(problem: Problem) -> InputError:
    return InputError(Path(problem.where).name, [problem])
