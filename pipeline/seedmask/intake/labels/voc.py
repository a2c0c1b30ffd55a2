"""PASCAL VOC's layout: `JPEGImages`, `Annotations` of XML, `ImageSets`, `SegmentationClass`.

Without annotations, lists such as `ImageSets/Main/cow_train.txt` say which images show a class: 1, 0 for objects that
are difficult, or -1.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Any

from seedmask.dataset.formats.classes import ClassNumbers
from seedmask.dataset.formats.files import id_of
from seedmask.dataset.formats.listing import Findings
from seedmask.dataset.formats.text import read_lines
from seedmask.dataset.formats.voc import VOC_CLASSES, id_of_line, object_names, other_tags, read_tags
from seedmask.errors import InputError, SeedmaskError
from seedmask.intake.labelling import Labelling
from seedmask.intake.options import ReadingOptions
from seedmask.intake.scan import FolderScan
from seedmask.intake.words import is_background

PICTURES, ANNOTATIONS = "JPEGImages", "Annotations"
TAGS = "train_cls.txt"
"""Tags that come with some repositories, lines of an id and numbers of classes."""
STEMS = {
    "train": ("trainaug", "train_aug", "train"),
    "val": ("val",),
    "test": ("test",),
}
"""Names of lists for each split, the best first."""
BOTH = "trainval"
"""List that stands for training where there is none for training and none for validation."""
FOLDERS = ("ImageSets/Segmentation", "ImageSets/SegmentationAug", "ImageSets/Main", "ImageSets", "")
"""Folders of lists below the root, the best first; any other one will do."""
MASKS = ("SegmentationClass", "SegmentationClassAug")
"""Folders of masks: VOC's own, which are scored, and those of the augmented list."""
CLASS_LIST = re.compile(r"(?P<name>.+)_(?P<split>train|val|trainval|test)")
CLASS_LINE = re.compile(r"(?P<image>\S.*?)[\s,;]+(?P<value>-1|0|1)")


@dataclass(frozen=True)
class VocLayout:
    """A folder in the layout of VOC.

    Args:
        root: path below the scanned folder, with a slash behind; empty for the folder itself.
        images: images of `JPEGImages` by id.
    """

    root: str
    images: Mapping[str, str]


@dataclass(frozen=True)
class Lists:
    """Splits that lists give.

    Args:
        files: list of each split, as a path below the root.
        splits: split of each image.
        names: number of lines.
        missing: lines that name no image.
        notes: what is odd, one sentence each.
    """

    files: Mapping[str, str] = field(default_factory=dict)
    splits: Mapping[str, str] = field(default_factory=dict)
    names: int = 0
    missing: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def read_labels(scan: FolderScan, options: ReadingOptions) -> Labelling | None:
    """The outermost folder that holds images and annotations, or lists of classes.

    Raises:
        SeedmaskError: annotations or lists that cannot be read, or that name no image.
    """
    layouts = list(voc_layouts(scan))
    layout = next((layout for layout in layouts if _has_annotations(scan, layout.root)), None)
    if layout is None:
        return next(filter(None, (_of_class_lists(scan, layout) for layout in layouts)), None)
    lists = read_lists(scan, layout)
    tags, findings = {}, Findings()
    for key, image in layout.images.items():
        xml = scan.files.get(f"{layout.root}{ANNOTATIONS}/{key}.xml")
        if xml is not None and (image in lists.splits or not lists.files):
            words = object_names(xml, findings)
            tags[image] = tuple(sorted({word for word in words if word and not is_background(word)}))
    folder = scan.folder / layout.root / ANNOTATIONS
    if findings.problems:
        raise InputError(f"annotations in {folder}", findings.problems)
    labelling = _labelling(scan, layout, lists, tags, f"{folder}, XML of {len(tags)} pictures")
    return _with(labelling, *_of_tags(scan, layout, lists))


