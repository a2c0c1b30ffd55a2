"""Names of YOLO's classes and splits of its images: `data.yaml`, `classes.txt`, `obj.data` and `obj.names`."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import yaml

from seedmask.dataset.formats.listing import Findings
from seedmask.dataset.formats.text import read_lines
from seedmask.dataset.regular import read_file
from seedmask.errors import InputError, Problem
from seedmask.intake.class_names import KNOWN_CLASSES
from seedmask.intake.scan import FolderScan
from seedmask.intake.splits import split_of

YAML_KEYS = frozenset(("train", "val", "valid", "validation", "test"))
LISTS_OF_NAMES = ("classes.txt", "_darknet.labels")
REMEDY = "make them agree, or take one of the files out"


@dataclass(frozen=True)
class YoloSettings:
    """What the files beside YOLO's text files say.

    Args:
        names: class of each number.
        source: the file that names the classes; empty where none does.
        splits: split of each image that a file gives one.
        split_source: the files that give splits, for people.
        files: all files that were read, as paths below the folder.
        points: how many numbers of points stand behind each box, as in files of poses.
        notes: peculiarities, one sentence each.
    """

    names: Mapping[int, str] = field(default_factory=dict)
    source: str = ""
    splits: Mapping[str, str] = field(default_factory=dict)
    split_source: str = ""
    files: tuple[str, ...] = ()
    points: int = 0
    notes: tuple[str, ...] = ()

    @property
    def declared(self) -> bool:
        """Whether a file says that the folder is YOLO's, and not only what numbers mean."""
        return any(file.lower().endswith((".yaml", ".yml", ".data")) for file in self.files)


@dataclass
class _Found:
    """Settings while the files are read."""

    names: dict[str, dict[int, str]] = field(default_factory=dict)
    entries: list[tuple[str, str, str]] = field(default_factory=list)
    """File, split and entry of each folder or list of images."""
    files: set[str] = field(default_factory=set)
    points: int = 0
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def read_settings(scan: FolderScan, classes: str | None) -> YoloSettings:
    """Settings of all files of a folder, which must not contradict each other.

    Args:
        scan: the folder.
        classes: the user's list of names, which stands above those of the files: `voc`, `coco` or a file.

    Raises:
        InputError: a file cannot be read, files name the classes in different ways, or an image is in two splits.
    """
    found = _Found()
    for name, _ in scan.with_suffix(".yaml", ".yml"):
        _read_yaml(scan, name, found)
    for name, path in scan.with_suffix(".data"):
        _read_darknet(scan, name, read_lines(path, Findings()), found)
    for name in scan.others:
        file = name.rpartition("/")[2].lower()
        if file in LISTS_OF_NAMES or file.endswith(".names"):
            found.names[name] = dict(enumerate(line.strip() for _, line in _lines_of(scan.files[name], found)))
    if not any(split for _, split, _ in found.entries):
        _find_lists(scan, found)
    if classes is None:
        names, source = _one_list(scan, found)
    else:
        names, source = dict(enumerate(_names_of_user(classes, found))), classes
    splits = _splits(scan, found)
    if found.problems:
        raise InputError("settings of YOLO", found.problems)
    sources = dict.fromkeys(file for file, _, _ in found.entries)
    split_source = " and ".join(str(scan.folder / file) for file in sources) if splits else ""
    files = tuple(sorted({*found.files, *found.names, *sources}))
    return YoloSettings(names, source, splits, split_source, files, found.points, tuple(found.notes))


def _read_yaml(scan: FolderScan, name: str, found: _Found) -> None:
    path = scan.files[name]
    data = read_file(path)
    try:
        value = yaml.safe_load(data)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        if b"names" in data and b"train" in data:
            where = f"{path} line {mark.line + 1}" if (mark := getattr(error, "problem_mark", None)) else str(path)
            found.problems.append(Problem(where, "is not YAML", "correct the file"))
        return
    if not isinstance(value, dict) or not isinstance(value.get("names"), dict | list):
        return
    if not (YAML_KEYS | {"nc", "path"}) & {key for key in value if isinstance(key, str)}:
        return
    found.files.add(name)
    items = value["names"].items() if isinstance(value["names"], dict) else enumerate(value["names"])
    names: dict[int, str] = {}
    for number, word in items:
        if not str(number).isdecimal():
            found.problems.append(Problem(str(path), f"names: {number!r} is not a number from 0", "number the names"))
        elif isinstance(word, bool) or not isinstance(word, str | int | float):
            found.problems.append(
                Problem(str(path), f"names: YAML reads number {number} as {word}", "put it in quotes")
            )
        else:
            names[int(number)] = str(word).strip()
    count = value.get("nc")
    if isinstance(count, int) and not isinstance(count, bool) and count != len(names):
        found.problems.append(Problem(str(path), f"nc is {count}, and {len(names)} classes have names", "correct one"))
    found.names[name] = names
    shape = value.get("kpt_shape")
    if isinstance(shape, list) and len(shape) == 2 and all(isinstance(side, int) for side in shape):
        found.points = shape[0] * shape[1]
    root = value.get("path")
    for key in value:
        split = split_of(key) if key in YAML_KEYS else ""
        entries = value[key] if isinstance(value[key], list) else [value[key]]
        for entry in entries if split else ():
            if isinstance(entry, str) and entry.strip():
                whole = f"{root}/{entry}" if isinstance(root, str) else entry
                found.entries.append((name, split, whole))


