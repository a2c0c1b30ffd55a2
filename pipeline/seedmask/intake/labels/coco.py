"""COCO's JSON: the categories of an image's annotations are its tags.

Files `annotations/instances_train2017.json`, Roboflow's `train/_annotations.coco.json`, or any JSON with the lists
`images`, `annotations` and `categories`. Several files are joined by the names of categories, whatever their ids.
Crowds count as tags: the class is in the image, though its outline is not known.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar

from seedmask.dataset.formats.coco_json import PARTS, CocoFile, Id, coco_file, looks_like_coco
from seedmask.dataset.formats.listing import Findings
from seedmask.dataset.formats.text import read_json
from seedmask.dataset.regular import read_file
from seedmask.errors import InputError
from seedmask.intake.json_files import json_fault, json_files
from seedmask.intake.labelling import Labelling, require_some
from seedmask.intake.names import Matches
from seedmask.intake.options import ReadingOptions
from seedmask.intake.scan import FolderScan
from seedmask.intake.splits import split_of, words_in
from seedmask.intake.words import is_background

Content = TypeVar("Content")
BESIDE = frozenset(
    ("anno", "annos", "ann", "annotation", "bbox", "coco", "dataset", "json", "keypoints", "label", "object", "person",
     "segm")
)  # fmt: skip
"""Words that may stand beside the word for a split in the name of a file."""


@dataclass(frozen=True)
class CocoSource:
    """A file, and the images that its entries mean.

    Args:
        name: the file as a path below the folder.
        coco: its content.
        matches: images of its names.
        split: split of all its images; empty where neither its name nor its folder stands for one.
    """

    name: str
    coco: CocoFile
    matches: Matches
    split: str


@dataclass
class Joined:
    """Labels of all files."""

    tags: dict[str, set[str]] = field(default_factory=dict)
    alone: Counter[str] = field(default_factory=Counter)
    """Tags that rest on crowds alone, by file."""
    splits: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Split of each image, and the file that gives it."""
    findings: Findings = field(default_factory=Findings)


def read_labels(scan: FolderScan, options: ReadingOptions) -> Labelling | None:
    """All files of COCO's kind together.

    Raises:
        InputError: a file is damaged, annotations point nowhere, or an image is in files of two splits.
        SeedmaskError: no name in a file means an image.
    """
    findings, notes = Findings(), []
    files = _files(scan, findings, notes)
    if findings.problems:
        raise InputError("COCO annotations", findings.problems)
    if not any(coco.images for coco in files.values()):
        return None
    sources = [_source(scan, name, coco) for name, coco in files.items() if coco.images]
    joined = Joined()
    for source in sources:
        require_some(source.coco.path, source.matches, scan)
        _join(source, joined)
    if joined.findings.problems:
        raise InputError("COCO annotations", joined.findings.problems)
    categories = list(dict.fromkeys(name for source in sources for name in source.coco.categories.values()))
    notes += _notes(scan, sources, joined, categories)
    missing = [name for source in sources for name in (*source.matches.missing, *source.matches.ambiguous)]
    splits = {image: split for image, (split, _) in joined.splits.items()}
    ruling = dict.fromkeys(file for _, file in joined.splits.values())
    return Labelling(
        source=", ".join(str(source.coco.path) for source in sources),
        tags={image: tuple(sorted(found)) for image, found in joined.tags.items()},
        files=tuple(files),
        splits=splits,
        split_rule=f"names of {' and '.join(ruling)}" if ruling else "",
        classes=tuple(name for name in categories if not is_background(name)),
        notes=tuple(notes),
        unmatched=len(missing),
        names=sum(len(source.matches.found) + source.matches.unmatched for source in sources),
        unmatched_example=scan.names.nearest(missing[0]) if missing else "",
    )


def _files(scan: FolderScan, findings: Findings, notes: list[str]) -> dict[str, CocoFile]:
    """Content of each file of COCO's kind; other files that go with it are noted."""
    for name, path in scan.with_suffix(".json"):
        if json_fault(path) and _begins_like_coco(path):
            _collect(findings, partial(read_json, scan.folder / name))
    files, points = {}, {}
    for name, value in json_files(scan, lambda outline: not outline.is_list and {*PARTS[:2]} <= outline.keys):
        if not looks_like_coco(value):
            if kind := _other_kind(value):
                notes.append(f"{scan.folder / name}: holds {kind}, and is not used")
            continue
        coco = _collect(findings, partial(coco_file, value, scan.folder / name))
        if coco is not None:
            (points if _has_points(value) else files)[name] = coco
    for name in points:
        used = "is not used beside the other files" if files else "is used for its categories"
        notes.append(f"{scan.folder / name}: holds keypoints, and {used}")
    return files or points


