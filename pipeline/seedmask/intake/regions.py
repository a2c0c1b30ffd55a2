"""Annotated objects of an image, and masks drawn from them: outlines, ellipses and bitmaps of annotation tools."""

import base64
import io
import math
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Bool, UInt8
from PIL import Image
from skimage.draw import polygon as pixels_of

from seedmask.config.dataset import MOST_SIDE
from seedmask.dataset.opening import DAMAGE, ORIENTATION_TAG, open_image
from seedmask.dataset.regular import read_file
from seedmask.errors import InputError, Problem
from seedmask.intake.labelling import Drawing
from seedmask.intake.words import is_background
from seedmask.methods.weak_labels import VOID

MEND = "correct the file, or export it again"
"""Remedy for a file that its tool would not write."""
CORNERS = 72
"""Corners of the polygon that stands for an ellipse."""
FARTHEST = 1 << 20
"""Coordinates are below it, before and behind 0; images have at most `MOST_SIDE` pixels a side."""
TURNED = range(5, 9)
"""EXIF's orientations that exchange width and height."""
UNKNOWN_PIXELS = frozenset(("__ignore__", "_ignore_", "unlabeled"))
"""Names, in small letters, of regions that are of no known class, not even of background."""

Point = tuple[float, float]
"""x and y in pixels, from the upper left corner; pixel 0 reaches from 0 to 1."""
Size = tuple[int, int]
"""Width and height in pixels, upright."""
Paint = Callable[[UInt8[np.ndarray, "H W"], int], None]
"""Writes a number into the pixels of an area."""


@dataclass(frozen=True)
class Region:
    """One annotated object.

    Args:
        name: its class.
        field: the question of the tool that the class answers: a control, an attribute.
        paint: paints its pixels; None for a point, a line or a box, whose pixels are not known.
        is_box: whether it is a box of a tool that draws boxes and outlines alike.
    """

    name: str
    field: str = ""
    paint: Paint | None = None
    is_box: bool = False


def drawing_of(regions: Sequence[Region], size: Size | Path) -> Drawing:
    """Draws the mask of an image; later regions lie above earlier ones.

    Args:
        regions: areas in their order.
        size: of the image, or its file.
    """

    def draw(numbers: Mapping[str, int]) -> UInt8[np.ndarray, "H W"]:
        width, height = upright_size(size) if isinstance(size, Path) else size
        mask = np.zeros((height, width), np.uint8)
        for region in regions:
            if region.paint is not None:
                region.paint(mask, _number_of(region.name, numbers))
        return mask

    return draw


def _number_of(name: str, numbers: Mapping[str, int]) -> int:
    if name.strip().lower() in UNKNOWN_PIXELS:
        return VOID
    return 0 if is_background(name) else numbers[name]


def upright_size(path: Path) -> Size:
    """Width and height of an image as it is shown.

    Raises:
        InputError: it cannot be read.
    """
    with open_image(path, read_file(path)) as image:
        try:
            width, height = image.size
            return (height, width) if image.getexif().get(ORIENTATION_TAG, 1) in TURNED else (width, height)
        except DAMAGE as error:
            raise InputError("image", [Problem(str(path), f"is damaged ({error})", "restore it")]) from error


@dataclass(frozen=True)
class _Polygon:
    """Area of a polygon; equal polygons are equal objects, so that one annotation in two files is known as one.

    Corners are kept as bytes of an array: as objects, those of a large data set would fill the memory.
    """

    outline: bytes
    holes: tuple[bytes, ...]

    def __call__(self, mask: UInt8[np.ndarray, "H W"], number: int) -> None:
        if not self.holes:
            mask[_inside(self.outline, mask.shape)] = number
            return
        area = np.zeros(mask.shape, bool)
        for corners, value in ((self.outline, True), *((hole, False) for hole in self.holes)):
            area[_inside(corners, mask.shape)] = value
        mask[area] = number


