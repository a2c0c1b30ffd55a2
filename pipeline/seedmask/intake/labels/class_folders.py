"""Pictures in a folder for each class: `cats/1.jpg`, also below folders for splits: `train/cats/1.jpg`."""

from pathlib import PurePosixPath

from seedmask.intake.labelling import Labelling
from seedmask.intake.mask_files import role_of
from seedmask.intake.options import ReadingOptions
from seedmask.intake.scan import FolderScan
from seedmask.intake.words import is_background

FEWEST = 2
"""Folders that make a labelling; a single one says where pictures are, not what they show."""


def read_labels(scan: FolderScan, options: ReadingOptions) -> Labelling | None:  # noqa: ARG001  a reader's signature
    """The first folder of each path that stands neither for a split nor for a kind of file is the class."""
    places = {name: _class_folder(scan, name) for name in scan.images}
    if not all(places.values()):
        return None
    folders = set(places.values())
    classes = {folder for folder in folders if not is_background(folder)}
    if len(folders) < FEWEST or not classes:
        return None
    notes = [f"folder {folder}: its pictures show none of the classes" for folder in sorted(folders - classes)]
    where = scan.folder / scan.base if scan.base else scan.folder
    return Labelling(
        source=f"{len(folders)} folders in {where}",
        tags={name: (folder,) if folder in classes else () for name, folder in places.items()},
        notes=tuple(notes),
        weak=True,
    )


def _class_folder(scan: FolderScan, name: str) -> str:
    """Class folder of an image; empty where it lies in none."""
    folders = tuple(name.split("/")[:-1])
    common = len(PurePosixPath(scan.base).parts)
    level = scan.splits.level
    rest = [f for number, f in enumerate(folders) if number >= common and number != level and not role_of(f)]
    return rest[0] if rest else ""
