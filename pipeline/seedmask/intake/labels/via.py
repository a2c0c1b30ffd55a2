"""VGG Image Annotator 2: its projects, its annotations as JSON, and its CSV with JSON in cells.

    {"a.jpg8123": {"filename": "a.jpg", "size": 8123, "regions": [REGION, ...], "file_attributes": {"weather": "sun"}}}
    REGION: {"shape_attributes": {"name": "polygon", "all_points_x": [...], ...}, "region_attributes": {"class": "cow"}}

A project holds the same under `_via_img_metadata`. One attribute, of regions or of whole files, names the class.
"""

import csv
import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from seedmask.dataset.formats.listing import Findings
from seedmask.dataset.formats.text import read_lines
from seedmask.errors import InputError, Problem
from seedmask.intake.annotated import AnnotatedImage, Source, choose_fields, fields_of, labelling_of
from seedmask.intake.json_files import JsonKeys, json_files
from seedmask.intake.labelling import Labelling
from seedmask.intake.options import ReadingOptions
from seedmask.intake.regions import MEND, Paint, Region, ellipse, number_in, polygon, rectangle, text_in
from seedmask.intake.scan import FolderScan

PROJECT = "_via_img_metadata"
COLUMNS = (
    "filename", "file_size", "file_attributes", "region_count", "region_id", "region_shape_attributes",
    "region_attributes",
)  # fmt: skip
"""Header of the CSV; some versions write `#filename`."""
OWN = frozenset(("caption", "public_domain", "image_url"))
"""Attributes of files that every new project has."""
UNNAMED = "has no attribute with a word, and no other region has one: nothing names the class"
ADD = "add an attribute for the class in VIA, or take the file out"
NAME_IT = "name its class in VIA, delete it, or choose another attribute with --label-column"


@dataclass(frozen=True)
class _Entry:
    """A picture of a file, its attributes, and shape and attributes of its regions."""

    where: str
    picture: Any
    attributes: Any
    regions: tuple[tuple[Any, Any], ...]


def read_labels(scan: FolderScan, options: ReadingOptions) -> Labelling | None:
    """All files of this kind together.

    Raises:
        InputError: shapes or attributes that the tool would not write; regions without any class.
        QuestionError: several attributes have words of their own.
    """
    files: list[str] = []
    entries: list[_Entry] = []
    titles: dict[str, dict[str, str]] = {}
    findings = Findings()
    for name, value in json_files(scan, _is_ours):
        files.append(name)
        titles |= _titles(value.get("_via_attributes"))
        entries += _entries(str(scan.folder / name), value.get(PROJECT, value), findings)
    for name, path in scan.with_suffix(".csv"):
        if is_via_table(path):
            files.append(name)
            entries += _rows(path, findings)
    if not files:
        return None
    source = Source(scan, tuple(files), tuple(word for words in titles.values() for word in words.values()))
    answered: dict[str, frozenset[str]] = {}
    items = [item for entry in entries if (item := _item(entry, titles, answered, findings))]
    if findings.problems:
        raise InputError(f"annotations in {source}", findings.problems)
    fields, notes = _words_of(source, items)
    if not fields and answered:
        raise InputError(f"annotations in {source}", [Problem(next(iter(answered)), UNNAMED, ADD)])
    if not fields:
        return None
    chosen = choose_fields(source, fields_of(items) if options.label_column else fields, options)
    of_regions = {region.field for item in items for region in item.regions}
    if of_regions.intersection(chosen):
        unnamed = [where for where, names in answered.items() if names.isdisjoint(chosen)]
        if unnamed:
            said = f"has no word for `{', '.join(chosen)}`"
            raise InputError(f"annotations in {source}", [Problem(where, said, NAME_IT) for where in unnamed])
    return labelling_of(replace(source, notes=notes), items, chosen)


def _words_of(source: Source, items: Sequence[AnnotatedImage]) -> tuple[dict[str, Counter[str]], tuple[str, ...]]:
    """Words of each attribute that may name classes, and a note on those that hold numbers beside others of words."""
    fields = fields_of(items)
    numbers = [name for name, words in fields.items() if all(map(_is_number, words))]
    if len(numbers) in (0, len(fields)):
        return fields, ()
    note = f"{source}: {', '.join(numbers)} holds numbers and is taken for no class"
    return {name: words for name, words in fields.items() if name not in numbers}, (note,)


def is_via_table(path: Path) -> bool:
    """Whether a file has the header of VIA's CSV."""
    try:
        with path.open("rb") as file:
            header = file.readline(1000).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return False
    return tuple(cell.strip(' "#\r\n') for cell in header.split(",")) == COLUMNS


def _is_ours(found: JsonKeys) -> bool:
    if found.is_list:
        return False
    return PROJECT in found.keys or found.inner >= {"filename", "regions"}


def _titles(attributes: Any) -> dict[str, dict[str, str]]:
    """Words for the options of each attribute of a project: their descriptions where the options are numbers."""
    titles: dict[str, dict[str, str]] = {}
    for group in ("region", "file"):
        declared = attributes.get(group) if isinstance(attributes, dict) else None
        for name, item in declared.items() if isinstance(declared, dict) else ():
            options = item.get("options") if isinstance(item, dict) else None
            if isinstance(options, dict):
                titles[name] = {key: _title(key, text) for key, text in options.items()}
    return titles


def _title(key: str, text: Any) -> str:
    return text.strip() if _is_number(key) and isinstance(text, str) and text.strip() else key.strip()


