"""COCO's JSON (Lin et al., ECCV 2014; cocodataset.org, "Data format"), as real tools write it.

Tools and tables write the numbers of images and categories in several types: 1, 1.0 and "1" are one number here. An
annotation counts only if its image and its category are in the file; those that point nowhere are problems, because
their images would seem to show nothing.
"""

import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from seedmask.dataset.formats.listing import Findings
from seedmask.dataset.formats.text import read_json
from seedmask.errors import InputError, Problem

Id = int | str
"""Whole numbers in every type they are written in, or other text."""
PARTS = ("images", "annotations", "categories")
NAMED = 5
"""Entries with the same problem that a message names; it counts the others."""
WHOLE_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.0+)?")


class CocoAnnotation(NamedTuple):
    """One annotation, whose image and category are in the file."""

    number: Id
    """Its `id`, or its place in the list from 1 where it has none."""
    image: Id
    """Key of `CocoFile.images`."""
    category: Id
    """Key of `CocoFile.categories`."""
    crowd: bool
    bbox: Any
    """As it is in the file, None where it is missing; `read_bbox` checks it."""
    segmentation: Any
    """As it is in the file, None where it is missing."""
    area: float | None
    """Pixels; None where it is missing or no number."""


@dataclass(frozen=True)
class CocoFile:
    """Content of a file, checked: ids are unique, and annotations point to images and categories."""

    path: Path
    images: Mapping[Id, str]
    """`file_name` of each image by its id, in the order of the file."""
    sizes: Mapping[Id, tuple[int, int]]
    """Width and height of each image that states them, by its id."""
    categories: Mapping[Id, str]
    """Name of each category by its id, in the order of ids; without `groups`."""
    groups: tuple[str, ...]
    """Names of categories that are only the `supercategory` of others and have no annotation: they are no classes."""
    annotations: Sequence[CocoAnnotation]

    def where(self, annotation: CocoAnnotation) -> str:
        """Place of an annotation for messages: `boxes.json annotation 7`."""
        return f"{self.path} annotation {annotation.number}"


def looks_like_coco(value: Any) -> bool:
    """Whether the content of a JSON file has COCO's lists, and categories of annotations; captions have none."""
    if not isinstance(value, dict) or not all(isinstance(value.get(part), list) for part in PARTS):
        return False
    annotations = value["annotations"]
    return not annotations or any(isinstance(item, dict) and "category_id" in item for item in annotations)


def read_coco(path: Path) -> CocoFile:
    """Read and check a file.

    Raises:
        InputError: all problems of the file: it is not JSON or not COCO's, entries lack ids or names, two images or
            categories have one id, annotations point to no image or to no category.
    """
    return coco_file(read_json(path), path)


def coco_file(value: Any, path: Path) -> CocoFile:
    """Check the content of a file that is read already.

    Args:
        value: content of the file.
        path: the file, for messages.

    Raises:
        InputError: as `read_coco` says.
    """
    if not looks_like_coco(value):
        remedy = f"write an object with the lists {', '.join(PARTS)}, and a `category_id` in each annotation"
        raise InputError(path.name, [Problem(str(path), "is not a COCO file", remedy)])
    findings = Findings()
    images = _names(value["images"], "image", "file_name", path, findings)
    categories = _names(value["categories"], "category", "name", path, findings)
    annotations = _annotations(value["annotations"], images, categories, path, findings)
    if findings.problems:
        raise InputError(f"COCO annotations in {path}", findings.problems)
    groups = _groups(value["categories"], {annotation.category for annotation in annotations})
    ordered = sorted(categories.items(), key=lambda item: (isinstance(item[0], str), item[0]))
    return CocoFile(
        path=path,
        images=images,
        sizes=_sizes(value["images"]),
        categories={number: name for number, name in ordered if number not in groups},
        groups=tuple(name for number, name in ordered if number in groups),
        annotations=annotations,
    )


def read_bbox(
    file: CocoFile, annotation: CocoAnnotation, findings: Findings
) -> tuple[float, float, float, float] | None:
    """Left, top, width and height of an annotation's box in pixels; None and a problem if it holds no such box."""
    problem = _bbox_problem(annotation.bbox)
    if problem:
        remedy = "write bbox as [left, top, width, height] in pixels, numbers without quotes"
        findings.problem(file.where(annotation), problem, remedy)
        return None
    left, top, width, height = map(float, annotation.bbox)
    return left, top, width, height


def box_of(annotation: CocoAnnotation) -> tuple[float, float, float, float] | None:
    """Left, top, width and height of an annotation's box in pixels; None if it holds no such box."""
    if _bbox_problem(annotation.bbox):
        return None
    left, top, width, height = map(float, annotation.bbox)
    return left, top, width, height


