"""Pictures in a folder for each class: `cats/1.jpg`, also below folders for splits: `train/cats/1.jpg`."""

import re
from collections import defaultdict
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from pathlib import PurePosixPath

from seedmask.errors import SeedmaskError
from seedmask.intake.labelling import Labelling
from seedmask.intake.mask_files import LOOKED_INTO, MASK_WORDS, PICTURE_WORDS, role_of
from seedmask.intake.options import Choice, QuestionError, ReadingOptions
from seedmask.intake.scan import FolderScan, has_few_levels
from seedmask.intake.splits import words_in
from seedmask.intake.words import is_background

ARRANGEMENT = re.compile(
    r"(fold|part|batch|chunk|split|subset|shard|volume|vol|dcim|session|day)[ _-]?\d+|\d{3}[A-Z_]{5}|"
    r"(19|20)\d\d([-_.]?\d\d){0,2}",
    re.IGNORECASE,
)
"""Names of folders that say when or in what order pictures were taken, and not what they show."""
YEAR = re.compile(r"/(19|20)\d\d/")
"""A year in the path above folders of months."""
WORN = frozenset(("label", "mask"))
"""Folders of photographs that may be a class: those of masks that are drawn are known before."""
SHOWN = 3
FEWEST = 2
"""Folders that make a labelling; a single one says where pictures are, not what they show."""


def read_labels(scan: FolderScan, options: ReadingOptions) -> Labelling | None:
    """The first folder of each path that stands neither for a split nor for a kind of file is the class.

    Raises:
        QuestionError: the same folders lie in several of them, and may be the classes instead.
        SeedmaskError: one of them seems to hold the masks of another one's pictures.
    """
    level = scan.splits.level
    apart = {name for name in scan.images if level is not None and name not in scan.splits.of}
    paths = {name: _telling_folders(scan, name) for name in scan.images if name not in apart}
    if not paths or not all(paths.values()):
        return None
    place = _place(paths, options)
    places = {name: path[place] for name, path in paths.items()}
    folders = set(places.values())
    months = YEAR.search(f"/{scan.base}/") and all(map(str.isdecimal, folders))
    if months or all(ARRANGEMENT.fullmatch(folder) for folder in folders):
        return None
    classes = {folder for folder in folders if not is_background(folder)}
    if len(folders) < FEWEST or not classes:
        return None
    if options.labels is None:
        _refuse_masks(scan, places)
    notes = [f"folder {folder}: its pictures show none of the classes" for folder in sorted(folders - classes)]
    where = scan.folder / scan.base if scan.base else scan.folder
    return Labelling(
        source=f"{len(folders)} folders in {where}",
        tags={name: (folder,) if folder in classes else () for name, folder in places.items()},
        notes=tuple(notes),
        weak=True,
    )


def _telling_folders(scan: FolderScan, name: str) -> tuple[str, ...]:
    """Folders of an image that stand neither for a split nor for a kind of file, from the outermost that differs."""
    folders = name.split("/")[:-1]
    common = len(PurePosixPath(scan.base).parts)
    level = scan.splits.level
    own = [folder for number, folder in enumerate(folders) if number >= common and number != level]
    telling = tuple(folder for folder in own if not role_of(folder))
    return telling or tuple(folder for folder in own[-1:] if folder.lower() in WORN)


def _place(paths: Mapping[str, tuple[str, ...]], options: ReadingOptions) -> int:
    """Which folder of the paths is the class, from 0: the outermost, unless the same ones lie in several of these.

    Raises:
        QuestionError: it is not clear.
    """
    inner: dict[str, set[str]] = defaultdict(set)
    for first, *rest in paths.values():
        if not rest:
            return 0
        inner[rest[0]].add(first)
    outer = {first for first, *_ in paths.values()}
    if options.label_column in (("1",), ("2",)):
        return int(options.label_column[0]) - 1
    if options.labels or len(outer) < FEWEST or len(inner) < FEWEST or all(len(found) == 1 for found in inner.values()):
        return 0
    if all(ARRANGEMENT.fullmatch(folder) for folder in inner):
        return 0
    first, second = (", ".join(sorted(names)[:SHOWN]) for names in (outer, inner))
    raise QuestionError(
        "folders of two levels may be the classes",
        "label_column",
        [Choice("1", f"the outer folders {first}"), Choice("2", f"the inner folders {second}")],
    )


def _refuse_masks(scan: FolderScan, places: Mapping[str, str]) -> None:
    """Refuse two folders of the same file names, of which one is called after masks, or looks so.

    Raises:
        SeedmaskError: there are two.
    """
    files: dict[str, dict[str, str]] = defaultdict(dict)
    for name, folder in places.items():
        files[folder][PurePosixPath(name).stem] = name
    drawn = {folder: _looks_like_masks(scan, list(found.values())) for folder, found in files.items()}
    called = {folder: _without(folder, MASK_WORDS) for folder in files}
    for folder in (folder for folder in files if drawn[folder] or called[folder]):
        for other in (other for other in files if other != folder):
            same = bool(called[folder]) and called[folder] == _without(other, PICTURE_WORDS)
            if not (same or (drawn[folder] and not drawn[other])):
                continue
            if common := sorted(files[folder].keys() & files[other].keys()):
                raise SeedmaskError(
                    f"folder {folder} may hold the masks of {other} ({files[folder][common[0]]}, "
                    f"{files[other][common[0]]}); call the two `masks` and `images`, or take both for classes with "
                    "`--labels class_folders`"
                )


def _without(folder: str, words: AbstractSet[str]) -> tuple[str, ...]:
    """Words of a folder without one of some words; empty where it has none of them."""
    found = words_in(folder)
    rest = tuple(word for word in found if word not in words)
    return rest if len(rest) == len(found) - 1 else ()


def _looks_like_masks(scan: FolderScan, names: list[str]) -> bool:
    return all(has_few_levels(scan.images[name]) for name in names[:LOOKED_INTO])
