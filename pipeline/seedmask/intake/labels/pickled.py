"""`cls_labels.npy`: labels of pictures as repositories of the field keep them, a pickled dict of image id to 0 and 1.

The names of the classes are not in the file.
"""

import re
from pathlib import PurePosixPath

from seedmask.dataset.formats.class_rows import ClassRows, plain_id, read_class_rows
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
        if (rows := read_class_rows(path)) is not None:
            return _labelling(scan, name, rows)
    return None


def _labelling(scan: FolderScan, file: str, rows: ClassRows) -> Labelling | None:
    source, pictures, width = str(scan.folder / file), _pictures(scan), rows.width
    found = {pictures[key]: numbers for key, numbers in rows.tags.items() if key in pictures}
    if not found:
        return None
    ids = [PurePosixPath(name).stem for name in found]
    names = next((k.names for k in KNOWN_CLASSES.values() if len(k.names) == width and all(map(k.is_id, ids))), None)
    missing = len(rows.tags) - len(found)
    return Labelling(
        source=f"{source}, {len(rows.tags)} images, {width} classes",
        tags={picture: tuple((names or numbered(width))[n] for n in numbers) for picture, numbers in found.items()},
        files=(file,),
        classes=names or numbered(width),
        named=names is not None,
        notes=(f"{source} names {missing} pictures that are missing",) * bool(missing),
    )


def _pictures(scan: FolderScan) -> dict[str, str]:
    """Pictures by the ways in which ids are written: the name, its digits (VOC), its last number (COCO)."""
    found: dict[str, set[str]] = {}
    for name in scan.images:
        stem = PurePosixPath(name).stem
        numbers = re.findall(r"\d+", stem)
        ways = {plain_id(stem), plain_id("".join(numbers)), plain_id(numbers[-1])} if numbers else {stem}
        for way in ways:
            found.setdefault(way, set()).add(name)
    return {way: next(iter(names)) for way, names in found.items() if len(names) == 1}