def _entries(path: str, value: Any, findings: Findings) -> Iterator[_Entry]:
    """Pictures of a JSON file."""
    for number, item in enumerate(value.values() if isinstance(value, dict) else ()):
        where = f"{path} picture {number}"
        if not isinstance(item, dict):
            findings.problem(where, "is no object", MEND)
            continue
        regions = item.get("regions", [])
        regions = list(regions.values()) if isinstance(regions, dict) else regions
        if not isinstance(regions, list) or not all(isinstance(region, dict) for region in regions):
            findings.problem(where, "`regions` is no list of objects", MEND)
            continue
        pairs = tuple((region.get("shape_attributes"), region.get("region_attributes") or {}) for region in regions)
        yield _Entry(where, item.get("filename"), item.get("file_attributes") or {}, pairs)


def _rows(path: Path, findings: Findings) -> Iterator[_Entry]:
    """Pictures of a CSV file, whose rows are regions."""
    found: dict[str, tuple[str, dict[str, Any], list[tuple[Any, Any]]]] = {}
    for number, line in read_lines(path, findings)[1:]:
        where = f"{path} line {number}"
        try:
            cells = next(csv.reader([line], strict=True))
            if len(cells) != len(COLUMNS):
                raise ValueError(f"has {len(cells)} cells, expected {len(COLUMNS)}")
            attributes, shape, region = (json.loads(cells[column] or "{}") for column in (2, 5, 6))
        except json.JSONDecodeError as error:
            findings.problem(where, f"a cell is not JSON ({error.msg})", MEND)
        except (csv.Error, ValueError) as error:
            findings.problem(where, str(error), MEND)
        else:
            _, known, regions = found.setdefault(cells[0] + cells[1], (cells[0], {}, []))
            known.update(attributes if isinstance(attributes, dict) else {})
            regions += [(shape, region)] if shape else []
    for number, (picture, attributes, regions) in enumerate(found.values()):
        yield _Entry(f"{path} picture {number}", picture, attributes, tuple(regions))


def _item(
    entry: _Entry, titles: Mapping[str, Mapping[str, str]], answered: dict[str, frozenset[str]], findings: Findings
) -> AnnotatedImage | None:
    """A picture; each of its regions once for each word of each of its attributes.

    Args:
        entry: what the file says.
        titles: words for options, by attribute.
        answered: attributes with a word of each region, which is filled here.
        findings: gathers problems.
    """
    regions: list[Region] = []
    try:
        name = text_in(entry.picture, "`filename`")
        words = dict(_attributes(entry.attributes, titles))
    except ValueError as error:
        findings.problem(entry.where, str(error), MEND)
        return None
    for number, (shape, attributes) in enumerate(entry.regions):
        try:
            paint, is_box = _area(shape)
            found = dict(_attributes(attributes, titles))
            answered[f"{entry.where} region {number}"] = frozenset(found)
            for field, said in found.items():
                # Pixels of two classes have no number.
                regions += [Region(word, field, paint if len(said) == 1 else None, is_box) for word in said]
        except ValueError as error:
            findings.problem(f"{entry.where} region {number}", str(error), MEND)
    own = {field: said for field, said in words.items() if field not in OWN}
    return AnnotatedImage(entry.where, name, own, tuple(regions))


def _attributes(value: Any, titles: Mapping[str, Mapping[str, str]]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Words of each attribute that has some: a text, a choice, or several that are ticked.

    Raises:
        ValueError: an attribute holds something else.
    """
    if not isinstance(value, dict):
        if value:
            raise ValueError("attributes are no object")
        return
    for name, answer in value.items():
        if isinstance(answer, dict):
            answer = [key for key, ticked in answer.items() if ticked is True or str(ticked).lower() == "true"]
        if isinstance(answer, int | float) and not isinstance(answer, bool):
            answer = str(answer)
        if isinstance(answer, str):
            answer = [answer]
        if not isinstance(answer, list):
            raise ValueError(f"attribute `{name}` is {answer!r}, expected a word or words that are ticked")
        known = titles.get(name, {})
        words = [text_in(word, f"attribute `{name}`") for word in answer if str(word).strip()]
        words = [known.get(word, word) for word in words]
        if words:
            yield name, tuple(words)


def _area(shape: Any) -> tuple[Paint | None, bool]:
    """Area of a shape, None for points and lines; and whether it is a box.

    Raises:
        ValueError: it is no shape, or a coordinate is no number.
    """
    if not isinstance(shape, dict):
        raise ValueError("has no `shape_attributes`, an object")

    def number(key: str) -> float:
        return number_in(shape.get(key), f"`{key}`")

    match shape.get("name"):
        case "rect":
            left, top = number("x"), number("y")
            return rectangle((left, top), (left + number("width"), top + number("height"))), True
        case "circle":
            return ellipse((number("cx"), number("cy")), (number("r"), number("r"))), False
        case "ellipse":
            turned = math.degrees(number("theta")) if "theta" in shape else 0
            return ellipse((number("cx"), number("cy")), (number("rx"), number("ry")), turned), False
        case "polygon":
            return polygon(list(_corners(shape))), False
        case "polyline" | "point":
            return None, False
        case name:
            raise ValueError(f"is a shape {name!r}, expected rect, circle, ellipse, polygon, polyline or point")


def _corners(shape: Mapping[str, Any]) -> Iterable[tuple[float, float]]:
    columns, rows = shape.get("all_points_x"), shape.get("all_points_y")
    if not isinstance(columns, list) or not isinstance(rows, list) or len(columns) != len(rows):
        raise ValueError("`all_points_x` and `all_points_y` are no lists of one length")
    return [(number_in(x, "x of a corner"), number_in(y, "y of a corner")) for x, y in zip(columns, rows, strict=True)]


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True