def _bbox_problem(value: Any) -> str:
    if value is None:
        return "bbox is missing"
    if not isinstance(value, list):
        return f"bbox is {_shown(value)}, expected a list of 4 numbers"
    if wrong := [side for side in value if not _is_number(side)]:
        return f"bbox holds {_shown(wrong[0])}, which is not a number"
    if len(value) != 4:
        return f"bbox holds {len(value)} numbers, expected 4"
    if value[2] <= 0 or value[3] <= 0:
        return f"box of {value[2]:g} x {value[3]:g} pixels"
    return ""


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _id(value: Any) -> Id | None:
    """An id: a whole number of any type, or text; None for anything else."""
    if type(value) is int:  # nearly all of a million
        return value
    if isinstance(value, bool):
        return None
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    if isinstance(value, str) and WHOLE_NUMBER.fullmatch(value.strip()):
        return int(value.strip().partition(".")[0])
    return value if isinstance(value, int) or (isinstance(value, str) and value) else None


def _text(value: Any) -> str:
    """A name, which some tools write as a number; empty for anything else."""
    return str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _names(items: Sequence[Any], kind: str, field: str, path: Path, findings: Findings) -> dict[Id, str]:
    """Text of a field of each image or category, by id; what lacks one and what has another's id become problems."""
    names: dict[Id, str] = {}
    lacking, doubled = [], []
    for place, item in enumerate(items, start=1):
        number = _id(item.get("id")) if isinstance(item, dict) else None
        name = _text(item.get(field)) if isinstance(item, dict) else ""
        if number is None or not name:
            lacking.append(f"{kind} {place if number is None else number}")
        elif names.setdefault(number, name) != name:
            doubled.append(f'{kind} {number} ("{names[number]}", "{name}")')
    plural = {"image": "images", "category": "categories"}[kind]
    _report(lacking, f"{plural} without `id` or `{field}`", "write both", path, findings)
    _report(doubled, f"{plural} with an `id` that is given twice", "give each its own", path, findings)
    return names


def _annotations(
    items: Sequence[Any], images: Collection[Id], categories: Mapping[Id, str], path: Path, findings: Findings
) -> list[CocoAnnotation]:
    found = []
    strange, crowds, of_image, of_category = [], [], [], []
    for place, item in enumerate(items, start=1):
        if not isinstance(item, dict):
            strange.append(f"annotation {place}")
            continue
        number, image, category = _id(item.get("id")), _id(item.get("image_id")), _id(item.get("category_id"))
        number, crowd = place if number is None else number, item.get("iscrowd")
        if image not in images:
            of_image.append(f"annotation {number} ({_field(item, 'image_id')})")
        if category not in categories:
            of_category.append(f"annotation {number} ({_field(item, 'category_id')})")
        if crowd not in (None, 0, 1) and _id(crowd) not in (0, 1):
            crowds.append(f"annotation {number} ({_field(item, 'iscrowd')})")
        if image is not None and category is not None:
            area = item.get("area")
            drawn = item.get("bbox"), item.get("segmentation"), area if _is_number(area) else None
            found.append(CocoAnnotation(number, image, category, crowd == 1 or _id(crowd) == 1, *drawn))
    _report(strange, "annotations that are not objects", "write objects", path, findings)
    remedy = "correct the number, restore the entry in `{}`, or delete the annotation"
    _report(of_image, "annotations of no image", remedy.format("images"), path, findings)
    _report(of_category, "annotations of no category", remedy.format("categories"), path, findings)
    _report(crowds, "annotations with an `iscrowd` other than 0 and 1", "write 0 or 1", path, findings)
    return found


def _groups(items: Sequence[Mapping[str, Any]], used: Collection[Id]) -> set[Id]:
    """Ids of categories without annotations whose name is the supercategory of another one."""
    above: dict[str, set[str]] = {}
    for item in items:
        above.setdefault(_text(item.get("supercategory")), set()).add(_text(item["name"]))
    unused = {number: _text(item["name"]) for item in items if (number := _id(item["id"])) not in used}
    return {number for number, name in unused.items() if number is not None and above.get(name, set()) - {name}}


def _sizes(items: Sequence[Mapping[str, Any]]) -> dict[Id, tuple[int, int]]:
    sizes: dict[Id, tuple[int, int]] = {}
    for item in items:
        number, width, height = (_id(item.get(field)) for field in ("id", "width", "height"))
        if number is not None and isinstance(width, int) and isinstance(height, int):
            sizes[number] = width, height
    return sizes


def _report(named: Sequence[str], what: str, remedy: str, path: Path, findings: Findings) -> None:
    """One problem for all entries that share it: the first are named, the others counted."""
    if named:
        more = f" and {len(named) - NAMED} more" if len(named) > NAMED else ""
        findings.problem(path, f"{len(named)} {what}: {', '.join(named[:NAMED])}{more}", remedy)


def _field(item: Mapping[str, Any], field: str) -> str:
    return f"{field} {_shown(item[field])}" if field in item else f"no {field}"


def _shown(value: Any) -> str:
    text = f'"{value}"' if isinstance(value, str) else repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
