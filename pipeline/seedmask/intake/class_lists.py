"""Lists of classes beside labels and masks, with the colours that masks draw them in.

    classes.txt, class_names.txt, obj.names    a name a line, or `cow 128 0 0`, `cow,128,0,0`, `128 0 0 cow`
    labelmap.txt                               CVAT: `cow:128,0,0::`
    class_dict.csv, _classes.csv               name,r,g,b; Roboflow: Pixel Value, Class
    dataset.json, id2label.json                nnU-Net and others: numbers and names
    obj_class_to_machine_color.json            Supervisely: {"cow": [1, 1, 1]}

Number 0 is the background. Names for it, and for what is ignored, are no classes.
"""

import csv
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from seedmask.dataset.formats.listing import Findings
from seedmask.dataset.formats.text import read_lines
from seedmask.dataset.regular import read_file
from seedmask.errors import InputError, SeedmaskError
from seedmask.intake.columns import IMAGES
from seedmask.intake.json_files import read_json
from seedmask.intake.names import without_suffix
from seedmask.intake.scan import FolderScan
from seedmask.intake.splits import words_in
from seedmask.intake.words import is_background
from seedmask.methods.weak_labels import VOID

Colour = tuple[int, int, int]

FORMS = frozenset(("submission", "submissions", "predictions"))
"""Words in names of tables that are forms for predictions."""
CALLED = frozenset(
    ("attributes", "categories", "category", "class", "classes", "description", "descriptions", "label", "labels",
     "map", "mapping", "names")
)  # fmt: skip
"""Words in names of tables that name classes."""
CLASSES = frozenset(("attributes", "categories", "category", "class", "classes"))
"""Those of them that no table of pictures has."""
KEYS = frozenset(("attributeid", "categoryid", "classid", "classindex", "labelid"))
LOOSE_KEYS = frozenset(("id", "index", "labelname", "number"))
KEY_NAMES = frozenset(
    ("attributename", "category", "categoryname", "class", "classname", "description", "displayname", "label", "name")
)
"""Headers of their two columns."""
MOST_BYTES = 1 << 22

TEXTS = (
    "classes.txt",
    "class_names.txt",
    "label_names.txt",
    "labels.txt",
    "names.txt",
    "obj.names",
    "label_colors.txt",
)
MAPS = ("labelmap.txt",)
TABLES = ("class_dict.csv", "class_dict_seg.csv", "_classes.csv", "label_colors.csv", "colors.csv")
NUMBERS = ("dataset.json", "id2label.json")
COLOURS = ("obj_class_to_machine_color.json",)
LISTS = (*TEXTS, *MAPS, *TABLES, *COLOURS, *NUMBERS)
"""Names of lists, in small letters; of several in one folder the first is taken."""
UNKNOWN = frozenset(("void", "unknown", "unlabelled", "ignore", "ignored", "nodata", "no-data"))
"""Names of colours, in small letters, that stand for pixels of no known class."""
UNNUMBERED = frozenset(("__ignore__", "_ignore_"))
"""First lines that stand for 255, and have no number in the order."""


@dataclass(frozen=True)
class ClassList:
    """A list of classes.

    Args:
        path: the file.
        file: the file as a path below the folder.
        names: the classes in the order of their numbers, from 1.
        colours: number of each colour, where the list has colours; 0 is the background.
        dropped: names that are no classes.
    """

    path: Path
    file: str
    names: tuple[str, ...]
    colours: Mapping[Colour, int] = field(default_factory=dict)
    dropped: tuple[str, ...] = ()


def listed_classes(scan: FolderScan) -> ClassList | None:
    """The list of classes in the fewest folders.

    Raises:
        SeedmaskError: its lines cannot be read, or background is not number 0.
    """
    lists = (name for name in scan.others if _file(name) in LISTS)
    for file in sorted(lists, key=lambda name: (name.count("/"), LISTS.index(_file(name)), name)):
        found = class_list_of(scan, file)
        if found is not None:
            return found
    return None


