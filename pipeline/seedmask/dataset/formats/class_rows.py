"""`cls_labels.npy`: tags as repositories of the field keep them, a pickled dict of image id to a row of 0 and 1.

A pickle can run any code when it is opened, so nothing of it is: `seedmask.dataset.pickles` reads it with stand-ins and
refuses everything but arrays, dicts, texts and numbers. The names of the classes are not in the file.
"""

import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

import numpy as np

from seedmask.dataset.pickles import read_pickled_npy
from seedmask.errors import SeedmaskError


class ClassRows(NamedTuple):
    """Content of a file."""

    tags: Mapping[str, tuple[int, ...]]
    """Classes of each image, numbered from 0, ascending, by the image's id as `plain_id` writes it."""
    width: int
    """Number of classes."""


def read_class_rows(path: Path) -> ClassRows | None:
    """Tags in a file; None where it holds no dict, or an empty one.

    Raises:
        SeedmaskError: it cannot be opened without running code, or its rows are no rows of 0 and 1 of one length.
    """
    value = read_pickled_npy(path)
    if not isinstance(value, Mapping) or not value:
        return None
    rows = {plain_id(key): _row(row, f"{path}: image {key}") for key, row in value.items()}
    widths = {len(row) for row in rows.values()}
    if len(widths) != 1:
        raise SeedmaskError(f"{path}: rows of {min(widths)} to {max(widths)} classes, expected one length; mend it")
    return ClassRows({key: tuple(np.flatnonzero(row).tolist()) for key, row in rows.items()}, widths.pop())


def plain_id(key: Any) -> str:
    """An id without its folder and suffix; numbers have no zeros in front."""
    text = key.decode(errors="replace") if isinstance(key, bytes) else str(key)
    stem = re.sub(r"\.(jpe?g|png)$", "", PurePosixPath(text).name, flags=re.IGNORECASE)
    return stem.lstrip("0") or "0" if stem.isdigit() else stem


def _row(row: Any, where: str) -> np.ndarray:
    """0 and 1 of each class."""
    if not (isinstance(row, np.ndarray) and row.ndim == 1 and row.size and np.isin(row, (0, 1)).all()):
        kind = f"an array {row.shape}" if isinstance(row, np.ndarray) else type(row).__name__
        raise SeedmaskError(f"{where} has {kind}, expected one row of 0 and 1; it is not a file of labels")
    return row
