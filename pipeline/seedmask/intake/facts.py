"""Sizes of the images and masks of a folder, each opened once, and reasons why some cannot be used."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TypeVar

import numpy as np
from tqdm import tqdm

from seedmask.dataset.images import inspect_image, read_mask
from seedmask.errors import InputError

Fact = TypeVar("Fact")
Size = tuple[int, int]
"""Width and height in pixels, upright."""


SILENT = 2000
"""Number of files up to which no progress is shown."""


@dataclass(frozen=True)
class Sizes:
    """Sizes of the images that can be used.

    Args:
        of: size of each, by path.
        unusable: problem of each of the others.
    """

    of: Mapping[str, Size]
    unusable: Mapping[str, str]

    @property
    def canvas(self) -> Size:
        """Width and height that hold every image."""
        return max(width for width, _ in self.of.values()), max(height for _, height in self.of.values())

    @property
    def longest(self) -> int:
        """Longest side of all images."""
        return max(self.canvas)

    @property
    def usual(self) -> Size:
        """Median of the shorter and of the longer sides."""
        return round(median(map(min, self.of.values()))), round(median(map(max, self.of.values())))

    def describe(self) -> str:
        """`320 x 240 pixels`, or the smallest and the largest."""
        small, large = (choice(self.of.values(), key=lambda size: size[0] * size[1]) for choice in (min, max))
        return f"{small[0]} x {small[1]}" + f" to {large[0]} x {large[1]}" * (small != large) + " pixels"


def read_sizes(images: Mapping[str, Path]) -> Sizes:
    """Read every image in full, as the job `index` does, so that its refusals are known now."""
    facts, unusable = _read(images, inspect_image)
    return Sizes({name: (one.width, one.height) for name, one in facts.items()}, unusable)


@dataclass(frozen=True)
class MaskFacts:
    """Masks of a folder.

    Args:
        folder: the folder.
        of: mask of each image, by the path of the image.
        highest: largest class number.
        wrong: problems, one sentence each; masks with problems are not used.
    """

    folder: Path
    of: Mapping[str, Path]
    highest: int
    wrong: tuple[str, ...]


def read_masks(folder: Path, masks: Mapping[str, Path], sizes: Sizes, classes: int | None) -> MaskFacts:
    """Read every mask of a usable image.

    Args:
        folder: folder of the masks.
        masks: mask of each image, by the path of the image.
        sizes: sizes of the images.
        classes: number of classes; None if unknown.
    """
    masks = {name: path for name, path in masks.items() if name in sizes.of}
    facts, unusable = _read(masks, _mask_facts)
    wrong = list(unusable.values())
    for name, (size, _) in facts.items():
        if size != sizes.of[name]:
            wrong.append(f"{masks[name]}: has {size[0]} x {size[1]} pixels, its picture {sizes.of[name]}")
    numbers = set().union(*(values for _, values in facts.values())) if facts else set()
    highest = max(numbers - {255}, default=0)
    if facts and numbers <= {0, 255}:
        wrong.append(f"{folder}: holds 0 and 255 alone, and 255 means that a pixel is not labelled; write 1 instead")
    elif classes is not None and highest > classes:
        wrong.append(f"{folder}: holds the number {highest}, but there are {classes} classes")
    return MaskFacts(folder, masks, highest, tuple(wrong))


def _mask_facts(path: Path) -> tuple[Size, frozenset[int]]:
    mask, _ = read_mask(path)
    return (mask.shape[1], mask.shape[0]), frozenset(np.unique(mask).tolist())


def _read(files: Mapping[str, Path], read: Callable[[Path], Fact]) -> tuple[dict[str, Fact], dict[str, str]]:
    """Facts from each file, and the problem of each that cannot be read; decoding releases the interpreter lock."""

    def attempt(item: tuple[str, Path]) -> tuple[str, Fact | InputError]:
        try:
            return item[0], read(item[1])
        except InputError as error:
            return item[0], error

    with ThreadPoolExecutor() as pool:
        attempts = pool.map(attempt, files.items())
        results = list(tqdm(attempts, desc="reading", total=len(files), disable=len(files) < SILENT, ncols=80))
    facts = {name: fact for name, fact in results if not isinstance(fact, InputError)}
    return facts, {name: str(error.problems[0]) for name, error in results if isinstance(error, InputError)}
