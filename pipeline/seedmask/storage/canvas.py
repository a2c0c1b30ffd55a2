"""Arrays of a variant on disk: one Zarr group, every array a canvas `(image, slot, y, x)`.

Images of all sizes are padded to the largest, which costs nothing after compression and keeps plain indexing, xarray
and viewers working. One Zarr shard holds the rows of one job; inside it each map is its own chunk. Labels are filled
with 255, so that a lost shard trains nothing instead of training "background"; maps are filled with 0.

A store grows with its set: shards keep the sizes they were begun with, and larger images lie in several of them.
"""

import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import zarr
from zarr.codecs import ZstdCodec
from zarr.core.buffer import Buffer
from zarr.storage import MemoryStore

from seedmask.dataset.index import Extent, Index
from seedmask.storage.files import write_atomic

Axis = Literal["slot", "y", "x"]

METADATA = "zarr.json"
"""File of a group's and of an array's metadata."""
LONGEST_CHUNK = 1024
"""Side of a chunk at most, so that reading a small image from a set with a huge one stays cheap."""


@dataclass(frozen=True)
class ArraySpec:
    """One array of a store, besides its image axis.

    Args:
        dtype: NumPy's name of the number type.
        axes: axes after the image axis.
        fill: value of the padding, and of all that was never written.
        scale: value of a stored 1.
    """

    dtype: str
    axes: tuple[Axis, ...]
    fill: int
    scale: float = 1.0


CAM = "cam"
"""Set of CAMs that all seeds have."""
SCORE = "score"
"""Score maps of the classes of an image, if a mask method stores some."""
BACKGROUND = "_background"
"""Suffix of the name of the background map of a set."""

MASK = ArraySpec("uint8", ("y", "x"), fill=255)
"""Class numbers: 0 background, k + 1 for class k, 255 for ignored and for padding."""
LABEL = ArraySpec("uint8", ("y", "x"), fill=255)
"""Class numbers as in masks; 254 for pixels that nobody labelled, 255 for padding and void (`methods.weak_labels`)."""
SALIENCY = ArraySpec("uint8", ("y", "x"), fill=0, scale=1 / 255)
"""Saliency of a pixel, in steps of 1/255."""
CLASSES = ArraySpec("int16", ("slot",), fill=-1)
"""0-based class of each slot."""
CONFIDENCE = ArraySpec("uint8", ("y", "x"), fill=0, scale=1 / 255)
"""Probability of the label, in steps of 1/255."""


def cam_spec(dtype: Literal["uint8", "float16"]) -> ArraySpec:
    """Activation maps 0..1 of the present classes."""
    return ArraySpec(dtype, ("slot", "y", "x"), fill=0, scale=_step(dtype))


def background_spec(dtype: Literal["uint8", "float16"]) -> ArraySpec:
    """Activation map 0..1 of the background."""
    return ArraySpec(dtype, ("y", "x"), fill=0, scale=_step(dtype))


def _step(dtype: Literal["uint8", "float16"]) -> float:
    return 1 / 255 if dtype == "uint8" else 1.0


def encode(maps: np.ndarray, spec: ArraySpec) -> np.ndarray:
    """Numbers 0..1 as they are stored: rounded to steps of `spec.scale`, or to half precision.

    Raises:
        ValueError: a number is not finite or lies outside 0..1.
    """
    if not np.all((maps >= 0) & (maps <= 1)):
        raise ValueError("a map holds NaN or numbers outside 0..1")
    if np.dtype(spec.dtype).kind == "f":
        return maps.astype(spec.dtype)
    return np.rint(np.asarray(maps, np.float32) / np.float32(spec.scale)).astype(spec.dtype)


def decode(stored: np.ndarray, spec: ArraySpec) -> np.ndarray:
    """Stored numbers as float32 in 0..1."""
    return stored.astype(np.float32) * np.float32(spec.scale)


