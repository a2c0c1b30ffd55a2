"""Supervisely's projects: `meta.json`, and a JSON for each picture with its tags and objects.

    meta.json    ds0/img/a.jpg    ds0/ann/a.jpg.json
    {"size": {"height": 6, "width": 8}, "tags": [{"name": "cow", "value": null}],
     "objects": [{"classTitle": "cow", "geometryType": "bitmap", "bitmap": {"data": CODE, "origin": [x, y]}}]}

The code of a bitmap is a PNG, compressed by zlib, in base64. Tags called
`train` and `val` are splits, as in the tool's own trainings.
"""

import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from jaxtyping import Bool

from seedmask.dataset.formats.listing import Findings
from seedmask.errors import InputError
from seedmask.intake.annotated import AnnotatedImage, Source, choose_fields, fields_of, labelling_of
from seedmask.intake.json_files import JsonKeys, json_files
from seedmask.intake.labelling import Labelling
from seedmask.intake.options import ReadingOptions
from seedmask.intake.regions import (
    MEND,
    Paint,
    Point,
    Region,
    Size,
    bitmap,
    bytes_in,
    decode_png,
    point_in,
    points_in,
    polygon,
    size_in,
    text_in,
)
from seedmask.intake.scan import FolderScan
from seedmask.intake.splits import SPLITS

TAGS, OBJECTS = "tags", "objects"
"""Names of the fields of plain tags and of objects, for `label_column`; a tag with a word is a field of its own."""
MOST_BYTES = 1 << 28
"""A bitmap's PNG has at most so many bytes."""


def read_labels(scan: FolderScan, options: ReadingOptions) -> Labelling | None:
    """All annotations together, with the classes in the order of `meta.json`.

    Raises:
        InputError: tags or objects that the tool would not write.
        QuestionError: tags and objects have words of their own.
    """
    files, items, findings = [], [], Findings()
    splits: dict[str, str] = {}
    odd: Counter[str] = Counter()
    for name, value in json_files(scan, _is_annotation):
        if not _has_titles(value):
            continue
        files.append(name)
        path, picture = str(scan.folder / name), _picture(scan, name)
        try:
            size = _size(value["size"])
            words = _words(value.get("tags") or [], odd)
        except ValueError as error:
            findings.problem(path, str(error), MEND)
            continue
        if given := [SPLITS[word] for word in words.get(TAGS, ()) if word in SPLITS]:
            splits[picture] = given[0]
            words[TAGS] = tuple(word for word in words[TAGS] if word not in SPLITS)
            if len(set(given)) > 1:
                findings.problem(path, f"has tags for the splits {' and '.join(given)}", "keep one of them")
        items.append(AnnotatedImage(path, picture, words, _regions(path, value["objects"], findings), size))
    if not files:
        return None
    metas = list(json_files(scan, _is_meta))
    source = Source(scan, tuple(files))
    if findings.problems:
        raise InputError(f"annotations in {source}", findings.problems)
    source = replace(
        source,
        files=(*files, *(name for name, _ in metas)),
        order=tuple(title for _, meta in metas for title in _titles(meta)),
        splits=splits,
        split_rule=f"tags {', '.join(sorted(set(splits.values())))} of {source}" if splits else "",
        notes=tuple(f"{source}: {count} tags hold {what} and are not used" for what, count in odd.items()),
    )
    fields = fields_of(items)
    return labelling_of(source, items, choose_fields(source, fields, options) if fields else ())


def _is_annotation(found: JsonKeys) -> bool:
    return not found.is_list and {"size", "objects"} <= found.keys


def _is_meta(found: JsonKeys) -> bool:
    return not found.is_list and {"classes", "tags"} <= found.keys and (not found.inner or "title" in found.inner)


def _has_titles(value: Mapping[str, Any]) -> bool:
    """Whether the objects of a file are those of this tool."""
    objects = value["objects"]
    return isinstance(objects, list) and all(isinstance(item, dict) and "classTitle" in item for item in objects[:1])


