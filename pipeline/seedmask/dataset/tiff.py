"""TIFF files of any number of bands and bits, by tifffile: Pillow drops and shortens what it has no mode for."""

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Shaped

from seedmask.dataset.opening import DAMAGE, damaged, refusal, several_frames
from seedmask.errors import Problem

MARKS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
"""First bytes of TIFF and BigTIFF, in both orders of bytes."""
ALPHA = (1, 2)
"""Kinds of extra samples that are alpha: associated and unassociated."""
COLOURS = {"RGB": 3, "YCBCR": 3, "CIELAB": 3, "ICCLAB": 3, "ITULAB": 3, "SEPARATED": 4}
"""Samples of a pixel that a photometric interpretation explains; one of the others."""
GEO = (33550, 33922, 34264, 34735)
"""Tags of GeoTIFF: scale, tie points, transformation, keys."""
GEO_NOTE = "GeoTIFF, its coordinates are not kept"
ORIENTATION, NO_DATA = 274, 42113
GREY_OR_RGB = ("MINISBLACK", "MINISWHITE", "RGB")
RANGE = "`range: [LOW, HIGH]` (values that become black and white) or `range: {percentiles: [2, 98]}`"


@dataclass(frozen=True)
class TiffFacts:
    """The header of a TIFF file.

    Args:
        width: pixels, before the picture is turned upright.
        height: pixels, likewise.
        bands: samples of a pixel, alpha among them.
        colours: samples that the file explains: 3 of RGB, 1 of grey.
        alpha: whether the one further band is declared alpha.
        numbers: kind of the samples, `uint16`.
        frames: pictures in the file, without the smaller copies and masks of one.
        photometric: interpretation, `RGB`.
        orientation: as in EXIF.
        is_geo: whether it is a GeoTIFF.
        no_data: value that stands for a pixel without data, if the file names one.
        compression: its name.
    """

    width: int
    height: int
    bands: int
    colours: int
    alpha: bool
    numbers: str
    frames: int
    photometric: str
    orientation: int
    is_geo: bool
    no_data: float | None
    compression: str

    @property
    def is_deep(self) -> bool:
        """Whether a sample is something else than a number from 0 to 255."""
        return self.numbers not in ("uint8", "bool")

    @property
    def is_numeric(self) -> bool:
        """Whether samples are whole or real numbers."""
        return self.numbers.rstrip("0123456789") in ("uint", "int", "float", "bool")

    @property
    def has_unknown_bands(self) -> bool:
        """Whether there are bands that are neither colours nor alpha.

        Alpha of more than 8 bits is not believed: tools write it over near infrared and other measured bands.
        """
        return self.bands > self.colours + (self.alpha and not self.is_deep)

    @property
    def is_ordinary(self) -> bool:
        """Whether Pillow reads every sample as it is."""
        return not self.is_deep and not self.has_unknown_bands


def tiff_facts(data: bytes) -> TiffFacts | None:
    """Facts in the header of a TIFF file; None for other files, and for damaged ones, which Pillow refuses."""
    if not data.startswith(MARKS):
        return None
    import tifffile

    try:
        with tifffile.TiffFile(io.BytesIO(data)) as file:
            pages = [file.pages[number].aspage() for number in range(len(file.pages))]
            page = pages[0]
            frames = sum(not (one.is_reduced or one.is_mask) for one in pages)
            return _facts(page, frames)
    except (tifffile.TiffFileError, AttributeError, *DAMAGE):
        return None


def _facts(page: Any, frames: int) -> TiffFacts:
    photometric = getattr(page.photometric, "name", str(page.photometric))
    bands = page.samplesperpixel
    colours = min(COLOURS.get(photometric, 1), bands)
    alpha = bands == colours + 1 and bool(page.extrasamples) and int(page.extrasamples[-1]) in ALPHA
    numbers = "an unknown kind" if page.dtype is None else str(np.dtype(page.dtype))
    orientation = page.tags.valueof(ORIENTATION, 1)
    return TiffFacts(
        page.imagewidth,
        page.imagelength,
        bands,
        colours,
        alpha,
        numbers,
        max(frames, 1),
        photometric,
        orientation if isinstance(orientation, int) else 1,
        any(tag in page.tags for tag in GEO),
        _number(page.tags.valueof(NO_DATA)),
        getattr(page.compression, "name", str(page.compression)),
    )


