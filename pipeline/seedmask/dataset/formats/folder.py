"""Format `folder`: pictures anywhere below a folder and a table of their tags.

    tags.csv      image,tag,tag,…   one row a picture; `image,` shows none of the classes
    classes.txt   the classes in their order; without it the tags in alphabetical order; with it tags.csv may be
                  missing, where pictures have labels of another kind
    splits.csv    image,split       without it every picture is in `train`
    masks/        <id>.png          truth masks for scoring, for as many pictures as there are

Pictures and masks may lie elsewhere (`pictures`, `masks` of the data set). Of pictures elsewhere, those that splits.csv
names are taken, so that a table can choose from a folder that stays as it is.

An image is named by its path below the folder, with or without suffix; the file name alone will do where it
is the only one. Pictures outside `train` need no row.
"""

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

from seedmask.config.dataset import FolderDataset
from seedmask.dataset.formats.classes import ClassNumbers, classes_of_tags, read_classes
from seedmask.dataset.formats.files import (
    ImageNames,
    by_id,
    files_below,
    id_of,
    images_only,
    masks_by_id,
    require_folder,
)
from seedmask.dataset.formats.listing import Entry, Findings, Listing, assemble
from seedmask.dataset.formats.text import read_rows

Content = TypeVar("Content")
TABLES = ("tags.csv", "classes.txt", "splits.csv")


def list_dataset(dataset: FolderDataset) -> Listing:
    """Read the tables of a folder and find its images."""
    root = require_folder(dataset.root)
    findings = Findings()
    folder, mask_folder = root / (dataset.pictures or ""), root / dataset.masks
    if not folder.is_dir():
        findings.problem(folder, "the folder of the pictures does not exist", "correct `pictures` of the data set")
        return assemble((), (), findings)
    files = files_below(folder, findings, leave_out=_inside(mask_folder, folder))
    named = images_only(files)
    images = _used_images(root, named, findings) if dataset.pictures else by_id(named, findings)
    _note_other_files(folder, files.keys() - named.keys() - set(TABLES), findings)
    if not images:
        findings.problem(folder, "no pictures", "put pictures into the folder (jpg, png, bmp, gif, tif, webp)")
        return assemble((), (), findings)
    names = ImageNames(named)
    tags = _read_tags(root, names, findings)
    numbers = _class_numbers(root, tags, findings)
    splits = _read_splits(root, names, images, findings)
    mask_files = files_below(mask_folder, findings) if mask_folder.is_dir() else {}
    masks = masks_by_id(mask_files, images, mask_folder, findings)
    entries = []
    for image_id, split in splits.items():
        where, words = tags.get(image_id, (str(images[image_id]), None))
        if words is None and split == "train" and (root / "tags.csv").exists():
            findings.problem(
                where,
                "picture of split `train` without a row in tags.csv",
                f"add a row `{image_id},` if it shows none of the classes, or give it another split",
            )
        found = None if words is None else numbers.numbers_of(words, where, findings)
        entries.append(Entry(image_id, images[image_id], split, found, masks.get(image_id), where))
    return assemble(numbers.classes, entries, findings)


def dataset_paths(dataset: FolderDataset) -> list[Path]:
    """Files and folders that the listing depends on."""
    root = Path(dataset.root)
    return [root / (dataset.pictures or ""), root / dataset.masks, *(root / name for name in TABLES)]


def _inside(folder: Path, outer: Path) -> str:
    """Path of a folder below another one; empty if it lies elsewhere."""
    below = os.path.relpath(folder, outer)
    return "" if below.startswith("..") else Path(below).as_posix()


def _used_images(root: Path, named: dict[str, Path], findings: Findings) -> dict[str, Path]:
    """Of images outside the root, those in the table of splits; all of them without a table."""
    path = root / "splits.csv"
    if not path.exists():
        return by_id(named, findings)
    unheard = Findings()  # what is wrong with the table is reported where it is read
    names = ImageNames(named)
    cells = {cells[0] for _, cells in read_rows(path, unheard)}
    ids = {names.known(cell) for cell in cells if cell not in named}
    taken = {name: file for name, file in named.items() if name in cells or id_of(name) in ids}
    if others := len(named) - len(taken):
        findings.note(f"{path} does not name {others} of {len(named)} pictures; they are left out")
    return by_id(taken, findings)


def _read_tags(root: Path, names: ImageNames, findings: Findings) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Line and tags of each image that has a row."""
    path = root / "tags.csv"
    if not path.exists() and (root / "classes.txt").exists():
        findings.note(f"{path} does not exist: no picture has tags")
        return {}
    if not path.exists():
        remedy = "write one row `image,tag,tag…` for each picture, or classes.txt if they have labels of another kind"
        findings.problem(path, "the table of tags is missing", remedy)
        return {}
    rows = (
        (where, cells[0], tuple(sorted({tag for tag in cells[1:] if tag})))
        for where, cells in read_rows(path, findings)
    )
    return _by_image(rows, names, findings)


def _read_splits(root: Path, names: ImageNames, images: Iterable[str], findings: Findings) -> dict[str, str]:
    """Split of each image that has one."""
    path = root / "splits.csv"
    if not path.exists():
        return dict.fromkeys(images, "train")
    rows, named = [], {"train": str(path)}
    for where, cells in read_rows(path, findings):
        filled = [cell for cell in cells if cell]
        if len(filled) != 2 or not re.fullmatch("[a-z0-9_]+", filled[1]):
            findings.problem(
                where,
                f"expected `image,split`, found `{','.join(cells)}`",
                "name one picture and one split, a split in small letters, digits and `_`",
            )
            continue
        rows.append((where, *filled))
        named.setdefault(filled[1], where)
    found = _by_image(rows, names, findings)
    for image_id in images:
        if image_id not in found:
            findings.problem(path, f'picture "{image_id}" is in no split', f"add a row `{image_id},train`")
    splits = {image_id: split for image_id, (_, split) in found.items()}
    for split in sorted(named.keys() - set(splits.values())):
        findings.problem(named[split], f"split `{split}` has no pictures", "give it pictures, or delete its rows")
    return splits


def _by_image(
    rows: Iterable[tuple[str, str, Content]], names: ImageNames, findings: Findings
) -> dict[str, tuple[str, Content]]:
    """Line and content of each image's row; equal rows are merged, contradicting ones are problems."""
    found: dict[str, tuple[str, Content]] = {}
    for where, name, content in rows:
        image_id = names.find(name, where, findings)
        if image_id is None:
            continue
        first, before = found.setdefault(image_id, (where, content))
        if before != content:
            findings.problem(where, f'contradicts {first} about "{image_id}"', "delete one of the two rows")
        elif first != where:
            findings.note(f'{where} says the same of "{image_id}" as {first}')
    return found


def _class_numbers(root: Path, tags: dict[str, tuple[str, tuple[str, ...]]], findings: Findings) -> ClassNumbers:
    path = root / "classes.txt"
    if path.exists():
        return ClassNumbers(read_classes(path, findings), "classes.txt")
    if not tags:  # reported already, as a missing table or as pictures without rows
        return ClassNumbers((), "the list of classes")
    placed = ((where, tag) for where, words in tags.values() for tag in words)
    return ClassNumbers(classes_of_tags(root / "tags.csv", placed, findings), "the list of classes")


def _note_other_files(root: Path, others: Iterable[str], findings: Findings) -> None:
    left_out = sorted(others)
    if left_out:
        findings.note(f"{root}: {len(left_out)} files are no pictures and are left out ({left_out[0]})")
