"""Images and masks from files to arrays and back, with every refusal in one place.

An image that the job `index` accepted loads in every later stage, because both call `read_image`.
"""

import functools
import hashlib
import io
import os
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from jaxtyping import UInt8
from PIL import Image, ImageFile, ImageOps

from seedmask.config.dataset import MOST_SIDE
from seedmask.dataset.bands import ChosenBands, choose_bands
from seedmask.dataset.mask_codes import LABELS, MaskCodes
from seedmask.dataset.opening import (
    DAMAGE,
    FORMATS,
    ORIENTATION_TAG,
    damaged,
    open_image,
    other_colours,
    refusal,
    several_frames,
    stretch_of,
    too_large,
)
from seedmask.dataset.picture_reading import PLAIN, PictureReading
from seedmask.dataset.placement import Size, working_size
from seedmask.dataset.placing import SHRINKING, as_array, shrunk
from seedmask.dataset.regular import read_file, require_regular
from seedmask.dataset.set_values import count_values
from seedmask.dataset.tiff import GEO_NOTE, RANGE, TiffFacts, settings_remedy, tiff_facts, tiff_problem
from seedmask.errors import InputError, Problem
from seedmask.fingerprint import digest

PLAIN_MODES = ("1", "L", "P", "RGB")
ALPHA_MODES = ("LA", "La", "PA", "RGBA", "RGBa")
DEEP_MODES = ("I", "F")
SIDEWAYS = range(5, 9)
"""EXIF orientations that exchange width and height."""
UPRIGHT = "turned upright"
"""First words of the note on a picture that was turned."""


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
    kind: str = ""
    """Bands and numbers, `4 bands of uint16`, where the data set says how pictures are read."""
    counts: Mapping[int, int] = field(default_factory=dict)
    """Number of values in each bin of `set_values`, where percentiles are wanted."""
    picture: Size = (0, 0)
    """Width and height of the picture, upright, before it was shrunk."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.width, self.height


def load_image(path: Path, reading: PictureReading = PLAIN) -> UInt8[np.ndarray, "H W 3"]:
    """Read an image, upright, as RGB in 0..255.

    Args:
        path: the image.
        reading: settings of the data set that it belongs to, with the limits that were found for it.

    Raises:
        InputError: the image is missing, damaged, or of a kind that has no defined conversion.
    """
    return read_image(path, reading=reading)[0]


def inspect_image(path: Path, max_side: int = MOST_SIDE, reading: PictureReading = PLAIN) -> ImageFacts:
    """Read an image in full and return its facts; refuses exactly what `load_image` refuses.

    Args:
        path: the image.
        max_side: longest side in pixels; a larger image is refused by its header, undecoded.
        reading: settings of the data set; where they ask for percentiles, the values are counted.
    """
    if reading.has_plain_values:
        return read_image(path, max_side, reading)[1]
    data = read_file(path)
    chosen = choose_bands(path, data, max_side, reading)
    height, width = chosen.values.shape[:2]
    size = _upright((width, height), chosen.orientation)
    counts = count_values(chosen.known) if reading.percentiles else {}
    shown, sha256 = working_size(size, reading.working_side), hashlib.sha256(data).hexdigest()
    return ImageFacts(*shown, sha256, _chosen_note(chosen), chosen.kind, counts, size)


def image_size(path: Path) -> tuple[int, int]:
    """Width and height of an ordinary image, upright, from its header alone.

    Raises:
        InputError: it is missing, or its header is of a kind that `load_image` refuses.
    """
    require_regular(path)
    try:
        with Image.open(path, formats=FORMATS) as image:
            facts = tiff_facts(read_file(path)) if image.format == "TIFF" else None
            problem = too_large(path, image.size, MOST_SIDE) or (tiff_problem(path, facts) if facts else None)
            problem = problem or _unreadable_kind(path, image, facts)
            if problem:
                raise refusal(problem)
            return _upright(image.size, image.getexif().get(ORIENTATION_TAG, 1))
    except DAMAGE:
        return read_image(path)[1].size  # with its own error


def read_image(
    path: Path, max_side: int = MOST_SIDE, reading: PictureReading = PLAIN
) -> tuple[UInt8[np.ndarray, "H W 3"], ImageFacts]:
    """Pixels and facts of an image from one read of its file; `reading` as of `load_image`.

    It is shrunk as `reading` says, but never cut.
    """
    data = read_file(path)
    if reading.has_plain_values:
        pixels, size, note, kind = *_ordinary(path, data, max_side, reading.working_side), ""
    else:
        chosen = choose_bands(path, data, max_side, reading)
        pixels, note, kind = chosen.as_rgb(reading.limits), _chosen_note(chosen), chosen.kind
        size = pixels.shape[1], pixels.shape[0]
        pixels = shrunk(pixels, working_size(size, reading.working_side))
    height, width = pixels.shape[:2]
    return pixels, ImageFacts(width, height, hashlib.sha256(data).hexdigest(), note, kind, picture=size)


def picture_size(path: Path) -> Size:
    """Width and height of an image of any kind that some settings read, upright, by its header.

    Raises:
        InputError: it is missing, or has no such header.
    """
    data = read_file(path)
    try:
        if facts := tiff_facts(data):
            size, turned = (facts.width, facts.height), facts.orientation
        else:
            with open_image(path, data) as image:
                size, turned = image.size, image.getexif().get(ORIENTATION_TAG, 1)
    except DAMAGE as error:
        raise refusal(damaged(path, error)) from error
    return _upright(size, turned)


def header_size(path: Path) -> Size | None:
    """Width and height of an image by its header, upright; None where it cannot be read."""
    try:
        return picture_size(path)
    except InputError:
        return None


def _ordinary(
    path: Path, data: bytes, max_side: int, working_side: int | None
) -> tuple[UInt8[np.ndarray, "H W 3"], Size, str]:
    """Pixels of an image of 8 bits, its size before it was shrunk, and a note."""
    facts = tiff_facts(data)
    if facts and (problem := too_large(path, (facts.width, facts.height), max_side) or tiff_problem(path, facts)):
        raise refusal(problem)  # before Pillow, which may not know it at all
    with open_image(path, data) as image:
        try:
            problem = too_large(path, image.size, max_side) or _unreadable_kind(path, image, facts)
            if problem:
                raise refusal(problem)
            turned = image.getexif().get(ORIENTATION_TAG, 1)
            notes = _notes(image, turned, facts)
            size = image.size
            wanted = working_size(size, working_side)
            if wanted != size:
                image.draft(None, wanted)  # a JPEG is decoded at a half, a quarter or an eighth, if that is enough
            ImageOps.exif_transpose(image, in_place=True)
            size, wanted = _upright(size, turned), _upright(wanted, turned)
            # A transparent palette converts without a warning only by way of RGBA.
            opaque = image.convert("RGBA") if image.has_transparency_data else image
            rgb = opaque if opaque.mode == "RGB" else opaque.convert("RGB")
            return as_array(rgb.resize(wanted, SHRINKING) if rgb.size != wanted else rgb), size, "; ".join(notes)
        except DAMAGE as error:
            raise refusal(damaged(path, error)) from error


def read_mask(path: Path, max_side: int = MOST_SIDE) -> tuple[UInt8[np.ndarray, "H W"], str]:
    """Numbers of a mask and the SHA-256 of its file, from one read; `max_side` as of `inspect_image`."""
    remedy = (
        "save it as such a PNG with 0 for background, 1 for the first class, 255 for unlabelled, as `seedmask init` "
        "does with truth masks in the colours of VOC's palette"
    )
    return _read_numbers(path, max_side, ("L", "P"), "a palette or 8-bit grey", remedy)


def read_labels(
    path: Path, codes: MaskCodes = LABELS, max_side: int = MOST_SIDE
) -> tuple[UInt8[np.ndarray, "H W"], str]:
    """Labels of a truth mask, and the SHA-256 of its file and of what its numbers stand for, from one read.

    Args:
        path: the mask.
        codes: labels that its numbers stand for.
        max_side: as of `inspect_image`.

    Raises:
        InputError: the mask is missing, damaged, no grey PNG where the numbers are no labels, or holds a number that
            stands for nothing.
    """
    if codes.are_labels:
        return read_mask(path, max_side)
    numbers, sha256 = _read_numbers(path, max_side, ("L",), f"8-bit grey of {codes.name}", codes.remedy)
    present = np.flatnonzero(np.bincount(numbers.ravel(), minlength=256)).tolist()
    if problem := codes.problem(path, present):
        raise refusal(problem)
    return np.frombuffer(codes.table, np.uint8)[numbers], digest([sha256, codes.digest])


def save_mask(path: Path, mask: UInt8[np.ndarray, "H W"]) -> None:
    """Write a mask as a PNG with the VOC palette, whole or not at all; folders are made as needed."""
    save_png(path, mask_png(mask))


def mask_png(mask: UInt8[np.ndarray, "H W"]) -> bytes:
    """A mask as a PNG with the VOC palette."""
    image, stream = Image.fromarray(mask), io.BytesIO()
    image.putpalette(palette().tobytes())
    image.save(stream, format="PNG")
    return stream.getvalue()


def save_png(path: Path, data: bytes) -> None:
    """Write a file whole or not at all; folders are made as needed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        partial.write_bytes(data)
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