def _number(text: Any) -> float | None:
    try:
        return float(text)
    except (TypeError, ValueError):
        return None


def never_read(path: Path, facts: TiffFacts) -> Problem | None:
    """Why a TIFF file is not read, whatever the settings of its data set: several pictures, complex numbers."""
    if facts.frames > 1:
        return several_frames(path, facts.frames)
    if not facts.is_numeric:
        found = f"numbers of {facts.numbers}, expected whole or real ones"
        return Problem(str(path), found, "write it again as uint16 or float32")
    return None


def tiff_problem(path: Path, facts: TiffFacts) -> Problem | None:
    """Why a TIFF file is no ordinary picture: it is not read at all, bands are not named, more than 8 bits."""
    problem = never_read(path, facts)
    if problem or facts.is_ordinary:
        return problem
    kind, wanted = kind_of(facts.bands, facts.numbers), []
    if facts.has_unknown_bands:
        kind += f", of which the file names {facts.colours if facts.colours > 1 else 'none'} as colours"
        wanted.append(bands_wanted(facts.bands))
    if facts.is_deep:
        kind += ", more than 8 bits a channel, expected 8"
        wanted.append(RANGE)
    what = "a GeoTIFF with " if facts.is_geo else ""
    return Problem(str(path), what + kind, settings_remedy(path, wanted, facts.numbers == "uint16" and facts.bands < 4))


def bands_wanted(count: int) -> str:
    """The setting that chooses among so many bands."""
    if count < 3:
        return "`bands: [1]` (the one that becomes grey, counted from 1)"
    return "`bands: [3, 2, 1]` (those that are red, green and blue, counted from 1)"


def settings_remedy(path: Path, wanted: list[str], scaled: bool) -> str:
    """What to set, and the command that scales pictures where that is another way."""
    other = (
        ", or scale all pictures alike to 8 bits, MAX being their brightest value: "
        f'`mogrify -level 0,MAX -depth 8 "{path}"`'
    )
    return f"set {' and '.join(wanted)} of the data set" + other * scaled


def kind_of(bands: int, numbers: str) -> str:
    """`4 bands of uint16`."""
    return f"{bands} band{'s' * (bands > 1)} of {numbers}"


def tiff_bands(path: Path, data: bytes, facts: TiffFacts) -> Shaped[np.ndarray, "H W B"]:
    """Samples of the first picture of a TIFF file, in the order of the file, not turned.

    Raises:
        InputError: it is damaged, or compressed in a way that is not read.
    """
    import tifffile

    try:
        with tifffile.TiffFile(io.BytesIO(data)) as file:
            page = file.pages[0].aspage()
            values, axes = page.asarray(), page.axes
    except (tifffile.TiffFileError, AttributeError, *DAMAGE) as error:
        if "imagecodecs" in str(error):
            raise refusal(
                Problem(
                    str(path),
                    f"{kind_of(facts.bands, facts.numbers)}, compressed by {facts.compression}",
                    "`pip install 'tifffile[codecs]'`, which reads it, or write it without compression: "
                    f'`gdal_translate -co COMPRESS=NONE "{path}" other.tif`',
                )
            ) from error
        raise refusal(damaged(path, error)) from error
    if "S" in axes:
        values = np.moveaxis(values, axes.index("S"), -1)
    elif values.ndim == 2:
        values = values[..., None]
    if values.shape != (facts.height, facts.width, facts.bands):
        raise refusal(
            Problem(
                str(path),
                f"samples of shape {values.shape}, expected {(facts.height, facts.width, facts.bands)}",
                "write it again with all bands in one picture",
            )
        )
    return values