def voc_layouts(scan: FolderScan) -> Iterator[VocLayout]:
    """Folders that hold `JPEGImages`, the outermost first."""
    folders = {name.rpartition("/")[0] for name in scan.images}
    parents = {
        parent for f in folders for parent in (PurePosixPath(f), *PurePosixPath(f).parents) if parent.name == PICTURES
    }
    for root in sorted({str(parent.parent) for parent in parents}, key=lambda root: (root.count("/"), root)):
        below = "" if root == "." else f"{root}/"
        folder = f"{below}{PICTURES}/"
        images = {id_of(name.removeprefix(folder)): name for name in scan.images if name.startswith(folder)}
        yield VocLayout(below, images)


def annotation_folders(scan: FolderScan) -> tuple[str, ...]:
    """Folders of annotations in the layout of VOC, with a slash behind."""
    return tuple(f"{layout.root}{ANNOTATIONS}/" for layout in voc_layouts(scan))


def read_lists(scan: FolderScan, layout: VocLayout) -> Lists:
    """Lists of the splits of a layout, whatever the kind of its labels.

    Raises:
        SeedmaskError: a list names no image, or an image is in two splits.
    """
    files, notes = _lists(scan, layout)
    findings = Findings()
    splits: dict[str, str] = {}
    names, missing = 0, []
    for split, file in list(files.items()):
        path, found, strange = scan.folder / layout.root / file, 0, []
        for number, line in read_lines(scan.files[f"{layout.root}{file}"], findings):
            image = layout.images.get(id_of_line(line, layout.images))
            if image is None:
                strange.append(line.strip())
                continue
            found += 1
            if splits.setdefault(image, split) != split:
                said = f"{image} is in `{split}` and in `{splits[image]}` ({files[splits[image]]})"
                findings.problem(f"{path} line {number}", said, "delete one of the two lines")
        if found:
            names += found + len(strange)
            missing += strange
        elif split == "train" and strange:
            raise SeedmaskError(
                f"{path}: none of its lines names a picture of {scan.folder / layout.root / PICTURES} "
                f"({scan.names.nearest(strange[0])}); write one id a line, bring the pictures, or take the file out"
            )
        elif strange:
            notes.append(f"{path}: names none of the pictures ({scan.names.nearest(strange[0])}) and is no split")
            del files[split]
    if findings.problems:
        raise InputError("lists of splits", findings.problems)
    if missing:
        notes.append(f"lists name {len(missing)} pictures that are not there ({scan.names.nearest(missing[0])})")
    if not files:
        there = scan.folder / layout.root / "ImageSets"
        notes.append(f"{there} has no list of training pictures")
    elif left_out := len(layout.images) - len(splits):
        notes.append(f"{left_out} pictures are in no list and are left out")
    return Lists(files, splits, names, tuple(missing), tuple(notes))


def _labelling(
    scan: FolderScan, layout: VocLayout, lists: Lists, tags: Mapping[str, tuple[str, ...]], source: str
) -> Labelling:
    used = {tag for found in tags.values() for tag in found}
    classes, plain_layout = _classes(scan, layout.root, used)
    notes = list(lists.notes)
    folders = [name for name in MASKS if any(f.startswith(f"{layout.root}{name}/") for f in scan.files)]
    direct = plain_layout and "train" in lists.files and _has_annotations(scan, layout.root)
    folders = folders if direct else folders[-1:]  # tables have one folder of masks
    masks = folders[0] if folders else None
    if masks and not classes:
        notes.append(
            f"{scan.folder / layout.root / masks}: nothing says which number stands for which class; write the names "
            "into classes.txt, one a line, number 1 first"
        )
    augmented, layout_notes = _augmented(scan, layout, lists, folders)
    settings: dict[str, Any] = {
        "format": "voc",
        "root": str(scan.folder / layout.root),
        "splits": dict(lists.files),
        "masks": masks or MASKS[0],
        **augmented,
    }
    known = (f"{layout.root}{ANNOTATIONS}/", f"{layout.root}ImageSets/")
    listed = [f"{layout.root}{file}" for file in lists.files.values()]
    return Labelling(
        source=source,
        tags=tags,
        files=tuple(dict.fromkeys((*(name for name in scan.others if name.startswith(known)), *listed))),
        splits=lists.splits,
        split_rule=" and ".join(f"list {file}" for file in lists.files.values()),
        classes=classes,
        masks=f"{layout.root}{masks}" if masks and classes else None,
        training_masks=f"{layout.root}{folders[1]}" if direct and len(folders) > 1 else None,
        layout=settings if direct else None,
        layout_notes=tuple(layout_notes),
        closed=bool(lists.files),
        notes=tuple(notes),
        unmatched=len(lists.missing),
        names=lists.names,
        unmatched_example=scan.names.nearest(lists.missing[0]) if lists.missing else "",
    )