def _collect(findings: Findings, read: Callable[[], Content]) -> Content | None:
    """What a file holds; None where it has problems, which are gathered."""
    try:
        return read()
    except InputError as error:
        findings.problems += error.problems
        return None


def _begins_like_coco(path: Path) -> bool:
    try:
        data = read_file(path)
    except InputError:
        return False
    return b'"images"' in data and b'"annotations"' in data


def _other_kind(value: Mapping[str, Any]) -> str:
    """What a file of the COCO family holds that has no categories of objects; empty if it is no such file."""
    items = value.get("annotations")
    item = items[0] if isinstance(items, list) and items and isinstance(items[0], dict) else {}
    if not isinstance(value.get("images"), list) or "image_id" not in item:
        return ""
    return "captions" if "caption" in item else "panoptic segments" if "segments_info" in item else ""


def _has_points(value: Mapping[str, Any]) -> bool:
    return any("keypoints" in item for item in value["categories"])


def _source(scan: FolderScan, name: str, coco: CocoFile) -> CocoSource:
    split = _split_of(name)
    return CocoSource(name, coco, _matches(scan, name, split, coco.images.values()), split)


def _split_of(name: str) -> str:
    """Split in the name of a file, such as `instances_train2017.json`, or of a folder that it lies in."""
    *folders, file = PurePosixPath(name).with_suffix("").parts
    kept = "_".join(word for word in words_in(file) if word not in BESIDE)
    return next(filter(None, (split_of(kept), *map(split_of, reversed(folders)))), "")


def _matches(scan: FolderScan, file: str, split: str, names: Iterable[str]) -> Matches:
    """Images of the names of a file: in its own folder, else as everywhere; of several, the only one in its split."""
    folder = file.rpartition("/")[0]
    found, rest = {}, []
    for name in dict.fromkeys(names):
        here = str(PurePosixPath(folder) / name) if folder else name
        if here in scan.images:
            found[name] = here
        else:
            rest.append(name)
    matches = scan.names.match(rest)
    ambiguous = {}
    for name, images in matches.ambiguous.items():
        own = [image for image in images if split and scan.splits.of.get(image) == split]
        if len(own) == 1:
            found[name] = own[0]
        else:
            ambiguous[name] = images
    return Matches({**matches.found, **found}, matches.missing, ambiguous, matches.loose)


def _join(source: CocoSource, joined: Joined) -> None:
    """Add the tags and the split of a file's images."""
    coco, found = source.coco, source.matches.found
    plain: dict[Id, set[str]] = {number: set() for number in coco.images}
    crowded: dict[Id, set[str]] = {number: set() for number in coco.images}
    for annotation in coco.annotations:
        category = coco.categories[annotation.category]
        if not is_background(category):
            (crowded if annotation.crowd else plain)[annotation.image].add(category)
    first: dict[str, Id] = {}
    for number, name in coco.images.items():
        image = found.get(name)
        if image is None:
            continue
        tags = plain[number] | crowded[number]
        earlier = first.setdefault(image, number)
        if tags != plain[earlier] | crowded[earlier]:
            problem = f"images {earlier} and {number} are both {image} ({name}), with different categories"
            joined.findings.problem(str(coco.path), problem, "write names with their folders, or delete one of the two")
        joined.tags.setdefault(image, set()).update(tags)
        joined.alone[source.name] += len(crowded[number] - plain[number])
        if source.split:
            split, file = joined.splits.setdefault(image, (source.split, source.name))
            if split != source.split:
                problem = f"{image} is in split `{source.split}`, and in `{split}` by {file}"
                joined.findings.problem(str(coco.path), problem, "take it out of one of the two files")


def _notes(scan: FolderScan, sources: Sequence[CocoSource], joined: Joined, categories: Sequence[str]) -> list[str]:
    notes = []
    for source in sources:
        path = source.coco.path
        notes += source.matches.notes(path, scan.names)
        if crowds := joined.alone[source.name]:
            notes.append(f"{path}: crowds count as tags; {crowds} tags come from crowds alone")
        if groups := source.coco.groups:
            notes.append(f"{path}: {', '.join(groups)} is the supercategory of others and no class")
    notes += [f"category {name} is no class" for name in categories if is_background(name)]
    used = {tag for found in joined.tags.values() for tag in found}
    if unused := [name for name in categories if name not in used and not is_background(name)]:
        notes.append(f"{len(unused)} of {len(categories)} categories are in no picture ({unused[0]})")
    return notes
