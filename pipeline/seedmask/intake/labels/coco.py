"""COCO's JSON: the categories of a picture's annotations are its tags.

Files `annotations/instances_<split>.json`, or any JSON that holds `images`, `annotations` and `categories`. Crowds
count as tags: the class is in the picture, though its outline is not known.
"""

import json
import re
from collections import defaultdict
from pathlib import Path
from typing import Any

from seedmask.dataset.formats.files import ImageNames, id_of
from seedmask.dataset.regular import read_file
from seedmask.errors import InputError, Problem
from seedmask.intake.labelling import BACKGROUND, Labelling
from seedmask.intake.scan import SPLITS, FolderScan

KEYS = ("images", "annotations", "categories")
BROKEN = "correct or restore the file, or take it out of the folder"


def read_labels(scan: FolderScan) -> Labelling | None:
    """All files of COCO's kind together; they must have the same categories.

    Raises:
        InputError: a file is not JSON, or not in the format of COCO.
    """
    files = {name: value for name, path in scan.with_suffix(".json") if (value := _read(path)) is not None}
    if not files:
        return None
    names, whole = ImageNames(scan.images), {id_of(name): name for name in scan.images}
    tags: dict[str, set[str]] = {}
    splits: dict[str, str] = {}
    categories: dict[int | str, str] = {}
    notes: list[str] = []
    for name, value in files.items():
        path = scan.folder / name
        _join(categories, value, path)
        images, missing = {}, []
        for image in value["images"]:
            key = names.known(str(image["file_name"]))
            if key is None:
                missing.append(image["file_name"])
            else:
                images[image["id"]] = whole[key]
        if missing:
            notes.append(f"{path} names {len(missing)} pictures that are missing ({missing[0]})")
        if not images:
            continue
        found_tags, crowds = _tags(value, images, categories, path)
        for image, more in found_tags.items():
            tags.setdefault(image, set()).update(more)
        splits |= dict.fromkeys(images.values(), split) if (split := _split(name)) else {}
        notes.append(f"{path}: crowds count as tags; {crowds} tags come from crowds alone")
    if not tags:
        return None
    ordered = tuple(dict.fromkeys(c for _, c in sorted(categories.items()) if c.lower() not in BACKGROUND))
    used = {tag for found in tags.values() for tag in found}
    if unused := [category for category in ordered if category not in used]:
        notes.append(f"{len(unused)} of {len(ordered)} categories are in no picture ({unused[0]})")
    return Labelling(
        source=", ".join(str(scan.folder / name) for name in files),
        tags={image: tuple(sorted(found)) for image, found in tags.items()},
        files=tuple(files),
        splits=splits if "train" in splits.values() else {},
        classes=ordered,
        notes=tuple(notes),
    )


def _read(path: Path) -> dict[str, Any] | None:
    """Content of a file of COCO's kind; None for other JSON."""
    try:
        value = json.loads(read_file(path).decode("utf-8-sig"))
    except json.JSONDecodeError as error:
        raise _refusal(path, f"line {error.lineno}", f"is not JSON ({error.msg}, column {error.colno})") from None
    except (ValueError, RecursionError) as error:
        raise _refusal(path, "", f"is not JSON ({error})") from None
    if not isinstance(value, dict) or not all(isinstance(value.get(key), list) for key in KEYS):
        return None
    for key, fields in (
        ("images", ("id", "file_name")),
        ("annotations", ("image_id",)),
        ("categories", ("id", "name")),
    ):
        for number, item in enumerate(value[key]):
            if not isinstance(item, dict) or any(_is_no_value(item.get(field)) for field in fields):
                raise _refusal(path, f"{key}[{number}]", f"has no {' and no '.join(fields)}, which COCO's have")
    if value["annotations"] and not any("category_id" in item for item in value["annotations"]):
        return None  # captions
    return value


def _is_no_value(value: Any) -> bool:
    return not isinstance(value, int | str) or value == ""


def _refusal(path: Path, place: str, found: str) -> InputError:
    return InputError("COCO annotations", [Problem(f"{path} {place}".strip(), found, BROKEN)])


def _join(categories: dict[int | str, str], value: dict[str, Any], path: Path) -> None:
    """Add a file's categories to those of the others."""
    for item in value["categories"]:
        number, name = item["id"], str(item["name"]).strip()
        if categories.setdefault(number, name) != name:
            raise _refusal(
                path, f"category {number}", f'is "{name}", and "{categories[number]}" in another file of the folder'
            )


def _tags(
    value: dict[str, Any], images: dict[int | str, str], categories: dict[int | str, str], path: Path
) -> tuple[dict[str, set[str]], int]:
    """Tags of each picture, and how many of them rest on crowds alone."""
    plain: dict[str, set[str]] = {image: set() for image in images.values()}
    crowded: dict[str, set[str]] = defaultdict(set)
    for number, item in enumerate(value["annotations"]):
        known = item.get("category_id")
        category = categories.get(known) if isinstance(known, int | str) else None
        if category is None:
            raise _refusal(path, f"annotations[{number}]", f"has category {known}, which is not there")
        if item["image_id"] in images and category.lower() not in BACKGROUND:
            (crowded if item.get("iscrowd") else plain)[images[item["image_id"]]].add(category)
    alone = sum(len(found - plain[image]) for image, found in crowded.items())
    return {image: found | crowded.get(image, set()) for image, found in plain.items()}, alone


def _split(name: str) -> str:
    """Split in the name of a file, such as `instances_train2017.json`; empty if the name holds none."""
    words = re.findall("[a-z]+", name.rpartition("/")[2].lower())
    return next((SPLITS[word] for word in words if word in SPLITS), "")
