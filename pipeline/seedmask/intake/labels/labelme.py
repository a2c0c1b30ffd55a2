"""labelme's JSON, one file beside each picture: labelled shapes, or flags of the whole picture.

    {"version": "5.4.1", "flags": {}, "shapes": [{"label": "cow", "points": [[x, y], ...], "shape_type": "polygon"}],
     "imagePath": "../img/a.jpg", "imageData": PICTURE, "imageHeight": 480, "imageWidth": 640}

Shapes are drawn in their order, as labelme's own converter does.
"""

import math
import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from seedmask.dataset.formats.files import id_of
from seedmask.dataset.formats.listing import Findings
from seedmask.errors import InputError
from seedmask.intake.annotated import AnnotatedImage, Source, choose_fields, fields_of, labelling_of
from seedmask.intake.json_files import JsonKeys, json_files
from seedmask.intake.labelling import Labelling
from seedmask.intake.options import ReadingOptions
from seedmask.intake.regions import (
    MEND,
    Paint,
    Region,
    Size,
    bitmap,
    bytes_in,
    decode_png,
    ellipse,
    points_in,
    polygon,
    rectangle,
    size_in,
    text_in,
)
from seedmask.intake.scan import FolderScan

SHAPES, FLAGS = "shapes", "flags"
"""Names of the two fields for `label_column`."""
BOXES = ("rectangle", "rotation")


def read_labels(scan: FolderScan, options: ReadingOptions) -> Labelling | None:
    """All files of this kind together; flags are classes where no file has shapes.

    Raises:
        InputError: shapes that the tool would not write, or files of one picture that contradict each other.
    """
    files, items, findings = [], [], Findings()
    pictures = {id_of(name): name for name in scan.images}
    for name, value in json_files(scan, _is_ours):
        files.append(name)
        path = str(scan.folder / name)
        try:
            picture = _picture(scan, pictures, name, value["imagePath"])
            size = _size(value)
            flags = _flags(value.get("flags"))
        except ValueError as error:
            findings.problem(path, str(error), MEND)
            continue
        regions = _regions(path, value["shapes"], findings)
        items.append(AnnotatedImage(path, picture, {FLAGS: flags}, regions, size, seen=True))
    if not files:
        return None
    source = Source(scan, tuple(files))
    if findings.problems:
        raise InputError(f"annotations in {source}", findings.problems)
    fields = fields_of(items)
    if options.label_column:
        return labelling_of(source, items, choose_fields(source, fields, options))
    if {SHAPES, FLAGS} <= fields.keys():
        note = f"{source}: flags of whole pictures are not used, as there are shapes ({next(iter(fields[FLAGS]))})"
        source = replace(source, notes=(note,))
    return labelling_of(source, items, (SHAPES,) if SHAPES in fields else (FLAGS,))


def _is_ours(found: JsonKeys) -> bool:
    return not found.is_list and {"shapes", "imagePath"} <= found.keys


def _picture(scan: FolderScan, pictures: Mapping[str, str], name: str, path: Any) -> str:
    """Name of the picture: where its path leads from the file, then the picture beside the file, then the path.

    Raises:
        ValueError: the path leads to another picture than the one of the file's name.
    """
    path = text_in(path, "`imagePath`")
    target = posixpath.normpath(posixpath.join(posixpath.dirname(name), path.replace("\\", "/")))
    beside = pictures.get(id_of(name))
    if target in scan.images:
        if beside not in (None, target):
            raise ValueError(f"names {target}, and lies beside {beside}: it may be of either")
        return target
    return beside or path


def _size(value: Mapping[str, Any]) -> Size | None:
    width, height = value.get("imageWidth"), value.get("imageHeight")
    return None if width is None and height is None else size_in(width, height)


def _flags(value: Any) -> tuple[str, ...]:
    """Flags that are set.

    Raises:
        ValueError: they are no object of yes and no.
    """
    value = value or {}
    if not isinstance(value, dict) or not all(isinstance(flag, bool) for flag in value.values()):
        raise ValueError("`flags` is no object of true and false")
    return tuple(text_in(name, "a flag") for name, flag in value.items() if flag)


def _regions(path: str, shapes: Any, findings: Findings) -> tuple[Region, ...]:
    if not isinstance(shapes, list) or not all(isinstance(shape, dict) for shape in shapes):
        findings.problem(path, "`shapes` is no list of objects", MEND)
        return ()
    regions = []
    for number, shape in enumerate(shapes):
        where = f"{path} shape {number}"
        try:
            name, kind = text_in(shape.get("label"), "`label`"), shape.get("shape_type") or "polygon"
            regions.append(Region(name, SHAPES, _area(where, kind, shape), kind in BOXES))
        except ValueError as error:
            findings.problem(where, str(error), MEND)
    return tuple(regions)


def _area(where: str, kind: str, shape: Mapping[str, Any]) -> Paint | None:
    """Area of a shape; None for points, lines, and shapes of other versions of the tool.

    Raises:
        ValueError: it has other points than such a shape.
    """
    points = points_in(shape.get("points"))
    if kind in ("circle", "mask") or (kind == "rectangle" and len(points) != 4):
        _require_two(kind, points)
        (x, y), (x2, y2) = points
        if kind == "circle":
            radius = math.hypot(x2 - x, y2 - y)
            return ellipse((x, y), (radius, radius))
        if kind == "mask":
            return bitmap(where, bytes_in(shape.get("mask"), "`mask`"), decode_png, (round(x), round(y)))
        return rectangle((x, y), (x2, y2))
    return polygon(points) if kind in ("polygon", *BOXES) else None


def _require_two(kind: str, points: Sequence[Any]) -> None:
    if len(points) != 2:
        raise ValueError(f"is a {kind} with {len(points)} points, expected 2")
