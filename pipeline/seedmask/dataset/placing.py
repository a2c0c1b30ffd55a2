"""Arrays of pictures that are shrunk or cut: from the picture to a row of the index, and back."""

from collections.abc import Callable, Iterable
from threading import Lock

import numpy as np
from jaxtyping import Float, Shaped, UInt8
from PIL import Image

from seedmask.dataset.placement import Placement, Size

SHRINKING = Image.Resampling.BICUBIC
"""Filter that pictures are shrunk with; Pillow widens it with the factor, so that fine texture does not alias."""
STRIP = 512
"""Rows of a picture that are copied at once."""


def as_array(picture: Image.Image) -> UInt8[np.ndarray, "H W 3"]:
    """Pixels of an RGB picture, copied strip by strip: at once, Pillow holds them three times over."""
    width, height = picture.size
    pixels = np.empty((height, width, 3), np.uint8)
    for top in range(0, height, STRIP):
        pixels[top : top + STRIP] = np.asarray(picture.crop((0, top, width, min(top + STRIP, height))))
    return pixels


def shrunk(pixels: UInt8[np.ndarray, "H W 3"], size: Size) -> UInt8[np.ndarray, "h w 3"]:
    """Pixels at another size; themselves where it is theirs.

    Args:
        pixels: RGB in 0..255.
        size: width and height.
    """
    if pixels.shape[1::-1] == size:
        return pixels
    return as_array(Image.fromarray(pixels).resize(size, SHRINKING))


def cut(values: Shaped[np.ndarray, "H W ..."], placement: Placement) -> Shaped[np.ndarray, "h w ..."]:
    """The part of a picture's array that a row shows, at the picture's scale; a view."""
    left, top, right, bottom = placement.box
    return values[top:bottom, left:right]


def placed_labels(labels: UInt8[np.ndarray, "H W"], placement: Placement | None) -> UInt8[np.ndarray, "h w"]:
    """Labels of a picture as a row has them; each is one that was there.

    Args:
        labels: numbers of the whole picture.
        placement: of the row; None where it shows the whole picture at its own size.
    """
    return labels if placement is None else _nearest(cut(labels, placement).copy(), placement.size)


def placed_values(values: Float[np.ndarray, "H W"], placement: Placement | None) -> Float[np.ndarray, "h w"]:
    """Values of a picture as a row has them, float32; between pixels they follow linearly; args as of the labels."""
    return values if placement is None else _linear(cut(values, placement).copy(), placement.size)


class LastPicture:
    """What was read of the last picture, which is kept because the tiles of a picture follow each other.

    Threads that want tiles wait for one another, so that each picture is read once.
    """

    def __init__(self):
        self._last: tuple[str, np.ndarray] | None = None
        self._lock = Lock()

    def of(self, picture: str, placement: Placement | None, read: Callable[[], np.ndarray]) -> np.ndarray:
        """What a picture holds, read now unless the row before was a tile of it.

        Args:
            picture: its id.
            placement: of the row; only that of a tile is worth keeping.
            read: reads it.
        """
        if placement is None or not placement.tiled:
            return read()
        with self._lock:
            last = self._last
            if last is None or last[0] != picture:
                last = self._last = None  # two large pictures at once may be too much
                last = self._last = picture, read()
            return last[1]


def whole_labels(parts: Iterable[tuple[Placement, UInt8[np.ndarray, "_ _"]]]) -> UInt8[np.ndarray, "H W"]:
    """Labels of a whole picture from those of its rows, at the picture's size.

    Args:
        parts: placement and labels of each row, at least one; together they cover the picture.
    """
    return _whole(parts, np.dtype(np.uint8), _nearest)


def whole_values(parts: Iterable[tuple[Placement, Float[np.ndarray, "_ _"]]]) -> Float[np.ndarray, "H W"]:
    """Values of a whole picture from those of its rows, float32, at the picture's size; args as of `whole_labels`."""
    return _whole(parts, np.dtype(np.float32), _linear)


def _whole(
    parts: Iterable[tuple[Placement, np.ndarray]], dtype: np.dtype, resize: Callable[[np.ndarray, Size], np.ndarray]
) -> np.ndarray:
    whole = np.empty(0, dtype)
    for placement, values in parts:
        if not whole.size:
            whole = np.empty(placement.picture[::-1], dtype)
        left, top, right, bottom = placement.box
        cut(whole, placement)[...] = resize(values, (right - left, bottom - top))
    return whole


def _nearest(labels: UInt8[np.ndarray, "H W"], size: Size) -> UInt8[np.ndarray, "h w"]:
    if labels.shape == size[::-1]:
        return labels
    return np.array(Image.fromarray(np.ascontiguousarray(labels)).resize(size, Image.Resampling.NEAREST))


def _linear(values: Float[np.ndarray, "H W"], size: Size) -> Float[np.ndarray, "h w"]:
    if values.shape == size[::-1]:
        return values
    image = Image.fromarray(np.ascontiguousarray(values, np.float32))
    return np.array(image.resize(size, Image.Resampling.BILINEAR))
