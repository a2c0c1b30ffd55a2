"""Pictures whose bands or numbers a data set explains: chosen, counted, and scaled to RGB of 8 bits."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Shaped, UInt8
from PIL import Image, ImageOps

from seedmask.dataset.opening import (
    DAMAGE,
    ORIENTATION_TAG,
    damaged,
    open_image,
    other_colours,
    refusal,
    several_frames,
    too_large,
)
from seedmask.dataset.picture_reading import PictureReading
from seedmask.dataset.tiff import (
    GEO_NOTE,
    GREY_OR_RGB,
    RANGE,
    TiffFacts,
    bands_wanted,
    kind_of,
    never_read,
    settings_remedy,
    tiff_bands,
    tiff_facts,
)
from seedmask.errors import InputError, Problem

COLOURED = {"1": 1, "L": 1, "LA": 1, "La": 1, "P": 3, "PA": 3, "RGB": 3, "RGBA": 3, "RGBa": 3}
"""Bands besides alpha of Pillow's modes of 8 bits."""
DEEP_GREY = ("I;16", "I;16B", "I;16L", "I;16N", "F")


@dataclass(frozen=True)
class ChosenBands:
    """The bands of a picture that are looked at.

    Args:
        values: the chosen bands, finite where there is data; not turned upright.
        no_data: pixels without data, if there are any.
        kind: bands and numbers of the picture, `4 bands of uint16`.
        orientation: as in EXIF.
        white_is_zero: whether small values are bright.
        notes: what a user should know.
    """

    values: Shaped[np.ndarray, "H W B"]
    no_data: Bool[np.ndarray, "H W"] | None
    kind: str
    orientation: int
    white_is_zero: bool
    notes: tuple[str, ...]

    @property
    def known(self) -> Shaped[np.ndarray, "..."]:
        """All values of pixels with data."""
        return self.values if self.no_data is None else self.values[~self.no_data]

    def as_rgb(self, limits: tuple[float, float] | None) -> UInt8[np.ndarray, "H W 3"]:
        """Upright RGB; `limits` become 0 and 255, and pixels without data black."""
        pixels = self.values if limits is None else self._scaled(*limits)
        rgb = np.ascontiguousarray(np.broadcast_to(pixels, (*pixels.shape[:2], 3)))
        picture = Image.fromarray(rgb)
        picture.getexif()[ORIENTATION_TAG] = self.orientation
        return np.array(ImageOps.exif_transpose(picture))

    def _scaled(self, low: float, high: float) -> UInt8[np.ndarray, "H W B"]:
        scaled = np.empty(self.values.shape, np.uint8)
        for band in range(self.values.shape[2]):  # one at a time, which halves the memory
            share = (self.values[..., band].astype(np.float64) - low) / (high - low)
            if self.no_data is not None:
                share[self.no_data] = 0
            scaled[..., band] = np.rint(share.clip(0, 1) * 255)
        if self.white_is_zero:
            scaled = 255 - scaled
        if self.no_data is not None:
            scaled[self.no_data] = 0
        return scaled


def choose_bands(path: Path, data: bytes, max_side: int, reading: PictureReading) -> ChosenBands:
    """The bands of a picture that a data set asks for.

    Args:
        path: for messages.
        data: content of the file.
        max_side: longest side in pixels; a larger image is refused by its header, undecoded.
        reading: of the data set, and not that of ordinary pictures.

    Raises:
        InputError: the picture is damaged, larger, or of a kind that `reading` does not explain.
    """
    facts = tiff_facts(data)
    if facts and (problem := _too_odd(path, facts, max_side)):
        raise refusal(problem)
    white_is_zero = bool(facts and facts.photometric == "MINISWHITE" and facts.is_deep)
    if facts and not facts.is_ordinary:
        values, colours, orientation = _deep(path, data, facts, max_side), facts.colours, facts.orientation
        named = not facts.has_unknown_bands and colours in (1, 3)
    else:
        values, colours, orientation = _by_pillow(path, data, max_side)
        named = True
    kind, notes = kind_of(values.shape[2], str(values.dtype)), []
    if reading.bands:
        if max(reading.bands) > values.shape[2]:
            missing = f"{kind}, but `bands` of the data set asks for number {max(reading.bands)}"
            raise refusal(Problem(str(path), missing, "correct `bands`, or take the picture out of the data set"))
        values = values[..., [number - 1 for number in reading.bands]]
    elif not named:
        found = f"{kind}, of which the file does not say which are colours"
        raise refusal(Problem(str(path), found, settings_remedy(path, [bands_wanted(values.shape[2])], scaled=False)))
    elif values.shape[2] > colours:
        notes.append("alpha ignored")
        values = values[..., :colours]
        kind = kind_of(colours, str(values.dtype))
    if problem := _unscaled(path, kind, values, reading):
        raise refusal(problem)
    no_data = _without_data(values, facts.no_data if facts else None)
    if facts and facts.is_geo:
        notes.append(GEO_NOTE)
    if no_data is not None:
        notes.append(f"{int(no_data.sum())} pixels without data are black")
    chosen = ChosenBands(values, no_data, kind, orientation, white_is_zero, tuple(notes))
    return _checked(path, chosen)


