"""Pictures in a folder for each class: `cats/1.jpg`, also below folders for splits: `train/cats/1.jpg`."""

from pathlib import PurePosixPath

from seedmask.intake.labelling import BACKGROUND, Labelling
from seedmask.intake.scan import SPLITS, FolderScan

FEWEST = 2
"""Folders that make a labelling; a single one says where pictures are, not what they show."""


def read_labels(scan: FolderScan) -> Labelling | None:
    """The first folder below the one that holds all pictures, or below a split's folder, is the class."""
    places: dict[str, tuple[str, str]] = {}
    for name in scan.images:
        place = _place(name, scan.base)
        if place is None:
            return None
        places[name] = place
    folders = {folder for _, folder in places.values()}
    classes = {folder for folder in folders if folder.lower() not in BACKGROUND}
    if len(folders) < FEWEST or not classes:
        return None
    kept_out = sorted(folders - classes)
    notes = [f"folder {folder}: its pictures show none of the classes" for folder in kept_out]
    where = scan.folder / scan.base if scan.base else scan.folder
    return Labelling(
        source=f"{len(folders)} folders in {where}",
        tags={name: (folder,) if folder in classes else () for name, (_, folder) in places.items()},
        splits={name: split for name, (split, _) in places.items() if split},
        notes=tuple(notes),
        weak=True,
    )


def _place(name: str, base: str) -> tuple[str, str] | None:
    """Split, empty where there is none, and class folder of a picture; None for one that lies in no such folder."""
    folders = PurePosixPath(name).relative_to(base or ".").parts[:-1]
    split = SPLITS.get(folders[0].lower(), "") if folders else ""
    folders = folders[1:] if split else folders
    return (split, folders[0]) if folders else None
