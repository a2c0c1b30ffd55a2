"""Cityscapes and ADE20K as they are unpacked. Their whole layout is known, so they are not read as unknown folders are.

There, folders of cities would be classes, and pictures of labels pictures to learn from.
"""

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

import numpy as np
from jaxtyping import UInt8

from seedmask.config.dataset import Ade20kDataset, CityscapesDataset
from seedmask.dataset.formats import list_images, mask_codes
from seedmask.dataset.formats.ade20k import FULL, NAMES
from seedmask.dataset.formats.cityscapes import COARSE, PICTURES, TRUTH
from seedmask.dataset.images import read_labels
from seedmask.dataset.mask_codes import MaskCodes
from seedmask.errors import InputError, SeedmaskError
from seedmask.intake.contents import Contents
from seedmask.intake.facts import picture_reading, read_sizes
from seedmask.intake.labelling import Labelling
from seedmask.intake.options import ReadingOptions
from seedmask.intake.scan import FolderScan

SceneDataset = CityscapesDataset | Ade20kDataset


def scene_set(folder: Path) -> SceneDataset | None:
    """The data set of a folder in one of these layouts, or of the only folder in it; None for any other folder."""
    for root in (folder, *_only_folder(folder)):
        if any((root / name).is_dir() for name in (PICTURES, TRUTH, COARSE)):
            return CityscapesDataset(name="set", root=str(root))
        if any((root / name).exists() for name in (NAMES, *FULL)):
            return Ade20kDataset(name="set", root=str(root))
    return None


def read_scene_set(dataset: SceneDataset, options: ReadingOptions) -> Contents:
    """Contents of such a folder, whose files the format reads unchanged.

    Args:
        dataset: settings of the data set.
        options: how pictures are read.

    Raises:
        InputError: the listing has problems.
        SeedmaskError: a picture cannot be read.
    """
    listing, root = list_images(dataset), Path(dataset.root)
    if listing.problems:
        raise InputError(f"{root} in the layout of format `{dataset.format}`", listing.problems)
    entries = {entry.image.relative_to(root).as_posix(): entry for entry in listing.entries}
    scan = FolderScan(root, {name: entry.image for name, entry in entries.items()}, ())
    sizes = read_sizes(scan.files, picture_reading(options))
    if sizes.unusable:
        first = next(iter(sizes.unusable.values()))
        raise SeedmaskError(f"{root}: {len(sizes.unusable)} pictures cannot be used; the first: {first}")
    codes = mask_codes(dataset)
    masks = {name: entry.mask for name, entry in entries.items() if entry.mask is not None}
    labelling = Labelling(
        source=f"{len(masks)} truth masks in {root}",
        tags={},
        layout={"format": dataset.format, "root": dataset.root},
        drawings={name: partial(_labels, mask, codes) for name, mask in masks.items()},
    )
    return Contents(
        scan=scan,
        options=options,
        kind=dataset.format,
        labelling=labelling,
        sizes=sizes,
        classes=listing.classes,
        tags={},
        splits={name: entry.split for name, entry in entries.items()},
        split_rule="folders",
        masks=None,
        notes=listing.notes,
        direct=True,
    )


def _only_folder(folder: Path) -> Iterator[Path]:
    """The folder that another one holds alone, as archives are unpacked."""
    found = [path for path in folder.iterdir() if not path.name.startswith(".")] if folder.is_dir() else []
    if len(found) == 1 and found[0].is_dir():
        yield found[0]


def _labels(path: Path, codes: MaskCodes, _: Mapping[str, int]) -> UInt8[np.ndarray, "H W"]:
    return read_labels(path, codes)[0]
