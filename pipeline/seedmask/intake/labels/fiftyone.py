"""FiftyOne's `labels.json`: the class of each picture, several, or its boxes.

    {"classes": ["cow", "sheep"], "labels": {"000001": 0, "000002": "sheep", "000003": [0, 1], "000004": null}}
    {"classes": ["cow", "sheep"], "labels": {"000001": [{"label": 0, "bounding_box": [x, y, width, height]}]}}

Pictures are named by their paths below `data/`, without suffix. A null is no label, an empty list none of the classes.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from seedmask.dataset.formats.listing import Findings
from seedmask.errors import InputError
from seedmask.intake.annotated import AnnotatedImage, Source, labelling_of
from seedmask.intake.json_files import JsonKeys, json_files
from seedmask.intake.labelling import Labelling
from seedmask.intake.options import ReadingOptions
from seedmask.intake.regions import MEND, Region, number_in, text_in
from seedmask.intake.scan import FolderScan
from seedmask.intake.words import is_nothing

FIELD = "label"
DATA = "data"
"""Folder of the pictures, beside the file."""


def read_labels(scan: FolderScan, options: ReadingOptions) -> Labelling | None:
    """All files of this kind together.

    Raises:
        InputError: a label is no class, or a box is none.
    """
    del options  # one field, and pictures are the keys: nothing is left to choose
    files, items, order, findings = [], [], [], Findings()
    for name, value in json_files(scan, _is_ours):
        path = str(scan.folder / name)
        labels, classes = value["labels"], value["classes"]
        if not isinstance(labels, dict) or not isinstance(classes, list | None):
            continue
        files.append(name)
        try:
            names = [text_in(item, "an entry of `classes`") for item in classes or ()]
        except ValueError as error:
            findings.problem(path, str(error), MEND)
            continue
        order += names
        below = name.rpartition("/")[0]
        for key, label in labels.items():
            where = f'{path} label "{key}"'
            try:
                items.append(_item(where, f"{below}/{DATA}/{key}".lstrip("/"), label, names))
            except ValueError as error:
                findings.problem(where, str(error), MEND)
    source = Source(scan, tuple(files), tuple(order))
    if findings.problems:
        raise InputError(f"labels in {source}", findings.problems)
    if not items:
        return None
    return labelling_of(source, items, (FIELD,))


def _is_ours(found: JsonKeys) -> bool:
    return not found.is_list and found.keys == {"classes", "labels"}


def _item(where: str, name: str, label: Any, classes: Sequence[str]) -> AnnotatedImage:
    """One picture.

    Raises:
        ValueError: the label is no class.
    """
    found = label if isinstance(label, list) else [label]
    if label is None or (isinstance(label, dict) and label.get("label") is None and set(label) & {"label"}):
        return AnnotatedImage(where, name, None)
    words, regions = [], []
    for entry in found:
        word = _class(entry, classes)
        if isinstance(entry, dict) and "bounding_box" in entry:
            _require_box(entry["bounding_box"])
            regions.append(Region(word, FIELD))
        else:
            words.append(word)
    return AnnotatedImage(where, name, {FIELD: tuple(words)} if words else {}, tuple(regions), seen=True)


def _class(entry: Any, classes: Sequence[str]) -> str:
    """Class of an entry: its position in the list, or its name; with a confidence and more in an object."""
    label = entry.get("label") if isinstance(entry, dict) else entry
    if isinstance(label, str):
        word = text_in(label, "a label")
        if classes and word not in classes and not is_nothing(word):
            raise ValueError(f'is "{word}", which is not in `classes`')
        return word
    if isinstance(label, bool) or not isinstance(label, int | float) or label != label // 1:
        raise ValueError(f"is {label!r}, expected a name or a position in `classes`")
    if not 0 <= label < len(classes):
        raise ValueError(f"is {label}, and `classes` has {len(classes)} names, from position 0")
    return classes[int(label)]


def _require_box(box: Any) -> None:
    """Refuse what is no box: four numbers, as parts of the picture's width and height."""
    numbers = list(_numbers(box))
    if len(numbers) != 4 or numbers[2] <= 0 or numbers[3] <= 0:
        raise ValueError(f"has the box {box}, expected [x, y, width, height] with a width and height above 0")


def _numbers(box: Any) -> Iterator[float]:
    for value in box if isinstance(box, list) else ():
        yield number_in(value, "a number of `bounding_box`")
