"""Pictures and truth masks of the data set as bytes for the page, a bounded number of them kept."""

import io
import threading
from collections import OrderedDict
from collections.abc import Callable

from PIL import Image

from seedmask.dataset.catalogue import Catalogue
from seedmask.dataset.index import Row
from seedmask.report.drawing import small_picture

KEPT_BYTES = 64 * 1024 * 1024
SMALLEST_SIDE, LARGEST_SIDE = 16, 4096
"""Pixels of the longer side that may be asked for."""


class Kept:
    """The bytes that were asked for last.

    Args:
        most: bytes to keep.
    """

    def __init__(self, most: int = KEPT_BYTES):
        self._most, self._size = most, 0
        self._items: OrderedDict[object, bytes] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def size(self) -> int:
        """Bytes that are kept."""
        return self._size

    def get(self, key: object, make: Callable[[], bytes]) -> bytes:
        """What is kept under a key, or else made now; two threads may make the same."""
        with self._lock:
            if key in self._items:
                self._items.move_to_end(key)
                return self._items[key]
        made = make()
        with self._lock:
            self._size += len(made) - len(self._items.pop(key, b""))
            self._items[key] = made
            while self._size > self._most:
                self._size -= len(self._items.popitem(last=False)[1])
        return made


def jpeg(catalogue: Catalogue, row: Row, side: int | None) -> bytes:
    """A picture, upright, its longer side at most `side` pixels.

    Raises:
        SeedmaskError: it cannot be read, or changed since it was indexed.
    """
    pixels = catalogue.image(row)
    picture = small_picture(pixels, side) if side else Image.fromarray(pixels)
    buffer = io.BytesIO()
    picture.save(buffer, format="JPEG", quality=90)
    return buffer.getvalue()


def truth_png(catalogue: Catalogue, row: Row) -> bytes:
    """A truth mask as grey of 8 bits: the labels themselves.

    Raises:
        SeedmaskError: there is none, it cannot be read, or it changed since it was indexed.
    """
    buffer = io.BytesIO()
    Image.fromarray(catalogue.truth(row)).save(buffer, format="PNG", compress_level=1)
    return buffer.getvalue()