def _read_numbers(
    path: Path, max_side: int, modes: Collection[str], expected: str, remedy: str
) -> tuple[UInt8[np.ndarray, "H W"], str]:
    """Numbers of a PNG of some modes, and the SHA-256 of its file."""
    data = read_file(path)
    with open_image(path, data) as image:
        if problem := too_large(path, image.size, max_side):
            raise refusal(problem)
        # Grey of 2 or 4 bits is stretched to 0..255 by Pillow, which would change the class numbers.
        stretched = stretch_of(image) != 1
        if image.format != "PNG" or image.mode not in modes or stretched:
            kind = "grey of less than 8 bits" if stretched else f"mode {image.mode}"
            found = f"mask is a {image.format} with {kind}, expected a PNG with {expected}"
            raise refusal(Problem(str(path), found, remedy))
        try:
            return np.array(image), hashlib.sha256(data).hexdigest()
        except DAMAGE as error:
            raise refusal(damaged(path, error)) from error


def _unreadable_kind(path: Path, image: ImageFile.ImageFile, facts: TiffFacts | None) -> Problem | None:
    # Pillow cuts 16-bit colour down to 8 bits silently; only the raw mode of the tiles shows it.
    deep = any(re.search(r";(16|32|64)[BLNSF]", str(tile[3])) for tile in image.tile)
    mode, frames = image.mode, getattr(image, "n_frames", 1)
    if deep or mode.split(";")[0] in DEEP_MODES:
        found = f"more than 8 bits a channel (mode {mode}), expected 8"
        return Problem(str(path), found, settings_remedy(path, [RANGE], scaled=True))
    if mode not in PLAIN_MODES + ALPHA_MODES:
        return other_colours(path, mode)
    # The frames of a TIFF were counted without its smaller copies.
    if frames > 1 and image.format != "MPO" and facts is None:
        return several_frames(path, frames)
    return None


def _notes(image: Image.Image, orientation: int, facts: TiffFacts | None) -> list[str]:
    notes = _turned(orientation)
    if image.has_transparency_data:
        notes.append("alpha ignored")
    frames = getattr(image, "n_frames", 1)
    if image.format == "MPO" and frames > 1:
        notes.append(f"first of {frames} pictures taken")
    return notes + [GEO_NOTE] * bool(facts and facts.is_geo)


def _chosen_note(chosen: ChosenBands) -> str:
    return "; ".join([*_turned(chosen.orientation), *chosen.notes])


def _upright(size: Size, orientation: int) -> Size:
    """Size of an image that is turned upright."""
    return (size[1], size[0]) if orientation in SIDEWAYS else size


def _turned(orientation: int) -> list[str]:
    return [f"{UPRIGHT} (EXIF orientation {orientation})"] if orientation in range(2, 9) else []
