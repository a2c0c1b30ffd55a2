"""Cut-outs and background areas as arrays, read from unpacked packages and kept small in memory."""

import csv
import functools
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import UInt8
from PIL import Image

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Cutout:
    """One photograph of one thing, with transparency around it."""

    package: str
    """Debian package it comes in."""
    path: str
    """Inside the package."""
    kind: str | None
    """Name of its class; None for a distractor, which is never labelled."""
    split: str
    sha256: str


@dataclass(frozen=True)
class BackgroundPhoto:
    """An area of a photograph without any object of the classes."""

    package: str
    path: str
    contexts: tuple[str, ...]
    """Its contexts: `meadow`, `road`..."""
    box: tuple[float, float, float, float]
    """Left, top, right, bottom as fractions of the photograph."""
    split: str
    sha256: str


def read_cutouts(path: Path = HERE / "cutouts.csv") -> tuple[Cutout, ...]:
    """All cut-outs, in the table's order."""
    return tuple(
        Cutout(
            row["package"], row["path"], row["class"] if row["role"] == "object" else None, row["split"], row["sha256"]
        )
        for row in _rows(path)
    )


def read_backgrounds(path: Path = HERE / "backgrounds.csv") -> tuple[BackgroundPhoto, ...]:
    """All background areas, in the table's order."""
    return tuple(
        BackgroundPhoto(
            row["package"],
            row["path"],
            tuple(row["contexts"].split()),
            (float(row["left"]), float(row["top"]), float(row["right"]), float(row["bottom"])),
            row["split"],
            row["sha256"],
        )
        for row in _rows(path)
    )


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


# Backgrounds are wallpapers of up to 16 megapixels; this is ample for pictures of 320 pixels.
BACKGROUND_SIDE = 900


class Pictures:
    """Reads the images of the tables.

    Args:
        roots: for each package, the folder below which its paths lie.
    """

    def __init__(self, roots: dict[str, Path]):
        self._roots = roots
        self.cutout = functools.cache(self._cutout)
        self.background = functools.cache(self._background)

    def path(self, row: Cutout | BackgroundPhoto) -> Path:
        """Path of the image of a table row."""
        return self._roots[row.package] / row.path

    def _cutout(self, row: Cutout) -> UInt8[np.ndarray, "H W 4"]:
        """RGBA, cropped to the pixels that are not transparent."""
        with Image.open(self.path(row)) as picture:
            rgba = picture.convert("RGBA")
        return np.asarray(rgba.crop(rgba.getchannel("A").point([255 * (alpha > 8) for alpha in range(256)]).getbbox()))

    def _background(self, row: BackgroundPhoto) -> UInt8[np.ndarray, "H W 3"]:
        """RGB of the row's area, at most `BACKGROUND_SIDE` on a side."""
        left, top, right, bottom = row.box
        with Image.open(self.path(row)) as picture:
            picture.draft("RGB", (2 * BACKGROUND_SIDE, 2 * BACKGROUND_SIDE))
            width, height = picture.size
            box = (round(left * width), round(top * height), round(right * width), round(bottom * height))
            area = picture.convert("RGB").crop(box)
        area.thumbnail((BACKGROUND_SIDE, BACKGROUND_SIDE))
        return np.asarray(area)