def read_class_list(path: Path, file: str = "") -> ClassList:
    """The classes of a text with a name a line, with colours or without.

    Raises:
        SeedmaskError: it cannot be read, or background is not number 0.
    """
    findings = Findings()
    lines = [line.strip() for _, line in read_lines(path, findings) if not line.lstrip().startswith("#")]
    if findings.problems:
        raise InputError("list of classes", findings.problems)
    return _numbered(path, file, [_line(line) for line in lines])


def _file(name: str) -> str:
    """Name of a file without its folder, in small letters."""
    return name.rpartition("/")[2].lower()


def class_list_of(scan: FolderScan, file: str) -> ClassList | None:
    """The classes of a file; None where it is no list of them."""
    path, name = scan.files[file], _file(file)
    if name in TEXTS:
        return None if _names_images(path) else read_class_list(path, file)
    if name in MAPS:
        lines = (line.strip() for line in read_file(path).decode("utf-8-sig", "replace").splitlines())
        parts = [line.split(":") for line in lines if line and not line.startswith("#")]
        return _numbered(path, file, [(part[0], _colour(part[1]) if len(part) > 1 else None) for part in parts])
    if name in TABLES:
        return _of_table(path, file)
    if name in NUMBERS:
        return _of_numbers(path, file)
    if name in COLOURS:
        value = read_json(path)
        if isinstance(value, dict):
            return _numbered(path, file, [(name, _triple(colour)) for name, colour in value.items()])
    return None


def _names_images(path: Path) -> bool:
    """Whether half of the lines of a text, or more, hold a file of an image: `labels.txt` may be about pictures."""
    lines = [line for _, line in read_lines(path, Findings())]
    held = (any(without_suffix(word) != word for word in re.split(r"[\s,;]+", line)) for line in lines)
    return 0 < len(lines) <= 2 * sum(held)


def is_form(file: str) -> bool:
    """Whether a table is a form for predictions, such as `sample_submission.csv`, and holds no labels."""
    return bool(FORMS & {*words_in(PurePosixPath(file).stem)})


def names_by_key(path: Path) -> dict[str, str]:
    """Names of classes by number or key, from a table or an object of JSON that is called so; empty if it is none.

    classes.csv, categories.csv        id,name or category_id,category_name
    class-descriptions.csv             /m/01xq0k1,Cow
    label_map.json                     {"0": "cow"}
    """
    if not CALLED & {*words_in(path.stem)} or (path.suffix.lower() == ".txt" and "map" not in words_in(path.stem)):
        return {}
    if path.stat().st_size > MOST_BYTES:
        return {}
    if path.suffix.lower() == ".json":
        value = read_json(path)
        pairs = list(value.items()) if isinstance(value, dict) else []
        if pairs and all(isinstance(name, int) for _, name in pairs):
            pairs = [(str(number), key) for key, number in pairs]
        plain = all(key.isdecimal() and isinstance(name, str) for key, name in pairs)
        return dict(pairs) if plain else {}
    first = next(_rows(path), [])
    header = ["".join(filter(str.isalpha, cell.lower())) for cell in first]
    loose = bool(CLASSES & {*words_in(path.stem)})  # `labels.csv` with `id,label` is about pictures
    keys = [place for place, cell in enumerate(header) if cell in KEYS or (loose and cell in LOOSE_KEYS)]
    names = [place for place, cell in enumerate(header) if cell in KEY_NAMES and place not in keys]
    if keys and names and not IMAGES & {*header}:
        rows = list(_rows(path))[1:]
        found = {row[keys[0]]: row[names[0]] for row in rows if len(row) > max(keys[0], names[0])}
        return found if len(found) == len({*found.values()}) == len(rows) else {}
    if first and first[0].startswith("/"):
        rows = list(_rows(path))
        return dict(rows) if all(len(row) == 2 for row in rows) else {}
    return {}


