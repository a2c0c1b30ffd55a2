"""Cityscapes, ADE20K and COCO as they are unpacked. Their whole layout is known, so their formats read them.

As unknown folders, cities would be classes, pictures of labels pictures to learn from, and outlines of COCO a table and
100,000 files of masks.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path

import numpy as np
from jaxtyping import UInt8

from seedmask.config.dataset import Ade20kDataset, CityscapesDataset, CocoDataset
from seedmask.dataset.entries import file_state
from seedmask.dataset.formats import Entry, Listing, list_images, mask_codes
from seedmask.dataset.formats.ade20k import FULL, NAMES
from seedmask.dataset.formats.cityscapes import COARSE, PICTURES, TRUTH
from seedmask.dataset.formats.coco import YEARS
from seedmask.dataset.images import read_labels
from seedmask.dataset.mask_codes import MaskCodes
from seedmask.dataset.rendering import rendered
from seedmask.errors import InputError, SeedmaskError
from seedmask.intake.contents import Contents
from seedmask.intake.facts import Size, picture_reading, read_sizes
from seedmask.intake.labelling import Labelling
from seedmask.intake.options import ReadingOptions
from seedmask.intake.scan import FolderScan

OWN_CLASSES = "classes.txt"
Scenes = CityscapesDataset | Ade20kDataset
ReleasedDataset = Scenes | CocoDataset


def scene_set(folder: Path) -> Scenes | None:
    """The data set of a folder in the layout of Cityscapes or ADE20K, or of the only folder in it; None for any other.

    A folder with `classes.txt` holds classes of its own, in whatever layout.
    """
    for root in (folder, *_only_folder(folder)):
        if (root / OWN_CLASSES).exists():
            return None
        if any((root / name).is_dir() for name in (PICTURES, TRUTH, COARSE)):
            return CityscapesDataset(name="set", root=str(root))
        if any((root / name).exists() for name in (NAMES, *FULL)):
            return Ade20kDataset(name="set", root=str(root))
    return None


def released_set(folder: Path) -> tuple[ReleasedDataset, Listing] | None:
    """The data set of a folder that its format reads unchanged, and its listing; None for any other folder.

    A COCO set whose listing has problems is None too: many folders hold a part of COCO.

    Raises:
        InputError: the listing of Cityscapes or ADE20K has problems.
    """
    if scenes := scene_set(folder):
        listing = list_images(scenes)
        if listing.problems:
            raise InputError(f"{scenes.root} in the layout of format `{scenes.format}`", listing.problems)
        return scenes, listing
    for root in (folder, *_only_folder(folder)):
        if any((root / f"annotations/instances_train{year}.json").exists() for year in YEARS):
            coco = CocoDataset(name="set", root=str(root))
            listing = list_images(coco)
            return None if listing.problems else (coco, listing)
    return None


def read_released_set(dataset: ReleasedDataset, listing: Listing, options: ReadingOptions) -> Contents:
    """Contents of such a folder.

    Args:
        dataset: settings of the data set.
        listing: its listing.
        options: how pictures are read.

    Raises:
        SeedmaskError: a picture cannot be read.
    """
    root = Path(dataset.root)
    entries = {entry.image.relative_to(root).as_posix(): entry for entry in listing.entries}
    scan = FolderScan(root, {name: entry.image for name, entry in entries.items()}, ())
    sizes = read_sizes(scan.files, picture_reading(options))
    if sizes.unusable:
        first = next(iter(sizes.unusable.values()))
        raise SeedmaskError(f"{root}: {len(sizes.unusable)} pictures cannot be used; the first: {first}")
    codes, classes = mask_codes(dataset), listing.classes
    tags = {name: tuple(classes[tag] for tag in one.tags) for name, one in entries.items() if one.tags is not None}
    masks = {name: entry for name, entry in entries.items() if entry.mask is not None}
    rendering = {} if dataset.truth_recipe is None else {"masks": dataset.truth_recipe}
    labelling = Labelling(
        source=", ".join(dict.fromkeys(str(one.mask) for one in masks.values()))
        if rendering
        else f"{len(masks)} truth masks in {root}",
        tags=tags,
        layout={"format": dataset.format, "root": dataset.root, **rendering},
        drawings={name: partial(_labels, entry, codes, sizes.of[name]) for name, entry in masks.items()},
    )
    return Contents(
        scan=scan,
        options=options,
        kind=dataset.format,
        labelling=labelling,
        sizes=sizes,
        classes=classes,
        tags=tags,
        splits={name: entry.split for name, entry in entries.items()},
        split_rule="folders",
        masks=None,
        notes=listing.notes,
        direct=True,
    )


def _only_folder(folder: Path) -> Iterator[Path]:
    """The folder that another one holds alone, as archives are unpacked."""
    with suppress(OSError):  # whoever reads the folder says what is wrong with it
        found = [path for path in folder.iterdir() if not path.name.startswith(".")]
        if len(found) == 1 and found[0].is_dir():
            yield found[0]


def _labels(entry: Entry, codes: MaskCodes, size: Size, _: Mapping[str, int]) -> UInt8[np.ndarray, "H W"]:
    assert entry.mask is not None, entry.id
    if entry.rendering:
        return rendered(entry.mask, file_state(entry.mask), entry.rendering, size)
    return read_labels(entry.mask, codes)[0]
