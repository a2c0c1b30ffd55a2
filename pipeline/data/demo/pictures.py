"""Cut-outs and background areas as arrays, read from unpacked packages and kept small in memory."""

import functools
from pathlib import Path

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from pipeline.data.demo.tables import Background, Cutout

# Backgrounds are wallpapers of up to 16 megapixels; this is ample for pictures of 320 pixels.
BACKGROUND_SIDE = 900


class Pictures:
    """Reads what the tables name.

    Args:
        roots: for each package, the folder below which its paths lie.
    """

    def __init__(self, roots: dict[str, Path]):
        self._roots = roots
        self.cutout = functools.cache(self._cutout)
        self.background = functools.cache(self._background)

    def path(self, row: Cutout | Background) -> Path:
        """Where the picture of a table row lies."""
        return self._roots[row.package] / row.path

    def _cutout(self, row: Cutout) -> UInt8[np.ndarray, "H W 4"]:
        """RGBA, cropped to what is not transparent."""
        with Image.open(self.path(row)) as picture:
            rgba = picture.convert("RGBA")
        return np.asarray(rgba.crop(rgba.getchannel("A").point(lambda alpha: 255 * (alpha > 8)).getbbox()))

    def _background(self, row: Background) -> UInt8[np.ndarray, "H W 3"]:
        """RGB of the row's area, at most `BACKGROUND_SIDE` on a side."""
        left, top, right, bottom = row.box
        with Image.open(self.path(row)) as picture:
            picture.draft("RGB", (2 * BACKGROUND_SIDE, 2 * BACKGROUND_SIDE))
            width, height = picture.size
            box = (round(left * width), round(top * height), round(right * width), round(bottom * height))
            area = picture.convert("RGB").crop(box)
        area.thumbnail((BACKGROUND_SIDE, BACKGROUND_SIDE))
        return np.asarray(area)
