"""Every file below a folder, sorted into images, masks and others; no label is read yet."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from seedmask.config.dataset import MOST_SIDE
from seedmask.dataset.formats.files import files_below, id_of, images_only, require_folder, suffix_of
from seedmask.dataset.formats.listing import Findings
from seedmask.dataset.opening import DAMAGE, open_image
from seedmask.dataset.regular import read_file
from seedmask.errors import InputError, SeedmaskError
from seedmask.intake.mask_files import FolderMasks, find_masks
from seedmask.intake.names import PictureNames
from seedmask.intake.splits import FolderSplits, folder_splits

MOST_LEVELS = 64
"""A file looks like a mask where it has a palette, or this few grey levels at most; colours in a folder of masks."""
SHOWN = 3
FEWER = 4
"""Pixels that each colour of a mask has on average, at least."""


@dataclass(frozen=True)
class FolderScan:
    """The files of a folder.

    Args:
        folder: the folder.
        files: everything below it that is not hidden, by its path below it with `/`.
        notes: names that cannot be used.
        masks_from: folder of the masks that are used, as a path below the folder; `none` for none of them.
        training_masks: folder of other masks, which trainings read, as a path below the folder.
    """

    folder: Path
    files: Mapping[str, Path]
    notes: tuple[str, ...]
    masks_from: str | None = None
    training_masks: str | None = None

    def is_to_learn_from(self, name: str) -> bool:
        """Whether a file lies in the folder of masks that trainings read."""
        return self.training_masks is not None and name.startswith(f"{self.training_masks}/")

    @cached_property
    def masks(self) -> FolderMasks:
        """Masks of the images."""
        found = find_masks(images_only(dict(self.files)), has_few_levels, _has_few_colours)
        return found if self.masks_from is None else found.only(self.masks_from)

    @cached_property
    def images(self) -> dict[str, Path]:
        """Images that are not masks, by path; of those that differ in their suffix alone, the first."""
        images: dict[str, Path] = {}
        seen: set[str] = set()
        for name, path in self._candidates.items():
            if id_of(name) not in seen:
                images[name] = path
                seen.add(id_of(name))
        return images

    @cached_property
    def duplicates(self) -> tuple[str, ...]:
        """Images left out because another one differs from them in its suffix alone."""
        return tuple(sorted(self._candidates.keys() - self.images.keys()))

    @cached_property
    def base(self) -> str:
        """Deepest folder that holds all images, as a path below the folder; empty for the folder itself."""
        return common_folder(self.images)

    @cached_property
    def names(self) -> PictureNames:
        """Finds the images that names mean."""
        return PictureNames(self.images, self.base)

    @cached_property
    def splits(self) -> FolderSplits:
        """Splits that folders stand for."""
        return folder_splits(self.images)

    @cached_property
    def others(self) -> tuple[str, ...]:
        """Files that are neither pictures nor masks."""
        return tuple(sorted(self.files.keys() - images_only(dict(self.files)).keys()))

    @cached_property
    def _candidates(self) -> dict[str, Path]:
        masks = self.masks.files
        return {name: path for name, path in images_only(dict(self.files)).items() if name not in masks}

    def below_base(self, image: str) -> str:
        """Path of an image below the folder that holds all images."""
        return image.removeprefix(f"{self.base}/") if self.base else image

    def with_labels_of(self, file: str) -> "FolderScan":
        """The same images and masks, and of the other files one alone."""
        left_out = {*self.others} - {file}
        files = {name: path for name, path in self.files.items() if name not in left_out}
        return replace(self, files=files)

    def with_suffix(self, *suffixes: str) -> list[tuple[str, Path]]:
        """Other files of some suffixes, those in the fewest folders first."""
        names = (name for name in self.others if suffix_of(name).lower() in suffixes)
        return [(name, self.files[name]) for name in sorted(names, key=lambda name: (name.count("/"), name))]


def scan_folder(folder: Path, masks: str | None = None) -> FolderScan:
    """List the files of a folder.

    Args:
        folder: the folder.
        masks: folder of the masks to use, seen from there; `none` for none; all masks when not given.

    Raises:
        SeedmaskError: the folder does not exist, holds no images, or a folder in it cannot be listed.
    """
    if folder.is_file():
        raise SeedmaskError(f"{folder}: is a file; name the folder that the pictures are in")
    if not folder.is_dir():
        raise SeedmaskError(f"{folder}: does not exist; name the folder that the pictures are in")
    findings = Findings()
    files = files_below(folder, findings)
    if unlisted := [problem for problem in findings.problems if "cannot be listed" in problem.found]:
        raise InputError(f"folders of {folder}", unlisted)
    scan = FolderScan(require_folder(str(folder)), files, tuple(map(str, findings.problems)), masks)
    if not scan.images:
        suffixes = Counter(".nii.gz" if name.endswith(".nii.gz") else suffix_of(name).lower() for name in scan.files)
        kinds = ", ".join(f"{number} {suffix}" for suffix, number in suffixes.most_common(SHOWN))
        there = f"{len(scan.files)} files, none of them a picture ({kinds})" if scan.files else "nothing"
        raise SeedmaskError(f"{folder}: holds {there}; put pictures into it (jpg, png, bmp, gif, tif, webp)")
    return scan


def common_folder(names: Iterable[str]) -> str:
    """Deepest folder of some paths with `/`; empty where they share none."""
    common: tuple[str, ...] | None = None
    for folder in dict.fromkeys(name.rpartition("/")[0] for name in names):
        parts = tuple(filter(None, folder.split("/")))
        if common is None:
            common = parts
        while common != parts[: len(common)]:
            common = common[:-1]
    return "/".join(common or ())


def has_few_levels(path: Path) -> bool:
    """Whether an image has a palette, one bit, or few levels of grey; False if it cannot be read."""
    return _looks_drawn(path, ("L",))


def _has_few_colours(path: Path) -> bool:
    """Whether an image is no JPEG, and has a palette, one bit, or few levels or colours; False if it cannot be read."""
    return _looks_drawn(path, ("I;16", "L", "LA", "RGB", "RGBA"))


def _looks_drawn(path: Path, modes: Collection[str]) -> bool:
    try:
        with open_image(path, read_file(path)) as image:
            if image.mode in ("1", "P") or max(image.size) > MOST_SIDE or image.mode not in modes:
                return image.mode in ("1", "P")
            if image.mode in ("I;16", "L"):
                return len(np.unique(np.asarray(image))) <= MOST_LEVELS
            few = image.getcolors(min(MOST_LEVELS, image.width * image.height // FEWER))
            return image.format not in ("JPEG", "MPO") and few is not None
    except (InputError, *DAMAGE):
        return False