def _inside(corners: bytes, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns of the pixels whose centres a polygon encloses; to skimage, centres are whole numbers."""
    x, y = np.frombuffer(corners).reshape(-1, 2).T - 0.5
    return pixels_of(y, x, shape)


@dataclass(frozen=True)
class _Bitmap:
    """Area of a bitmap, which is decoded when it is painted: many together would fill the memory."""

    where: str = field(compare=False)
    data: bytes
    decode: Callable[[bytes], Bool[np.ndarray, "h w"]] = field(compare=False)
    corner: tuple[int, int]

    def __call__(self, mask: UInt8[np.ndarray, "H W"], number: int) -> None:
        try:
            rows, columns = np.nonzero(self.decode(self.data))
        except ValueError as error:
            raise InputError("annotations", [Problem(self.where, str(error), MEND)]) from None
        rows, columns = rows + self.corner[1], columns + self.corner[0]
        within = (rows >= 0) & (rows < mask.shape[0]) & (columns >= 0) & (columns < mask.shape[1])
        mask[rows[within], columns[within]] = number


def polygon(outline: Sequence[Point], holes: Sequence[Sequence[Point]] = ()) -> Paint:
    """Area of a polygon.

    Raises:
        ValueError: it, or a hole, has fewer than 3 corners.
    """
    for corners in (outline, *holes):
        if len(corners) < 3:
            raise ValueError(f"holds a polygon with {len(corners)} corners, expected at least 3")
    first, *others = (np.array(corners, float).tobytes() for corners in (outline, *holes))
    return _Polygon(first, tuple(others))


def rectangle(corner: Point, opposite: Point) -> Paint:
    """Area of a rectangle with two opposite corners."""
    (left, right), (top, bottom) = sorted((corner[0], opposite[0])), sorted((corner[1], opposite[1]))
    return polygon([(left, top), (right, top), (right, bottom), (left, bottom)])


def ellipse(centre: Point, radii: Point, turned: float = 0) -> Paint:
    """Area of an ellipse.

    Args:
        centre: its centre.
        radii: half of its width and height before it is turned.
        turned: angle in degrees, clockwise.
    """
    cosine, sine = math.cos(math.radians(turned)), math.sin(math.radians(turned))
    corners = []
    for step in range(CORNERS):
        angle = 2 * math.pi * step / CORNERS
        x, y = radii[0] * math.cos(angle), radii[1] * math.sin(angle)
        corners.append((centre[0] + x * cosine - y * sine, centre[1] + x * sine + y * cosine))
    return polygon(corners)


def bitmap(
    where: str, data: bytes, decode: Callable[[bytes], Bool[np.ndarray, "h w"]], corner: tuple[int, int] = (0, 0)
) -> Paint:
    """Area of a bitmap.

    Args:
        where: file and item, for errors.
        data: its code.
        decode: decodes it; a ValueError says what is wrong with it.
        corner: x and y of its upper left pixel.
    """
    return _Bitmap(where, data, decode, corner)


def decode_png(data: bytes) -> Bool[np.ndarray, "h w"]:
    """Pixels of a PNG that are not transparent; without transparency those that are not black.

    Raises:
        ValueError: it is no PNG, or damaged.
    """
    try:
        with Image.open(io.BytesIO(data), formats=("PNG",)) as image:
            if max(image.size) > MOST_SIDE:
                raise ValueError
            if image.has_transparency_data:
                return np.asarray(image.convert("RGBA"))[..., 3] > 0
            return np.asarray(image.convert("L")) > 0
    except DAMAGE:
        raise ValueError(f"its bitmap is not a whole PNG of at most {MOST_SIDE} pixels a side") from None


def bytes_in(value: Any, what: str) -> bytes:
    """Bytes of a text in base64.

    Raises:
        ValueError: the value is something else, or empty.
    """
    try:
        if not isinstance(value, str) or not value:
            raise ValueError
        return base64.b64decode(value, validate=True)
    except ValueError:
        raise ValueError(f"{what} is {_shown(value)}, expected base64") from None


def number_in(value: Any, what: str) -> float:
    """A finite number, not larger than any coordinate.

    Raises:
        ValueError: the value is something else, such as a number written as text.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not -FARTHEST < value < FARTHEST:
        raise ValueError(f"{what} is {_shown(value)}, expected a number")
    return float(value)


def point_in(value: Any, what: str = "a point") -> Point:
    """A point from a list of two numbers.

    Raises:
        ValueError: the value is something else.
    """
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise ValueError(f"{what} is {_shown(value)}, expected [x, y]")
    return number_in(value[0], f"x of {what}"), number_in(value[1], f"y of {what}")


def points_in(value: Any) -> list[Point]:
    """Points from a list of pairs.

    Raises:
        ValueError: the value is something else.
    """
    if not isinstance(value, list | tuple):
        raise ValueError(f"points are {_shown(value)}, expected a list of [x, y]")
    return [point_in(item) for item in value]


def size_in(width: Any, height: Any) -> Size:
    """Size of an image from two fields.

    Raises:
        ValueError: they are not whole numbers in the range that is read.
    """
    for value, what in ((width, "width"), (height, "height")):
        number = number_in(value, f"the {what} of the image")
        if number != int(number) or not 0 < number <= MOST_SIDE:
            raise ValueError(
                f"the {what} of the image is {_shown(value)}, expected a whole number from 1 to {MOST_SIDE}"
            )
    return int(width), int(height)


def text_in(value: Any, what: str) -> str:
    """A text that is not empty, without spaces around it, its characters composed (NFC).

    Raises:
        ValueError: the value is something else.
    """
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{what} is {_shown(value)}, expected a name")
    return unicodedata.normalize("NFC", value.strip())


def _shown(value: Any) -> str:
    """A value in a message."""
    text = "missing" if value is None else repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
