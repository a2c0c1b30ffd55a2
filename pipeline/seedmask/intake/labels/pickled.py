"""`cls_labels.npy`: labels of pictures as repositories of the field keep them, a pickled dict of image id to 0 and 1.

A pickle can run any code when it is opened, so nothing of it is: `seedmask.dataset.pickles` reads it with stand-ins
and refuses everything but arrays, dicts, texts and numbers. The names of the classes are not in the file.
"""

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

import numpy as np

from seedmask.dataset.pickles import read_pickled_npy
from seedmask.errors import SeedmaskError
from seedmask.intake.class_names import KNOWN_CLASSES, numbered
from seedmask.intake.labelling import Labelling
from seedmask.intake.options import ReadingOptions
from seedmask.intake.scan import FolderScan


def read_labels(scan: FolderScan, options: ReadingOptions) -> Labelling | None:
    """The first file of this kind.

    Raises:
        SeedmaskError: it cannot be opened without running code, or its rows are no labels.
    """
    for name, path in scan.with_suffix(".npy"):
        value = read_pickled_npy(path)
        if isinstance(value, Mapping) and value:
            return _labelling(scan, name, value)
    return None


def _labelling(scan: FolderScan, file: str, value: Mapping[Any, Any]) -> Labelling | None:
    source = str(scan.folder / file)
    rows = {key: _row(row, f"{source}: image {key}") for key, row in value.items()}
    widths = {len(row) for row in rows.values()}
    if len(widths) != 1:
        raise SeedmaskError(f"{source}: rows of {min(widths)} to {max(widths)} classes, expected one length; mend it")
    pictures = _pictures(scan)
    found = {pictures[key]: row for key, row in ((_plain(key), row) for key, row in rows.items()) if key in pictures}
    if not found:
        return None
    width = widths.pop()
    ids = [PurePosixPath(name).stem for name in found]
    names = next((k.names for k in KNOWN_CLASSES.values() if len(k.names) == width and all(map(k.is_id, ids))), None)
    missing = len(rows) - len(found)
    return Labelling(
        source=f"{source}, {len(rows)} images, {width} classes",
        tags={
            picture: tuple((names or numbered(width))[n] for n in np.flatnonzero(row)) for picture, row in found.items()
        },
        files=(file,),
        classes=names or numbered(width),
        named=names is not None,
        notes=(f"{source} names {missing} pictures that are missing",) * bool(missing),
    )


def _row(row: Any, where: str) -> np.ndarray:
    """0 and 1 of each class."""
    if not (isinstance(row, np.ndarray) and row.ndim == 1 and row.size and np.isin(row, (0, 1)).all()):
        kind = f"an array {row.shape}" if isinstance(row, np.ndarray) else type(row).__name__
        raise SeedmaskError(f"{where} has {kind}, expected one row of 0 and 1; it is not a file of labels")
    return row


def _plain(key: Any) -> str:
    """An id without its folder and suffix; numbers have no zeros in front."""
    text = key.decode(errors="replace") if isinstance(key, bytes) else str(key)
    stem = re.sub(r"\.(jpe?g|png)$", "", PurePosixPath(text).name, flags=re.IGNORECASE)
    return stem.lstrip("0") or "0" if stem.isdigit() else stem


def _pictures(scan: FolderScan) -> dict[str, str]:
    """Pictures by the ways in which ids are written: the name, its digits (VOC), its last number (COCO)."""
    found: dict[str, set[str]] = {}
    for name in scan.images:
        stem = PurePosixPath(name).stem
        numbers = re.findall(r"\d+", stem)
        ways = {_plain(stem), _plain("".join(numbers)), _plain(numbers[-1])} if numbers else {stem}
        for way in ways:
            found.setdefault(way, set()).add(name)
    return {way: next(iter(names)) for way, names in found.items() if len(names) == 1}