def _augmented(
    scan: FolderScan, layout: VocLayout, lists: Lists, folders: Sequence[str]
) -> tuple[dict[str, Any], list[str]]:
    """Settings of an augmented list, masks to learn from and the pictures of `train` that are scored, and notes."""
    settings: dict[str, Any] = {}
    notes = []
    if len(folders) > 1:
        notes.append(f"{folders[0]} is scored; trainings on true masks and simulated labels read {folders[1]}")
        settings["training_masks"] = folders[1]
    own = next(iter(_candidates(scan, layout, STEMS["train"][-1:])), None)
    if folders and own and lists.files.get("train", own) != own:
        ids = {id_of_line(line, layout.images) for _, line in read_lines(scan.files[f"{layout.root}{own}"], Findings())}
        if all(lists.splits.get(layout.images.get(one, "")) == "train" for one in ids):
            notes.append(f"of split train, the {len(ids)} pictures of {own} are scored")
            settings["score_lists"] = {"train": own}
    return settings, notes


def _of_tags(scan: FolderScan, layout: VocLayout, lists: Lists) -> tuple[list[str], list[str]]:
    """The file of tags beside annotations, which are taken, and for how many images it has other tags."""
    name = f"{layout.root}{TAGS}"
    if name not in scan.files:
        return [], []
    numbers, findings = ClassNumbers(VOC_CLASSES, "VOC's classes"), Findings()
    tags = read_tags(scan.files[name], layout.images, numbers.classes, findings)
    listed = {key for key, image in layout.images.items() if image in lists.splits}
    files = {key: scan.files.get(f"{layout.root}{ANNOTATIONS}/{key}.xml") for key in tags if key in listed}
    if findings.problems or not files:
        return [], [f"{scan.folder / name} is not used: it is no list of tags of these pictures"]
    said = other_tags(tags, {key: path for key, path in files.items() if path}, numbers)
    said = said or f"its tags of {len(files)} pictures are those in Annotations"
    return [name], [f"{scan.folder / name}: {said}; those are taken, and these with `tags: {TAGS}` of the data set"]


def _has_annotations(scan: FolderScan, root: str) -> bool:
    return any(name.startswith(f"{root}{ANNOTATIONS}/") and name.lower().endswith(".xml") for name in scan.others)


def _classes(scan: FolderScan, root: str, used: set[str]) -> tuple[tuple[str, ...], bool]:
    """Classes in the order of their numbers, and whether the format finds them by itself."""
    for name in ("classes.txt", "class_names.txt", "labelmap.txt"):
        if path := scan.files.get(f"{root}{name}"):
            lines = [line.strip() for _, line in read_lines(path, Findings())]
            if name == "labelmap.txt":  # CVAT: `label:color_rgb:parts:actions`
                lines = [line.partition(":")[0] for line in lines if not line.startswith("#")]
            classes = tuple(line for line in lines if not is_background(line))
            return classes, name == "classes.txt" and len(classes) == len(lines)
    return (VOC_CLASSES, True) if used <= set(VOC_CLASSES) else ((), True)