@dataclass(frozen=True)
class Layout:
    """How a store is cut into shards; the same for all of them, whatever is added later.

    Args:
        arrays: the arrays by name.
        shard: height, width and slots of a shard.
        shard_size: images in one shard.
    """

    arrays: Mapping[str, ArraySpec]
    shard: Extent
    shard_size: int

    def chunk(self, spec: ArraySpec) -> tuple[int, ...]:
        """Shape of one chunk of a row: one map, or a tile of a very large one."""
        sizes = {"slot": self.shard.slots if spec.axes == ("slot",) else 1}
        row = zip(spec.axes, row_shape(spec, self.shard), strict=True)
        return tuple(sizes.get(axis) or min(length, LONGEST_CHUNK) for axis, length in row)

    def as_json(self) -> dict[str, Any]:
        """For the manifest and the fingerprint."""
        return {
            "arrays": {name: {**asdict(spec), "axes": list(spec.axes)} for name, spec in self.arrays.items()},
            "shard": asdict(self.shard),
            "shard_size": self.shard_size,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Layout":
        """The inverse of `as_json`."""
        arrays = {name: ArraySpec(**{**spec, "axes": tuple(spec["axes"])}) for name, spec in value["arrays"].items()}
        return cls(arrays, Extent(**value["shard"]), value["shard_size"])


@dataclass(frozen=True)
class StoreSize:
    """How large a store is.

    Args:
        images: rows of the image axis: all images of the data set.
        largest: height, width and slots that hold every image.
    """

    images: int
    largest: Extent

    @classmethod
    def of(cls, index: Index) -> "StoreSize":
        """Size that holds all images of a set."""
        return cls(index.images, index.extent)


def row_shape(spec: ArraySpec, extent: Extent) -> tuple[int, ...]:
    """Shape of one row of an array that holds some sizes; rows and columns are whole numbers of chunks."""
    sizes = {"slot": extent.slots, "y": _padded(extent.height), "x": _padded(extent.width)}
    return tuple(sizes[axis] for axis in spec.axes)


def _padded(length: int) -> int:
    return length if length <= LONGEST_CHUNK else -(-length // LONGEST_CHUNK) * LONGEST_CHUNK


def create(path: Path, layout: Layout, size: StoreSize, facts: Mapping[str, str] | None = None) -> None:
    """Create the store, or keep it if it has this layout; a store of another layout is stale as a whole and removed.

    A store of another size grows or shrinks, and damaged metadata of this layout is written again.

    Only one process may call this at a time.

    Args:
        path: the store.
        layout: its layout.
        size: its size.
        facts: attributes for people, the same for all images.
    """
    expected = metadata(layout, size, facts)
    if path.exists():
        damaged = damaged_metadata(path, expected)
        if damaged and _layout_of(path) in (None, layout.as_json()):
            for name in damaged:  # the shards are checked when they are read
                write_atomic(path / name, expected[name])
            _clear_after(path, -(-size.images // layout.shard_size))
            return
        if not damaged:
            return
        shutil.rmtree(path)
    partial = path.with_name(f".{path.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    for name, content in expected.items():
        write_atomic(partial / name, content)
    partial.rename(path)


def damaged_metadata(path: Path, expected: Mapping[str, bytes]) -> list[str]:
    """Files of a store's metadata that are missing or differ from the expected ones."""
    return [name for name, content in expected.items() if _json_of(path / name) != json.loads(content)]


def _json_of(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None


def _layout_of(path: Path) -> Any:
    """Layout in the metadata of a store; None if it cannot be read."""
    found = _json_of(path / METADATA)
    attributes = found.get("attributes") if isinstance(found, dict) else None
    return attributes.get("layout") if isinstance(attributes, dict) else None


def metadata(layout: Layout, size: StoreSize, facts: Mapping[str, str] | None = None) -> dict[str, bytes]:
    """All files of a store besides its shards, by their paths in it.

    Args:
        layout: its layout.
        size: its size.
        facts: attributes for people.
    """
    store: dict[str, Buffer] = {}
    group = zarr.open_group(MemoryStore(store), mode="w")
    group.attrs.update({**(facts or {}), "layout": layout.as_json()})
    for name, spec in layout.arrays.items():
        group.create_array(
            name,
            shape=(size.images, *row_shape(spec, size.largest)),
            shards=(layout.shard_size, *row_shape(spec, layout.shard)),
            chunks=(1, *layout.chunk(spec)),
            dtype=spec.dtype,
            fill_value=spec.fill,
            compressors=[ZstdCodec(level=3, checksum=True)],
            dimension_names=("image", *spec.axes),
            attributes={"scale_factor": spec.scale} if spec.scale != 1 else {},
        )
    return {name: content.to_bytes() for name, content in store.items()}


def attributes_of(facts: Mapping[str, Any]) -> dict[str, str]:
    """Facts of a manifest that are attributes of the store too."""
    return {name: facts[name] for name in ("provenance",) if name in facts}


def clear_shard(path: Path, number: int) -> None:
    """Remove all files of a shard, those of a killed writer too; a missing shard reads as fill."""
    for found in path.glob(f"*/c/{number}"):
        if found.is_dir():
            shutil.rmtree(found)
        else:
            found.unlink()


def _clear_after(path: Path, shards: int) -> None:
    """Remove the files of shards that a smaller set has no more."""
    for found in path.glob("*/c/*"):
        if found.name.isdecimal() and int(found.name) >= shards:
            clear_shard(path, int(found.name))


def write_rows(path: Path, layout: Layout, first: int, rows: Mapping[int, Mapping[str, np.ndarray]]) -> None:
    """Write the rows of one job, each of their arrays in one atomic rename, or in several where images are larger.

    Args:
        path: the store.
        layout: its layout.
        first: first row of the shard.
        rows: row number to the image's arrays, without padding; rows of the shard that are left out hold padding.
    """
    group = zarr.open_group(path, mode="r+")
    for name, spec in layout.arrays.items():
        array = _array(group, name)
        count = min(layout.shard_size, array.shape[0] - first)
        buffer = np.full((count, *array.shape[1:]), spec.fill, spec.dtype)
        for row, arrays in rows.items():
            part = arrays[name]
            buffer[(row - first, *map(slice, part.shape))] = part
        array[first : first + count] = buffer


def read_row(path: Path, layout: Layout, row: int, sizes: Mapping[Axis, int]) -> dict[str, np.ndarray]:
    """One image's arrays without padding, as stored.

    Args:
        path: the store.
        layout: its layout.
        row: row of the image.
        sizes: the image's own length along each axis.
    """
    group = zarr.open_group(path, mode="r")
    return {
        name: np.asarray(_array(group, name)[(row, *(slice(0, sizes[axis]) for axis in spec.axes))])
        for name, spec in layout.arrays.items()
    }


def _array(group: zarr.Group, name: str) -> zarr.Array:
    array = group[name]
    assert isinstance(array, zarr.Array), name
    return array
