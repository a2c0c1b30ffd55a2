"""Maps in one shard of Zarr, in memory: codecs and chunks, their bytes and milliseconds."""

import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import zarr
from zarr.codecs import BloscCodec, GzipCodec, ZstdCodec
from zarr.codecs.numcodecs import Delta
from zarr.errors import ZarrUserWarning
from zarr.storage import MemoryStore


def _differences() -> Delta:
    """Of neighbours in a row, as PNG has them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ZarrUserWarning)  # that others cannot read it
        return Delta(dtype="u1")


OURS = [ZstdCodec(level=3, checksum=True)]
CODECS: Mapping[str, Sequence[Any]] = {
    "zstd 3, checksum (ours)": OURS,
    "zstd 3": [ZstdCodec(level=3)],
    "zstd 1, checksum": [ZstdCodec(level=1, checksum=True)],
    "zstd 9, checksum": [ZstdCodec(level=9, checksum=True)],
    "zstd 19, checksum": [ZstdCodec(level=19, checksum=True)],
    "blosc lz4, bit shuffle": [BloscCodec(cname="lz4", clevel=5, shuffle="bitshuffle", typesize=1)],
    "blosc zstd 3, bit shuffle": [BloscCodec(cname="zstd", clevel=3, shuffle="bitshuffle", typesize=1)],
    "gzip 6": [GzipCodec(level=6)],
    "differences, zstd 3 (not in Zarr's specification)": [_differences(), ZstdCodec(level=3)],
    "none": [],
}


def measured(maps: list[np.ndarray], codecs: Sequence[Any], side: int | None) -> tuple[float, float, float]:
    """Bytes, and milliseconds of a picture, to write all and to read each, in memory.

    Args:
        maps: of each picture, (K, H, W).
        codecs: of a chunk.
        side: of a chunk; None for a whole map, 0 for all maps of a picture.
    """
    slots, height, width = (max(one.shape[axis] for one in maps) for axis in range(3))
    if side:
        height, width = (-(-length // side) * side for length in (height, width))
    canvas = np.zeros((len(maps), slots, height, width), np.uint8)
    for place, one in zip(canvas, maps, strict=True):
        place[tuple(map(slice, one.shape))] = one
    chunk = {None: (1, 1, height, width), 0: (1, slots, height, width)}.get(side, (1, 1, side or 1, side or 1))
    store: dict[str, Any] = {}
    filters = [codec for codec in codecs if isinstance(codec, Delta)]
    array = zarr.create_array(
        MemoryStore(store),
        shape=canvas.shape,
        shards=canvas.shape,
        chunks=chunk,
        dtype="uint8",
        filters=filters,
        compressors=[codec for codec in codecs if codec not in filters],
    )
    writing = _milliseconds(lambda: array.__setitem__(slice(None), canvas))
    reading = _milliseconds(lambda: [array[number] for number in range(len(maps))])
    size = sum(len(content) for name, content in store.items() if not name.endswith("zarr.json"))
    return size / len(maps), writing / len(maps), reading / len(maps)


def _milliseconds(action: Callable[[], object]) -> float:
    """The least of three."""
    times = []
    for _ in range(3):
        started = time.perf_counter()
        action()
        times.append(time.perf_counter() - started)
    return 1000 * min(times)
