"""Every file below a folder, sorted into images, masks and others; no label is read yet."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

import numpy as np

from seedmask.config.dataset import MOST_SIDE
from seedmask.dataset.formats.files import files_below, id_of, images_only, require_folder, suffix_of
from seedmask.dataset.formats.listing import Findings
from seedmask.dataset.images import DAMAGE, open_image
from seedmask.dataset.regular import read_file
from seedmask.errors import InputError, SeedmaskError

SPLITS = {
    "train": "train", "training": "train", "val": "val", "valid": "val", "validation": "val", "dev": "val",
    "test": "test", "testing": "test",
}  # fmt: skip
"""Names of folders, columns and lists that stand for splits, in small letters."""
MASK_FOLDERS = ("masks", "mask", "gt", "ground_truth", "groundtruth", "truth", "segmentation", "segmentationclass",
                "segmentationclassaug", "labels", "annotations")  # fmt: skip
"""Names, in small letters, of folders whose grey or palette PNGs are masks where pictures have the same names."""
LOOKED_INTO, MOST_LEVELS = 6, 64
"""A folder of another name holds masks where the first PNGs of it have a palette, or this few grey levels at most."""


@dataclass(frozen=True)
class FolderScan:
    """The files of a folder.

    Args:
        folder: the folder.
        files: everything below it that is not hidden, by its path below it with `/`.
        notes: names that cannot be used.
    """

    folder: Path
    files: Mapping[str, Path]
    notes: tuple[str, ...]

    @cached_property
    def mask_folders(self) -> tuple[str, ...]:
        """Folders of masks, as paths below the folder."""
        return tuple(sorted(_mask_folders(images_only(dict(self.files)))))

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
    def others(self) -> tuple[str, ...]:
        """Files that are neither pictures nor masks."""
        return tuple(sorted(self.files.keys() - images_only(dict(self.files)).keys()))

    @cached_property
    def _candidates(self) -> dict[str, Path]:
        masks = tuple(f"{folder}/" for folder in self.mask_folders)
        return {name: path for name, path in images_only(dict(self.files)).items() if not name.startswith(masks)}

    def with_suffix(self, *suffixes: str) -> list[tuple[str, Path]]:
        """Other files of some suffixes, those in the fewest folders first."""
        names = (name for name in self.others if suffix_of(name).lower() in suffixes)
        return [(name, self.files[name]) for name in sorted(names, key=lambda name: (name.count("/"), name))]


def scan_folder(folder: Path) -> FolderScan:
    """List the files of a folder.

    Raises:
        SeedmaskError: the folder does not exist, or holds no images.
    """
    if folder.is_file():
        raise SeedmaskError(f"{folder}: is a file; name the folder that the pictures are in")
    if not folder.is_dir():
        raise SeedmaskError(f"{folder}: does not exist; name the folder that the pictures are in")
    findings = Findings()
    scan = FolderScan(require_folder(str(folder)), files_below(folder, findings), tuple(map(str, findings.problems)))
    if not scan.images:
        there = f"{len(scan.files)} files, none of them a picture" if scan.files else "nothing"
        raise SeedmaskError(f"{folder}: holds {there}; put pictures into it (jpg, png, bmp, gif, tif, webp)")
    return scan


def common_folder(names: Iterable[str]) -> str:
    """Deepest folder of some paths with `/`; empty where they share none."""
    common: tuple[str, ...] | None = None
    for name in names:
        parts = PurePosixPath(name).parts[:-1]
        if common is None:
            common = parts
        while common != parts[: len(common)]:
            common = common[:-1]
    return "/".join(common or ())


def _mask_folders(pictures: Mapping[str, Path]) -> list[str]:
    """Folders of PNGs that have the names of images elsewhere and look like masks, the outermost of nested ones."""
    by_folder: dict[str, list[str]] = defaultdict(list)
    for name in pictures:
        for parent in list(PurePosixPath(name).parents)[:-1]:
            by_folder[str(parent)].append(name)
    candidates: dict[str, list[str]] = {}
    for folder in sorted(by_folder, key=lambda folder: (folder.count("/"), folder)):
        names = sorted(by_folder[folder])
        nested = any(folder.startswith(f"{outer}/") for outer in candidates)
        drawn = not nested and all(suffix_of(name).lower() == ".png" for name in names)
        if drawn and _looks_like_masks(folder, [pictures[name] for name in names[:LOOKED_INTO]]):
            candidates[folder] = names
    inside = {name for names in candidates.values() for name in names}
    stems = {PurePosixPath(name).stem for name in pictures.keys() - inside}
    return [
        folder
        for folder, names in candidates.items()
        if 2 * sum(PurePosixPath(name).stem in stems for name in names) >= len(names)
    ]


def _looks_like_masks(folder: str, paths: list[Path]) -> bool:
    return PurePosixPath(folder).name.lower() in MASK_FOLDERS or all(map(_has_few_levels, paths))


def _has_few_levels(path: Path) -> bool:
    """Whether an image has a palette or few levels of grey; False if it cannot be read."""
    try:
        with open_image(path, read_file(path)) as image:
            if image.mode == "P" or image.mode != "L" or max(image.size) > MOST_SIDE:
                return image.mode == "P"
            return len(np.unique(np.asarray(image))) <= MOST_LEVELS
    except (InputError, *DAMAGE):
        return False
