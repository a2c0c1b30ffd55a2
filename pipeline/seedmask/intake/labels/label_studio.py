"""Label Studio's JSON: choices, boxes, polygons, brush strokes; in full, or one flat object for each annotation.

    [{"id": 7, "data": {"image": ADDRESS}, "annotations": [{"result": [{"from_name": "tag", "type": "choices", ...}]}]}]
    [{"id": 7, "image": ADDRESS, "tag": "cow", "box": [{"x": 5, "rectanglelabels": ["cow"]}], "annotation_id": 1, ...}]

Coordinates are percent of the picture. Predictions are not used; an annotation that was skipped is none.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from seedmask.dataset.formats.files import IMAGE_SUFFIXES
from seedmask.dataset.formats.listing import Findings
from seedmask.errors import InputError
from seedmask.intake.annotated import AnnotatedImage, Source, choose_fields, fields_of, labelling_of
from seedmask.intake.json_files import JsonKeys, json_files
from seedmask.intake.labelling import Labelling
from seedmask.intake.options import Choice, QuestionError, ReadingOptions
from seedmask.intake.regions import (
    MEND,
    Paint,
    Point,
    Region,
    Size,
    bitmap,
    ellipse,
    number_in,
    point_in,
    points_in,
    polygon,
    size_in,
    text_in,
)
from seedmask.intake.scan import FolderScan
from seedmask.methods.label_studio_rle import CHANNELS, decode_brush

AREAS = ("polygonlabels", "brushlabels", "ellipselabels")
REGIONS = (*AREAS, "rectanglelabels", "keypointlabels", "bitmasklabels", "vectorlabels", "labels")
"""Types of answers that give a region of the picture its classes."""
BARE = frozenset(name.removesuffix("labels") for name in REGIONS) - {""}
"""Types of regions without a class of their own; a choice for the region may give it."""
WORDS = ("choices", "taxonomy")
"""Types of answers that hold words alone."""
RESERVED = frozenset(
    ("id", "inner_id", "annotator", "annotation_id", "completion_id", "created_at", "updated_at", "lead_time",
     "agreement")
)  # fmt: skip
"""Keys of the flat form that are neither data nor answers."""
ANSWERED = frozenset(("annotation_id", "completion_id", "annotator", "lead_time"))
ADDRESS = re.compile(rf"({'|'.join(map(re.escape, sorted(IMAGE_SUFFIXES)))})([?#&].*)?$", re.IGNORECASE)
LIKELY = frozenset(
    ("choice", "choices", "label", "labels", "tag", "tags", "class", "classes", "category", "categories")
)
"""Keys of the flat form whose words are answers, and no data."""


@dataclass
class _Reading:
    """What was met while the tasks were read."""

    findings: Findings = field(default_factory=Findings)
    odd: Counter[str] = field(default_factory=Counter)
    """Things to note, with how many there are."""


@dataclass(frozen=True)
class _Task:
    """A task with its data, and what one annotation says; None where there is none."""

    where: str
    data: Mapping[str, Any]
    words: Mapping[str, tuple[str, ...]] | None
    regions: tuple[Region, ...] = ()
    size: Size | None = None


def read_labels(scan: FolderScan, options: ReadingOptions) -> Labelling | None:
    """All files of this kind together.

    Raises:
        InputError: annotations that the tool would not write, or that contradict each other.
        QuestionError: several controls have words of their own, or several fields of the data name pictures.
    """
    files, tasks, reading = [], [], _Reading()
    for name, value in json_files(scan, _is_ours):
        read = _tasks if _is_full(value) else _flat_tasks
        found = list(read(str(scan.folder / name), value if isinstance(value, list) else [value], reading))
        if any(_addresses(task.data) for task in found):  # other projects are of texts and sounds
            files.append(name)
            tasks += found
    if not files:
        return None
    source = Source(scan, tuple(files))
    source = replace(source, notes=tuple(_notes(str(source), reading)))
    image = _image_field(source, tasks, options)
    items = [_item(task, image, reading.findings) for task in tasks]
    if reading.findings.problems:
        raise InputError(f"annotations in {source}", reading.findings.problems)
    found = [item for item in items if item is not None]
    drawn = {region.field for item in found for region in item.regions}
    return labelling_of(source, found, choose_fields(source, fields_of(found), options, drawn))


def _is_ours(found: JsonKeys) -> bool:
    keys = found.keys
    if "data" in keys:
        return bool(keys & {"annotations", "completions", "predictions"})
    if not found.is_list:
        return {"result", "task"} <= keys
    return bool(keys & ANSWERED or found.inner & {*REGIONS, *WORDS})


def _is_full(value: Any) -> bool:
    first = next(item for item in value if isinstance(item, dict)) if isinstance(value, list) else value
    return "data" in first or "task" in first


def _tasks(path: str, tasks: Sequence[Any], reading: _Reading) -> Iterator[_Task]:
    """Each annotation of each task of the full form; a task without one by itself."""
    for number, task in enumerate(tasks):
        if isinstance(task, dict) and isinstance(task.get("task"), dict):  # one annotation, as storages hold it
            task = {**task["task"], "annotations": [task]}
        if not isinstance(task, dict) or not isinstance(task.get("data"), dict):
            reading.findings.problem(f"{path} task number {number}", "has no `data`, an object", MEND)
            continue
        where = f"{path} task {task.get('id', f'number {number}')}"
        annotations = task.get("annotations", task.get("completions")) or []
        reading.odd["predictions"] += bool(task.get("predictions"))
        if not isinstance(annotations, list) or not all(isinstance(item, dict) for item in annotations):
            reading.findings.problem(where, "`annotations` is no list of objects", MEND)
            continue
        whole = [item for item in annotations if not item.get("was_cancelled")]
        reading.odd["skipped"] += len(annotations) - len(whole)
        truth = [item for item in whole if item.get("ground_truth")]
        if len(truth) == 1 < len(whole):
            reading.odd["truth"] += 1
            whole = truth
        if not whole:
            yield _Task(where, task["data"], None)
        for item in whole:
            place = f"{where} annotation {item.get('id', '?')}" if len(whole) > 1 else where
            yield _annotation(place, task["data"], item.get("result"), reading)


def _annotation(where: str, data: Mapping[str, Any], results: Any, reading: _Reading) -> _Task:
    """One annotation of the full form."""
    if not isinstance(results, list) or not all(isinstance(item, dict) for item in results):
        reading.findings.problem(where, "`result` is no list of objects", MEND)
        return _Task(where, data, None)
    bare = {str(item.get("id")): item for item in results if str(item.get("type")) in BARE and "id" in item}
    words: dict[str, tuple[str, ...]] = {}
    regions, sizes = [], set()
    for number, item in enumerate(results):
        kind, value = str(item.get("type")), item.get("value")
        name = str(item.get("from_name", kind))
        try:
            if kind in WORDS:
                found = _words(value, kind)
                if drawn := bare.pop(str(item.get("id")), None):
                    drawn = {**drawn, "type": f"{drawn['type']}labels"}
                    regions += _regions(f"{where} result {number}", drawn, found, name)
                else:
                    words[name] = (*words.get(name, ()), *found)
            elif kind in REGIONS:
                regions += _regions(f"{where} result {number}", item, _words(value, kind), name)
                sizes |= {_size(item)} - {None}
            elif kind not in BARE and kind != "relation":
                reading.odd[f"type {kind}"] += 1
        except ValueError as error:
            reading.findings.problem(f"{where} result {number}", str(error), MEND)
    reading.odd["bare"] += len(bare)
    return _Task(where, data, words, tuple(regions), sizes.pop() if len(sizes) == 1 else None)


def _flat_tasks(path: str, tasks: Sequence[Any], reading: _Reading) -> Iterator[_Task]:
    """Each object of the flat form."""
    plain = _plain_answers(tasks)
    for number, task in enumerate(tasks):
        if not isinstance(task, dict):
            reading.findings.problem(f"{path} task number {number}", "is no object", MEND)
            continue
        where = f"{path} task {task.get('id', f'number {number}')}"
        words: dict[str, tuple[str, ...]] = {}
        regions, sizes, data = [], set(), {}
        for name, value in task.items():
            try:
                if name in RESERVED:
                    continue
                if isinstance(value, dict) and "choices" in value:
                    words[name] = _words(value, "choices")
                elif isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
                    for place, item in enumerate(value):
                        kind = next((kind for kind in REGIONS if kind in item), None)
                        if kind is None:
                            reading.odd["bare"] += "original_width" in item
                            continue
                        whole = {"type": kind, "value": item, **item}
                        regions += _regions(f"{where} {name} {place}", whole, _words(item, kind), name)
                        sizes |= {_size(item)} - {None}
                elif name in plain:
                    words[name] = _words({"choices": value}, "choices")
                else:
                    data[name] = value
            except ValueError as error:
                reading.findings.problem(f"{where} {name}", str(error), MEND)
        yield _Task(where, data, words, tuple(regions), sizes.pop() if len(sizes) == 1 else None)


def _plain_answers(tasks: Sequence[Any]) -> set[str]:
    """Keys of the flat form whose texts are answers: those with likely names, otherwise all that name no pictures."""
    keys: set[str] = set()
    structured = False
    for task in tasks:
        for name, value in task.items() if isinstance(task, dict) else ():
            if name not in RESERVED and isinstance(value, str) and not _is_address(value):
                keys.add(name)
            structured |= isinstance(value, dict) and "choices" in value
            structured |= isinstance(value, list) and any(
                isinstance(item, dict) and item.keys() & REGIONS for item in value
            )
    likely = {name for name in keys if name.lower() in LIKELY}
    return likely if likely or structured else keys


def _words(value: Any, kind: str) -> tuple[str, ...]:
    """Words of an answer; of a taxonomy the last of each path.

    Raises:
        ValueError: there are none, or one is no text.
    """
    if not isinstance(value, dict):
        raise ValueError("`value` is no object")
    found = value.get(kind)
    if isinstance(found, str):
        found = [found]
    if not isinstance(found, list) or not found:
        raise ValueError(f"`{kind}` is {'empty' if found in ([], None) else 'no list'}, expected a list of names")
    if kind == "taxonomy":
        found = [path[-1] if isinstance(path, list) and path else path for path in found]
    return tuple(text_in(word, f"an entry of `{kind}`") for word in found)


def _size(item: Mapping[str, Any]) -> Size | None:
    """Size of the picture; None where it is not in the file."""
    width, height = item.get("original_width"), item.get("original_height")
    return None if width is None and height is None else size_in(width, height)


def _regions(where: str, item: Mapping[str, Any], names: Sequence[str], control: str) -> Iterator[Region]:
    """A region with each of its classes; with several, its pixels are of no certain class.

    Raises:
        ValueError: a number or an outline is not one.
    """
    kind, value, size = item["type"], item.get("value"), _size(item)
    if not isinstance(value, dict):
        raise ValueError("`value` is no object")
    paint = None
    if kind in AREAS:
        paint = _area(where, kind, value, size)
    elif kind in ("rectanglelabels", "keypointlabels"):
        for key in ("x", "y", "width", "height") if kind == "rectanglelabels" else ("x", "y"):
            number_in(value.get(key), f"`{key}`")
    usable = len(names) == 1 and size is not None and not item.get("image_rotation")
    for name in names:
        yield Region(name, control, paint if usable else None)


def _area(where: str, kind: str, value: Mapping[str, Any], size: Size | None) -> Paint | None:
    """Area of a region, in pixels; None where the file lacks the size of the picture."""
    if kind == "polygonlabels":
        points = points_in(value.get("points"))
        return polygon([_pixels(point, size) for point in points]) if size else None
    if kind == "ellipselabels":
        centre = point_in([value.get("x"), value.get("y")], "the centre")
        radii = point_in([value.get("radiusX"), value.get("radiusY")], "the radii")
        turned = number_in(value.get("rotation", 0), "`rotation`")
        return ellipse(_pixels(centre, size), _pixels(radii, size), turned) if size else None
    try:
        code = bytes(list(value.get("rle") or ()))
    except (TypeError, ValueError):
        raise ValueError("`rle` is no list of numbers from 0 to 255") from None
    if size is None:
        return None
    width, height = size
    total, expected = int.from_bytes(code[:4]), CHANNELS * width * height
    if total != expected:
        raise ValueError(
            f"`rle` has {total} values, expected {expected}, {CHANNELS} for each of {width} x {height} pixels"
        )
    return bitmap(where, code, lambda data: decode_brush(list(data), height, width))


def _pixels(point: Point, size: Size) -> Point:
    """A point in pixels from one in percent."""
    return point[0] * size[0] / 100, point[1] * size[1] / 100


def _is_address(value: Any) -> bool:
    """Whether a text is the path or address of a picture, by its suffix."""
    return isinstance(value, str) and ADDRESS.search(value) is not None


def _addresses(data: Mapping[str, Any]) -> list[str]:
    """Keys of data that name pictures."""
    return [name for name, value in data.items() if _is_address(value)]


def _image_field(source: Source, tasks: Iterable[_Task], options: ReadingOptions) -> str:
    """Key of the data that names the pictures.

    Raises:
        QuestionError: several do.
    """
    if options.image_column is not None:
        return options.image_column
    counts = Counter(name for task in tasks for name in _addresses(task.data))
    found = {
        name: len(source.scan.names.match(str(task.data.get(name)) for task in tasks).found)
        for name in counts
    }  # fmt: skip
    most = max(found.values())
    best = [name for name, count in found.items() if count == most]
    if len(best) > 1:
        examples = {name: next(str(task.data[name]) for task in tasks if name in task.data) for name in best}
        raise QuestionError(
            f"{source}: {len(best)} fields of its data name pictures",
            "image_column",
            [Choice(name, example) for name, example in examples.items()],
        )
    return best[0]


def _item(task: _Task, image: str, findings: Findings) -> AnnotatedImage | None:
    name = task.data.get(image)
    if not isinstance(name, str) or not name:
        findings.problem(task.where, f"`{image}` of its data is {name!r}, expected the name of a picture", MEND)
        return None
    return AnnotatedImage(task.where, name, task.words, task.regions, task.size, seen=task.words is not None)


def _notes(source: str, reading: _Reading) -> Iterator[str]:
    texts = {
        "predictions": "tasks have predictions, which are not used: nobody has looked at them",
        "skipped": "annotations were skipped by the annotator and are not used",
        "truth": "tasks have several annotations, of which the one marked as ground truth is taken",
        "bare": "regions have no label and are not used",
    }
    for what, count in reading.odd.items():
        if count:
            yield f"{source}: {count} {texts.get(what, f'answers of {what} name no class and are not used')}"