def _titles(meta: Mapping[str, Any]) -> Iterator[str]:
    """Classes in the order of a project."""
    for item in meta["classes"] if isinstance(meta["classes"], list) else ():
        if isinstance(item, dict) and isinstance(item.get("title"), str):
            yield item["title"].strip()


def _picture(scan: FolderScan, name: str) -> str:
    """Name of the picture of an annotation: `ds0/img/a.jpg` of `ds0/ann/a.jpg.json`."""
    *folders, file = name.removesuffix(".json").split("/")
    usual = "/".join((*("img" if folder == "ann" else folder for folder in folders), file))
    return usual if usual in scan.images else "/".join((*(folder for folder in folders if folder != "ann"), file))


def _size(value: Any) -> Size:
    if not isinstance(value, dict):
        raise ValueError("`size` is no object")
    return size_in(value.get("width"), value.get("height"))


def _words(tags: Any, odd: Counter[str]) -> dict[str, tuple[str, ...]]:
    """Tags without values, and words of those with some; numbers are counted.

    Raises:
        ValueError: a tag has no name, or holds something else.
    """
    words: dict[str, tuple[str, ...]] = {}
    if not isinstance(tags, list):
        raise ValueError("`tags` is no list")
    for tag in tags:
        name = text_in(tag.get("name") if isinstance(tag, dict) else tag, "the name of a tag")
        value = tag.get("value") if isinstance(tag, dict) else None
        if isinstance(value, int | float):
            odd["numbers"] += 1
        elif value in (None, ""):
            words[TAGS] = (*words.get(TAGS, ()), name)
        else:
            words[name] = (*words.get(name, ()), text_in(value, f"the value of tag {name}"))
    return words


def _regions(path: str, objects: list[Any], findings: Findings) -> tuple[Region, ...]:
    regions = []
    for number, item in enumerate(objects):
        where = f"{path} object {number}"
        try:
            if not isinstance(item, dict):
                raise ValueError("is no object")
            regions.append(Region(text_in(item.get("classTitle"), "`classTitle`"), OBJECTS, _area(where, item)))
        except ValueError as error:
            findings.problem(where, str(error), MEND)
    return tuple(regions)


def _area(where: str, item: Mapping[str, Any]) -> Paint | None:
    """Area of an object; None for boxes, points, lines and other shapes.

    Raises:
        ValueError: it has no bitmap or outline, though its type is one.
    """
    kind = item.get("geometryType", item.get("shape"))
    if kind == "bitmap":
        code = item.get("bitmap")
        if not isinstance(code, dict):
            raise ValueError("`bitmap` is no object")
        x, y = point_in(code.get("origin"), "`origin`")
        return bitmap(where, bytes_in(code.get("data"), "`data`"), _decode, (round(x), round(y)))
    if kind == "polygon":
        points = item.get("points")
        if not isinstance(points, dict):
            raise ValueError("`points` is no object")
        holes = points.get("interior") or []
        if not isinstance(holes, list):
            raise ValueError("`interior` is no list of outlines")
        return polygon(_centres(points.get("exterior")), [_centres(hole) for hole in holes])
    return None


def _centres(value: Any) -> list[Point]:
    """Corners of an outline; the tool counts pixels, and means their centres."""
    return [(x + 0.5, y + 0.5) for x, y in points_in(value)]


def _decode(code: bytes) -> Bool[np.ndarray, "h w"]:
    """Pixels of a bitmap.

    Raises:
        ValueError: the code ends too early, or is something else.
    """
    reader = zlib.decompressobj()
    try:
        data = reader.decompress(code, MOST_BYTES)
    except zlib.error:
        data = b""
    if not reader.eof:
        raise ValueError("its bitmap is not whole: `data` is expected to be a PNG that zlib has compressed")
    return decode_png(data)