def _too_odd(path: Path, facts: TiffFacts, max_side: int) -> Problem | None:
    if problem := too_large(path, (facts.width, facts.height), max_side) or never_read(path, facts):
        return problem
    if not facts.is_ordinary and facts.photometric not in GREY_OR_RGB:
        return other_colours(path, facts.photometric)
    return None


def _deep(path: Path, data: bytes, facts: TiffFacts, max_side: int) -> Shaped[np.ndarray, "H W B"]:
    try:
        return tiff_bands(path, data, facts)
    except InputError:
        # Pillow knows more compressions, and all of one deep band.
        if facts.bands > 1 or facts.numbers not in ("uint16", "float32"):
            raise
        return _by_pillow(path, data, max_side)[0]


def _by_pillow(path: Path, data: bytes, max_side: int) -> tuple[Shaped[np.ndarray, "H W B"], int, int]:
    """Bands, the number of those that are colours, and orientation of a picture that Pillow reads without loss."""
    with open_image(path, data) as image:
        try:
            frames = getattr(image, "n_frames", 1)
            if problem := too_large(path, image.size, max_side):
                raise refusal(problem)
            if frames > 1 and image.format not in ("MPO", "TIFF"):
                raise refusal(several_frames(path, frames))
            mode, orientation = image.mode, image.getexif().get(ORIENTATION_TAG, 1)
            if image.format == "PNG" and mode not in DEEP_GREY and any(";16" in str(tile[3]) for tile in image.tile):
                remedy = f'convert it to TIFF: `magick "{path}" -compress zip "{path.with_suffix(".tif")}"`'
                found = "a PNG with 16 bits a channel in colour, of which 8 would be read"
                raise refusal(Problem(str(path), found, remedy))
            if mode in DEEP_GREY:
                values = np.array(image)
                return values.astype(values.dtype.newbyteorder("="))[..., None], 1, orientation
            if mode not in COLOURED:
                raise refusal(other_colours(path, mode))
            if mode in ("1", "P", "PA"):
                image = image.convert("L" if mode == "1" else "RGBA" if image.has_transparency_data else "RGB")
            values = np.array(image)
        except DAMAGE as error:
            raise refusal(damaged(path, error)) from error
    return values.reshape(*values.shape[:2], -1), COLOURED[mode], orientation


def _unscaled(path: Path, kind: str, values: np.ndarray, reading: PictureReading) -> Problem | None:
    """The problem of numbers that the range of the data set does not explain."""
    if reading.kind and kind != reading.kind:
        found = f"{kind}, but the pictures of the data set have {reading.kind}, which its `bands` and `range` are for"
        return Problem(str(path), found, "convert it, or take it out")
    if values.dtype != np.uint8 and reading.limits is None and reading.percentiles is None:
        remedy = settings_remedy(path, [RANGE], scaled=False)
        return Problem(str(path), f"{kind}, more than 8 bits a channel", remedy)
    if values.dtype == np.uint8 and reading.limits and reading.limits[1] > 255:
        found = f"{kind}, which ends at 255, but `range` of the data set ends at {reading.limits[1]:g}"
        return Problem(str(path), found, "correct `range`, or take the picture out of the data set")
    return None


def _without_data(values: np.ndarray, mark: float | None) -> Bool[np.ndarray, "H W"] | None:
    """Pixels with the value that stands for no data, if there are any."""
    if mark is None or values.dtype == np.uint8:
        return None
    # A mark such as -3.4028235e38 is that of the samples, rounded as they are.
    marked = np.isnan(values) if np.isnan(mark) else values == np.asarray(mark).astype(values.dtype)
    pixels = np.asarray(marked).any(axis=2)
    return np.asarray(pixels) if np.any(pixels) else None


def _checked(path: Path, chosen: ChosenBands) -> ChosenBands:
    if chosen.values.dtype.kind != "f":
        return chosen
    wrong = int((~np.isfinite(chosen.known)).sum())
    if wrong:
        found = f"{chosen.kind}, {wrong} of them no finite numbers (NaN or infinite)"
        remedy = f'replace them, or mark NaN as missing, which becomes black: `gdal_edit.py -a_nodata nan "{path}"`'
        raise refusal(Problem(str(path), found, remedy))
    return chosen
