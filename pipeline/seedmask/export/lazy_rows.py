"""The xarray dataset of a variant, which reads and checks images when they are used. Needs xarray."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import xarray
from xarray.backends import BackendArray
from xarray.core import indexing

from seedmask.dataset.index import Extent, Row
from seedmask.storage.canvas import ArraySpec, row_shape
from seedmask.storage.reader import StoredVariant, is_scaled

KEPT = 4
"""Images kept in memory, because all arrays of an image are read together."""


def dataset_of(
    stored: StoredVariant,
    rows: Sequence[Row],
    extent: Extent,
    labels: Mapping[int, str],
    attributes: Mapping[str, Any],
    meaning: Callable[[str], str],
) -> xarray.Dataset:
    """A dataset of some images.

    Args:
        stored: their shards.
        rows: their entries in the index, in the order of the shards.
        extent: sizes that hold every image of the set.
        labels: names of the numbers in masks.
        attributes: attributes of the dataset.
        meaning: description of an array, by its name.
    """
    layout, read = stored.layout(), lru_cache(KEPT)(stored.read)
    arrays = {}
    for name, spec in layout.arrays.items():
        lazy = indexing.LazilyIndexedArray(_Rows(read, stored.ids, name, spec, row_shape(spec, extent)))
        arrays[name] = xarray.Variable(("image", *spec.axes), lazy, {"description": meaning(name)})
    facts = {
        "row": [stored.row(row.id) for row in rows],
        "file": [row.name for row in rows],
        "split": [row.split for row in rows],
        "height": [row.height for row in rows],
        "width": [row.width for row in rows],
    }
    coordinates = {
        "image": list(stored.ids),
        **{name: ("image", values) for name, values in facts.items()},
        "label": list(labels),
        "class_name": ("label", list(labels.values())),
    }
    return xarray.Dataset(arrays, coordinates, dict(attributes))


class _Rows(BackendArray):
    """One array of all images, padded to the canvas."""

    def __init__(
        self,
        read: Callable[[str], Mapping[str, np.ndarray]],
        ids: Sequence[str],
        name: str,
        spec: ArraySpec,
        row: tuple[int, ...],
    ):
        self._read, self._ids, self._name, self._fill = read, ids, name, spec.fill
        self.shape = (len(ids), *row)
        self.dtype = np.dtype("float32") if is_scaled(spec) else np.dtype(spec.dtype)

    def __getitem__(self, key: indexing.ExplicitIndexer) -> np.ndarray:
        return indexing.explicit_indexing_adapter(key, self.shape, indexing.IndexingSupport.OUTER, self._outer)

    def _outer(self, key: tuple[Any, ...]) -> np.ndarray:
        """Each axis is indexed independently, by a number, a slice or an array."""
        images, *inner = key
        numbers = np.arange(len(self._ids))[images]
        if numbers.ndim == 0:
            return _cut(self._padded(int(numbers)), inner)
        empty = _cut(np.empty(self.shape[1:], self.dtype), inner)
        part = np.empty((len(numbers), *empty.shape), self.dtype)
        for position, number in enumerate(numbers.tolist()):
            part[position] = _cut(self._padded(number), inner)
        return part

    def _padded(self, number: int) -> np.ndarray:
        row = np.full(self.shape[1:], self._fill, self.dtype)
        values = self._read(self._ids[number])[self._name]
        row[tuple(map(slice, values.shape))] = values
        return row


def _cut(row: np.ndarray, key: Sequence[Any]) -> Any:
    """A row indexed axis by axis; a number if no axis is left."""
    for axis in reversed(range(row.ndim)):  # from the last axis, so that removing one shifts none that follow
        row = row[(slice(None),) * axis + (key[axis],)]
    return row