def _read_darknet(scan: FolderScan, name: str, lines: Sequence[tuple[int, str]], found: _Found) -> None:
    """`obj.data`: lines such as `valid = data/valid.txt`."""
    values = {key.strip(): value.strip() for key, sign, value in (line.partition("=") for _, line in lines) if sign}
    if "names" not in values:
        return
    found.files.add(name)
    for key in YAML_KEYS & values.keys():
        found.entries.append((name, split_of(key), values[key]))
    if (named := _file_of(scan, name, values["names"])) is not None:
        found.names[named] = dict(enumerate(line.strip() for _, line in _lines_of(scan.files[named], found)))


def _find_lists(scan: FolderScan, found: _Found) -> None:
    """`train.txt` and its like, which no other file speaks of."""
    for name, path in scan.with_suffix(".txt"):
        split = split_of(name.rpartition("/")[2].removesuffix(".txt"))
        lines = read_lines(path, Findings()) if split else []
        if lines and scan.names.find(lines[0][1]) and not lines[0][1].strip().isdecimal():
            found.entries.append((name, split, name))


def _names_of_user(classes: str, found: _Found) -> tuple[str, ...]:
    """Names by number from 0, background among them, as files of YOLO number them."""
    if classes in KNOWN_CLASSES:
        return KNOWN_CLASSES[classes].names
    return tuple(line.strip() for _, line in _lines_of(Path(classes), found))


def _lines_of(path: Path, found: _Found) -> list[tuple[int, str]]:
    findings = Findings()
    lines = read_lines(path, findings)
    found.problems += findings.problems
    return lines


def _one_list(scan: FolderScan, found: _Found) -> tuple[dict[int, str], str]:
    """The names that all files give."""
    names: dict[int, str] = {}
    source = ""
    for file, others in found.names.items():
        if source and others != names:
            different = next(n for n in sorted({*names, *others}) if names.get(n) != others.get(n))
            one, other = (repr(given.get(different, "nothing")) for given in (names, others))
            problem = f"class {different} is {other}, and {one} in {source}"
            found.problems.append(Problem(str(scan.folder / file), problem, f"{REMEDY}, or name a list with --classes"))
        if not source:
            names, source = others, str(scan.folder / file)
    return names, source


def _splits(scan: FolderScan, found: _Found) -> dict[str, str]:
    """Split of each image, by folders and lists."""
    images: dict[str, dict[str, str]] = {}
    for file, split, entry in found.entries:
        images.setdefault(split, {}).update(dict.fromkeys(_images_of(scan, file, entry, found), file))
    if {*images.get("train", ())} == {*images.get("val", ())} != set():
        file = next(iter(images["val"].values()))
        found.notes.append(f"{scan.folder / file}: val has the pictures of train, and is no split of its own")
        del images["val"]
    splits: dict[str, str] = {}
    for split, files in images.items():
        twice = [image for image in files if splits.setdefault(image, split) != split]
        if twice:
            problem = f"{len(twice)} pictures are in {splits[twice[0]]} and in {split} ({twice[0]})"
            found.problems.append(Problem(str(scan.folder / files[twice[0]]), problem, "give each picture one split"))
    return splits


def _images_of(scan: FolderScan, file: str, entry: str, found: _Found) -> list[str]:
    """Images of a folder or a list."""
    if entry.endswith(".txt"):
        name = _file_of(scan, file, entry)
        if name is None:
            found.notes.append(f"{scan.folder / file}: {entry} is not there")
            return []
        found.files.add(name)
        matches = scan.names.match(line.strip() for _, line in _lines_of(scan.files[name], found))
        found.notes += matches.notes(scan.folder / name, scan.names)
        return list(matches.found.values())
    folder = _folder_of(scan, file, entry)
    if folder is None:
        found.notes.append(f"{scan.folder / file}: the folder {entry} is not there, or holds no picture")
        return []
    return [image for image in scan.images if not folder or image.startswith(f"{folder}/")]


def _file_of(scan: FolderScan, file: str, entry: str) -> str | None:
    """A file that another one names, from its own folder or by the longest ending of the path."""
    parts = _parts(entry)
    for start in range(len(parts)):
        name = os.path.normpath(f"{file.rpartition('/')[0]}/{'/'.join(parts[start:])}").lstrip("/")
        if name in scan.files:
            return name
    return None


def _folder_of(scan: FolderScan, file: str, entry: str) -> str | None:
    """A folder of images that a file names, from its own folder or by the longest ending of the path."""
    folders = {
        str(parent)
        for folder in map(PurePosixPath, {image.rpartition("/")[0] for image in scan.images})
        for parent in (folder, *folder.parents)
    }
    here, parts = file.rpartition("/")[0], _parts(entry)
    if not parts:
        return here
    for start in range(len(parts)):
        ending = "/".join(parts[start:])
        for folder in (os.path.normpath(f"{here}/{ending}").lstrip("/"), ending):
            if folder in folders:
                return folder
        near = [folder for folder in folders if folder.endswith(f"/{ending}")]
        if len(near) == 1:
            return near[0]
    return None


def _parts(entry: str) -> list[str]:
    return [part for part in entry.strip().replace("\\", "/").split("/") if part not in ("", ".", "..")]
