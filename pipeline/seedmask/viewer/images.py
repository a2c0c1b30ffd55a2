"""Images, truth masks and colours for the page."""

import io
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from seedmask.dataset.catalogue import Catalogue
from seedmask.dataset.images import palette
from seedmask.dataset.index import Row
from seedmask.report.drawing import heat_colours, small_image

KEPT_BYTES = 64 * 1024 * 1024
SMALLEST_SIDE, LARGEST_SIDE = 16, 4096
"""Limits of the longer side in pixels."""


class ByteCache:
    """A cache of the bytes that were used last.

    Args:
        limit: bytes to keep.
    """

    def __init__(self, limit: int = KEPT_BYTES):
        self._limit, self._size = limit, 0
        self._items: OrderedDict[object, bytes] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def size(self) -> int:
        """Bytes in the cache."""
        return self._size

    def get(self, key: object, make: Callable[[], bytes]) -> bytes:
        """The bytes under a key, made now if they are not in the cache; two threads may make the same."""
        with self._lock:
            if key in self._items:
                self._items.move_to_end(key)
                return self._items[key]
        made = make()
        with self._lock:
            self._size += len(made) - len(self._items.pop(key, b""))
            self._items[key] = made
            while self._size > self._limit:
                self._size -= len(self._items.popitem(last=False)[1])
        return made


def image_jpeg(catalogue: Catalogue, row: Row, side: int | None) -> bytes:
    """An image as JPEG, upright, its longer side at most `side` pixels.

    Raises:
        SeedmaskError: it cannot be read, or changed since it was indexed.
    """
    pixels = catalogue.image(row)
    image = small_image(pixels, side) if side else Image.fromarray(pixels)
    buffer = io.BytesIO()
    image.save(buffer, format="JPEG", quality=90)
    return buffer.getvalue()


def truth_png(catalogue: Catalogue, row: Row) -> bytes:
    """A truth mask as PNG with 8 bits of grey: the labels themselves.

    Raises:
        SeedmaskError: the image has none, it cannot be read, or it changed since it was indexed.
    """
    buffer = io.BytesIO()
    Image.fromarray(catalogue.truth(row)).save(buffer, format="PNG", compress_level=1)
    return buffer.getvalue()


SAFE = np.array(
    [(230, 159, 0), (86, 180, 233), (0, 158, 115), (240, 228, 66), (0, 114, 178), (213, 94, 0), (204, 121, 167)],
    np.float64,
)
"""Colours of Okabe and Ito, which colour-blind people tell apart; their black is the background."""
SHADES = (0.0, 0.5, -0.4, 0.75, -0.65)
"""How far each further round of the seven colours moves towards white, or black if negative."""
SAFE_HEAT = np.array([(0, 32, 77), (64, 77, 108), (124, 123, 120), (187, 173, 108), (255, 234, 70)], np.float64)
"""From dark blue to bright yellow; lightness alone shows the order."""
SAFE_IGNORED = (225, 225, 225)


def safe_palette() -> UInt8[np.ndarray, "256 3"]:
    """Background black, then seven colours in five shades; the 36th class starts again with the first colour."""
    rounds = [SAFE + ((255 if shade > 0 else 0) - SAFE) * abs(shade) for shade in SHADES]
    colours = np.concatenate(rounds)[np.arange(255) % (len(SAFE) * len(SHADES))]
    return np.rint(np.concatenate([np.zeros((1, 3)), colours[:254], [SAFE_IGNORED]])).astype(np.uint8)


def page_colours() -> dict[str, Any]:
    """Both sets of colours, for each label and each stored activation 0..255, as hexadecimal digits."""
    steps = np.linspace(0, 1, 256)
    stops = np.linspace(0, 1, len(SAFE_HEAT))
    safe_heat = np.stack([np.interp(steps, stops, channel) for channel in SAFE_HEAT.T], axis=-1)
    return {
        "report": {"labels": _hex(palette()), "heat": _hex(heat_colours(steps[None])), "repeats": None},
        "safe": {
            "labels": _hex(safe_palette()),
            "heat": _hex(safe_heat),
            "repeats": len(SAFE) * len(SHADES),
        },
    }


def _hex(table: np.ndarray) -> str:
    return np.rint(table).astype(np.uint8).tobytes().hex()
