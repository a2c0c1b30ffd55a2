"""Picture files up to their headers: which formats are read, and what the others are called."""

import io
import struct
import zlib
from pathlib import Path

from PIL import Image, ImageFile

from seedmask.config.dataset import MOST_SIDE
from seedmask.errors import InputError, Problem

# Pillow's limit warns at a size of its own; ours is `max_side`, which is checked before decoding.
Image.MAX_IMAGE_PIXELS = None
STRETCHED = {"L;2": 85, "L;4": 17}
"""Factors by Pillow's names of grey of 2 and 4 bits."""
FORMATS = ("BMP", "GIF", "JPEG", "PNG", "TIFF", "WEBP")
"""Formats that are tried on a file, whatever its name: Pillow would pass others to programs like Ghostscript."""

ORIENTATION_TAG = 0x0112
# What Pillow's readers raise on damaged files.
DAMAGE = (OSError, SyntaxError, ValueError, TypeError, LookupError, EOFError, struct.error, zlib.error)

CONVERT = "convert it to PNG or JPEG"
AS_TIFF = "write its numbers as TIFF, and set `range` of the data set, and `bands` where there are several"
OTHER_FORMATS = (
    (128, b"DICM", "DICOM", f"{AS_TIFF} (they are the `pixel_array` of pydicom)"),
    (344, b"n+1\0", "NIfTI", AS_TIFF),
    (0, b"\x89HDF\r\n\x1a\n", "HDF5 or NetCDF", AS_TIFF),
    (0, b"SIMPLE  =", "FITS", AS_TIFF),
    (0, b"\0\0\0\x0cjP  ", "JPEG 2000", AS_TIFF),
    (0, b"\xff\x4f\xff\x51", "JPEG 2000", AS_TIFF),
    (4, b"ftypavif", "AVIF", CONVERT),
    (4, b"ftyphei", "HEIC", CONVERT),
    (4, b"ftypmif1", "HEIC", CONVERT),
    (0, b"8BPS", "a Photoshop document", CONVERT),
    (0, b"%PDF", "PDF", CONVERT),
)
"""Formats that are not read: where their mark lies, the mark, their name, and what to do."""


def open_image(path: Path, data: bytes) -> ImageFile.ImageFile:
    """An image by its header, not yet decoded.

    Raises:
        InputError: its format is not read.
    """
    if not data:
        raise refusal(
            Problem(str(path), "the file is empty (0 bytes)", "copy it again, or take it out of the data set")
        )
    try:
        return Image.open(io.BytesIO(data), formats=FORMATS)
    except Image.UnidentifiedImageError:
        name, remedy = other_format(data) or ("", "")
        raise refusal(
            Problem(str(path), f"is {name}, which is not read", f"{remedy}, or take it out of the data set")
            if name
            else Problem(
                str(path),
                "not a picture that can be read, or its header is damaged",
                "copy it again, convert it to PNG or JPEG, or take it out of the data set",
            )
        ) from None
    except DAMAGE as error:
        raise refusal(damaged(path, error)) from error


def other_format(data: bytes) -> tuple[str, str] | None:
    """Name of a known format that is not read, and what to do about it."""
    for offset, mark, name, remedy in OTHER_FORMATS:
        if data[offset : offset + len(mark)] == mark:
            return name, remedy
    return None


def too_large(path: Path, size: tuple[int, int], max_side: int) -> Problem | None:
    """The problem of a picture whose width or height is above a limit."""
    width, height = size
    if max(width, height) <= max_side:
        return None
    limit = f"`max_side` is {max_side}" if max_side < MOST_SIDE else f"no side of more than {MOST_SIDE} is read"
    remedy = "shrink the picture and its mask, or leave it out"
    if max_side < MOST_SIDE:
        remedy = "set `working_side` or `tiles` of the data set, leave the picture out, or raise `max_side`"
    return Problem(str(path), f"{width} x {height} pixels, but {limit}", remedy)


def several_frames(path: Path, frames: int) -> Problem:
    """The problem of a file with more than one picture."""
    return Problem(str(path), f"{frames} frames, expected one", f'keep the first: `magick "{path}[0]" first.png`')


def other_colours(path: Path, name: str) -> Problem:
    """The problem of a picture in a colour space that has no defined conversion."""
    return Problem(
        str(path), f"colour space {name}, expected RGB or grey", f'convert it: `mogrify -colorspace sRGB "{path}"`'
    )


def stretch_of(image: ImageFile.ImageFile) -> int:
    """Factor by which Pillow stretches grey of 2 or 4 bits to 0..255, before it is decoded; 1 for other images."""
    return next((STRETCHED[str(tile[3])] for tile in image.tile if str(tile[3]) in STRETCHED), 1)


def damaged(path: Path, error: Exception) -> Problem:
    """The problem of a file that cannot be decoded."""
    return Problem(str(path), f"truncated or damaged ({error})", "copy it again, or take it out of the data set")


def refusal(problem: Problem) -> InputError:
    """One problem of one file as an error."""
    return InputError(Path(problem.where).name, [problem])