def _lists(scan: FolderScan, layout: VocLayout) -> tuple[dict[str, str], list[str]]:
    """List of each split that has one, as a path below the root, and notes about others."""
    files, notes = {}, []
    for split, stems in STEMS.items():
        found = _candidates(scan, layout, stems)
        files |= {split: found[0]} if found else {}
        if len(found) > 1:
            notes.append(f"split {split} is that of {found[0]}, and not that of {' or '.join(found[1:])}")
    both = _candidates(scan, layout, (BOTH,))
    if both and not files.keys() & {"train", "val"}:
        files = {"train": both[0], **files}
        notes.append(f"{both[0]} is taken for training")
    return files, notes


def _candidates(scan: FolderScan, layout: VocLayout, stems: tuple[str, ...]) -> list[str]:
    """Lists with one of some names, the best first."""
    found = []
    for name, _ in scan.with_suffix(".txt"):
        below = name.removeprefix(layout.root)
        folder, _, file = below.rpartition("/")
        stem = file.rpartition(".")[0].lower()
        if name.startswith(layout.root) and stem in stems and _has_ids(scan, name):
            place = FOLDERS.index(folder) if folder in FOLDERS else len(FOLDERS)
            found.append(((stems.index(stem), place, below), below))
    return [below for _, below in sorted(found)]


def _has_ids(scan: FolderScan, name: str) -> bool:
    """Whether a list has an id a line, and no number behind it."""
    return bool(read_lines(scan.files[name], Findings())) and not _is_class_list(scan, name)


def _is_class_list(scan: FolderScan, name: str) -> bool:
    """Whether a list has a number behind each id."""
    lines = read_lines(scan.files[name], Findings())
    return bool(lines) and CLASS_LINE.fullmatch(lines[0][1].strip()) is not None


def _of_class_lists(scan: FolderScan, layout: VocLayout) -> Labelling | None:
    """Labels that only lists of classes give.

    Raises:
        InputError: lines without a number of 1, 0 or -1.
    """
    tags: dict[str, set[str]] = {}
    splits: dict[str, str] = {}
    files, findings, missing, names, difficult = [], Findings(), set(), set(), 0
    for name, path in scan.with_suffix(".txt"):
        listed = CLASS_LIST.fullmatch(PurePosixPath(name).stem)
        if not listed or not name.startswith(f"{layout.root}ImageSets/") or not _is_class_list(scan, name):
            continue
        files.append(name)
        for number, line in read_lines(path, findings):
            row = CLASS_LINE.fullmatch(line.strip())
            if row is None:
                findings.problem(f"{path} line {number}", f'"{line.strip()}"', "write an id and 1, 0 or -1 behind it")
                continue
            names.add(row["image"])
            image = layout.images.get(id_of_line(row["image"], layout.images))
            if image is None:
                missing.add(row["image"])
                continue
            shown = row["value"] != "-1"
            difficult += row["value"] == "0"
            tags.setdefault(image, set()).update(
                {listed["name"]} if shown and not is_background(listed["name"]) else ()
            )
            if listed["split"] != BOTH and splits.setdefault(image, listed["split"]) != listed["split"]:
                said = f"{image} is in a list of `{listed['split']}` and in one of `{splits[image]}`"
                findings.problem(f"{path} line {number}", said, "delete one of the two lines")
    if findings.problems:
        raise InputError("lists of classes", findings.problems)
    if not tags:
        return None
    lists = read_lists(scan, layout)
    if not lists.files and splits:
        first = missing and (
            f"lists name {len(missing)} pictures that are not there ({scan.names.nearest(min(missing))})",
        )
        lists = Lists({}, splits, len(names), tuple(sorted(missing)), tuple(first))
    source = f"{scan.folder / layout.root / 'ImageSets'}, {len(files)} lists of classes"
    labelling = _labelling(scan, layout, lists, {image: tuple(sorted(found)) for image, found in tags.items()}, source)
    note = f"{source}: {difficult} lines have 0 for objects that are difficult, which count"
    return _with(labelling, files, [note] * bool(difficult))


def _with(labelling: Labelling, files: list[str], notes: list[str]) -> Labelling:
    return replace(labelling, files=tuple(dict.fromkeys((*labelling.files, *files))), notes=(*labelling.notes, *notes))
