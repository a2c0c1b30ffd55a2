"""PASCAL VOC's layout: `JPEGImages`, `Annotations` of XML, `ImageSets`, `SegmentationClass`."""

import re
from pathlib import PurePosixPath
from typing import Any

from seedmask.dataset.formats.files import id_of
from seedmask.dataset.formats.listing import Findings
from seedmask.dataset.formats.text import read_lines
from seedmask.dataset.formats.voc import VOC_CLASSES, object_names
from seedmask.errors import InputError
from seedmask.intake.labelling import Labelling
from seedmask.intake.scan import FolderScan

PICTURES, ANNOTATIONS = "JPEGImages", "Annotations"
LISTS = {
    "train": ("Segmentation/train_aug", "SegmentationAug/train_aug", "Segmentation/train", "Main/train", "train"),
    "val": ("Segmentation/val", "Main/val", "val"),
    "test": ("Segmentation/test", "Main/test", "test"),
}
"""Lists below `ImageSets` that stand for a split; the first one that is there is taken."""
MASKS = ("SegmentationClassAug", "SegmentationClass")


def read_labels(scan: FolderScan) -> Labelling | None:
    """The outermost folder that holds pictures and annotations of VOC.

    Raises:
        InputError: annotations that are no XML.
    """
    root = next((root for root in _roots(scan) if _annotations(scan, root)), None)
    if root is None:
        return None
    folder = f"{root}{PICTURES}/"
    images = {id_of(name.removeprefix(folder)): name for name in scan.images if name.startswith(folder)}
    lists = _lists(scan, root)
    splits, notes = _splits(scan, root, lists, images)
    tags, findings = {}, Findings()
    for key, name in images.items():
        xml = scan.files.get(f"{root}{ANNOTATIONS}/{key}.xml")
        if xml is not None and (name in splits or not lists):
            tags[name] = tuple(sorted(set(filter(None, object_names(xml, findings)))))
    if findings.problems:
        raise InputError(f"annotations in {scan.folder / root / ANNOTATIONS}", findings.problems)
    classes = _classes(scan, root, {tag for found in tags.values() for tag in found})
    masks = next((name for name in MASKS if f"{root}{name}" in scan.mask_folders), None)
    layout: dict[str, Any] = {"format": "voc", "root": str(scan.folder / root), "splits": lists}
    return Labelling(
        source=f"{scan.folder / root / ANNOTATIONS}, XML of {len(tags)} pictures",
        tags=tags,
        files=tuple(name for name in scan.others if name.startswith((f"{root}{ANNOTATIONS}/", f"{root}ImageSets/"))),
        splits=splits,
        classes=classes,
        masks=scan.folder / root / masks if masks else None,
        layout={**layout, "masks": masks or MASKS[-1]} if "train" in lists else None,
        closed=bool(lists),
        notes=notes,
    )


def _roots(scan: FolderScan) -> list[str]:
    """Folders that hold `JPEGImages`, with a slash behind, the outermost first."""
    parents = {parent for name in scan.images for parent in PurePosixPath(name).parents if parent.name == PICTURES}
    roots = {str(parent.parent) for parent in parents}
    return ["" if root == "." else f"{root}/" for root in sorted(roots, key=lambda root: (root.count("/"), root))]


def _annotations(scan: FolderScan, root: str) -> bool:
    return any(name.startswith(f"{root}{ANNOTATIONS}/") and name.endswith(".xml") for name in scan.others)


def _classes(scan: FolderScan, root: str, names: set[str]) -> tuple[str, ...]:
    path = scan.files.get(f"{root}classes.txt")
    if path:
        return tuple(line for _, line in read_lines(path, Findings()))
    return VOC_CLASSES if names <= set(VOC_CLASSES) else ()


def _lists(scan: FolderScan, root: str) -> dict[str, str]:
    """List of each split that has one, as a path below the root."""
    found = {}
    for split, names in LISTS.items():
        files = (f"ImageSets/{name}.txt" for name in names)
        there = [file for file in files if f"{root}{file}" in scan.files and _has_ids(scan, f"{root}{file}")]
        found |= {split: there[0]} if there else {}
    return found


def _has_ids(scan: FolderScan, name: str) -> bool:
    """Whether a list has an id a line; those for one class have a number behind."""
    lines = read_lines(scan.files[name], Findings())
    return bool(lines) and not re.search(r"\s-?[01]$", lines[0][1].strip())


def _splits(
    scan: FolderScan, root: str, lists: dict[str, str], images: dict[str, str]
) -> tuple[dict[str, str], tuple[str, ...]]:
    """Split of each listed picture, and what is odd about the lists."""
    splits: dict[str, str] = {}
    notes = []
    for split, file in lists.items():
        ids = [line.strip() for _, line in read_lines(scan.files[f"{root}{file}"], Findings())]
        splits |= {images[key]: split for key in reversed(ids) if key in images and images[key] not in splits}
        if missing := [key for key in ids if key not in images]:
            notes.append(f"{file} lists {len(missing)} pictures that are not there ({missing[0]})")
    if not lists:
        notes.append(f"{scan.folder / root / 'ImageSets'} has no list of training pictures: all are for training")
    elif left_out := len(images) - len(splits):
        notes.append(f"{left_out} pictures are in no list and are left out")
    return splits, tuple(notes)