def _rows(path: Path) -> Iterator[list[str]]:
    """Cells of a table, separated by the mark that its first line holds; none where it is no text."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            first = file.readline()
            mark = next((mark for mark in (",", ";", "\t") if mark in first), ",")
            for row in csv.reader(itertools.chain([first], file), delimiter=mark):
                if any(cells := [cell.strip() for cell in row]):
                    yield cells
    except (OSError, ValueError, csv.Error):
        return


def _line(line: str) -> tuple[str, Colour | None]:
    """Name and colour of a line."""
    behind = re.fullmatch(r"(.*?\S)[\s,;:]+(\d{1,3})[\s,;]+(\d{1,3})[\s,;]+(\d{1,3})", line)
    if behind:
        return behind[1].rstrip(",;:"), (int(behind[2]), int(behind[3]), int(behind[4]))
    before = re.fullmatch(r"(\d{1,3})[\s,;]+(\d{1,3})[\s,;]+(\d{1,3})[\s,;:]+(\S.*)", line)
    if before:
        return before[4], (int(before[1]), int(before[2]), int(before[3]))
    return line, None


def _numbered(path: Path, file: str, items: Iterable[tuple[str, Colour | None]]) -> ClassList:
    """Classes by the order of their lines."""
    items = [(name.strip(), colour) for name, colour in items if name.strip()]
    dropped = []
    while items and items[0][0].lower() in UNNUMBERED:
        dropped.append(items.pop(0)[0])
    colours: dict[Colour, int] = {}
    if items and is_background(items[0][0]):
        name, colour = items.pop(0)
        dropped.append(name)
        colours |= {colour: 0} if colour else {}
    names = []
    for name, colour in items:
        if is_background(name) or (colour and name.lower() in UNKNOWN):
            if colour is None:
                raise SeedmaskError(
                    f"{path}: {name} is number {len(names) + 1} of the list, but background is number 0; "
                    "write it first, or leave it out"
                )
            dropped.append(name)
            ignored = name.lower() in UNKNOWN or "ignore" in name.lower()
            colours[colour] = VOID if ignored else 0
            continue
        names.append(name)
        colours |= {colour: len(names)} if colour else {}
    return ClassList(path, file, tuple(names), colours, tuple(dropped))


def _of_table(path: Path, file: str) -> ClassList | None:
    """A table of names and colours, or of pixel values and names."""
    text = read_file(path).decode("utf-8-sig", "replace")
    rows = [
        [cell.strip() for cell in row] for row in csv.reader(text.splitlines()) if any(cell.strip() for cell in row)
    ]
    if not rows:
        return None
    header = [cell.lower() for cell in rows[0]]
    if {"r", "g", "b"} <= {*header} and {"name", "class", "label"} & {*header}:
        name = next(header.index(word) for word in ("name", "class", "label") if word in header)
        places = [header.index(channel) for channel in "rgb"]
        return _numbered(path, file, [(row[name], _triple([row[place] for place in places])) for row in rows[1:]])
    if header[:2] == ["pixel value", "class"]:
        return _by_number(path, file, {row[1]: row[0] for row in rows[1:]})
    return None


def _of_numbers(path: Path, file: str) -> ClassList | None:
    """Numbers and names, either way round."""
    value = read_json(path)
    labels = value.get("labels", value) if isinstance(value, dict) else None
    if not isinstance(labels, dict) or not labels:
        return None
    if all(str(key).isdecimal() and isinstance(name, str) for key, name in labels.items()):
        return _by_number(path, file, {name: number for number, name in labels.items()})
    if all(isinstance(number, int) for number in labels.values()):
        return _by_number(path, file, labels)
    return None


def _by_number(path: Path, file: str, numbers: Mapping[str, Any]) -> ClassList:
    """Classes by their numbers, which must be 1 to as many as there are."""
    by_number = {int(number): name for name, number in numbers.items() if str(number).strip().isdecimal()}
    dropped = tuple(by_number.pop(number) for number in sorted(by_number) if is_background(by_number[number]))
    if sorted(by_number) != list(range(1, len(by_number) + 1)):
        raise SeedmaskError(
            f"{path}: numbers of classes are {', '.join(map(str, sorted(by_number)))}, expected 1 to {len(by_number)}, "
            "and 0 for the background; renumber masks and list"
        )
    return ClassList(path, file, tuple(by_number[number] for number in sorted(by_number)), {}, dropped)


def _colour(text: str) -> Colour | None:
    return _triple(text.split(","))


def _triple(value: Any) -> Colour | None:
    try:
        red, green, blue = (int(str(part).strip()) for part in value)
    except (TypeError, ValueError):
        return None
    return red, green, blue
