"""Sizes of the images of a folder, and reasons why some cannot be used."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import TypeVar

from tqdm import tqdm

from seedmask.dataset.images import image_size, inspect_image
from seedmask.dataset.picture_reading import PLAIN, PictureReading
from seedmask.errors import InputError
from seedmask.intake.options import ReadingOptions

Fact = TypeVar("Fact")
Size = tuple[int, int]
"""Width and height in pixels, upright."""


SILENT = 2000
"""Number of files up to which no progress is shown, and images are read in full."""


TOGETHER = 50
"""Files that one thread reads in turn."""


@dataclass(frozen=True)
class Sizes:
    """Sizes of the images that can be used.

    Args:
        of: size of each, by path.
        unusable: problem of each of the others.
    """

    of: Mapping[str, Size]
    unusable: Mapping[str, str]
    whole: bool = True
    """Whether every image was read in full, and not its header alone."""

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


def read_sizes(images: Mapping[str, Path], reading: PictureReading = PLAIN) -> Sizes:
    """Read every image in full, as the job `index` does, so that its refusals are known now; of many the headers."""
    whole = len(images) <= SILENT or not reading.is_plain
    sizes, unusable = read_all(images, partial(_size, reading=reading) if whole else image_size)
    return Sizes(sizes, {name: str(error.problems[0]) for name, error in unusable.items()}, whole)


def picture_reading(options: ReadingOptions) -> PictureReading:
    """How images are opened; the limits at percentiles are not known yet, and decide no size."""
    return PictureReading(options.bands, (0.0, 1.0) if options.percentiles else options.limits)


def _size(path: Path, reading: PictureReading) -> Size:
    facts = inspect_image(path, reading=reading)
    return facts.width, facts.height


def read_all(files: Mapping[str, Path], read: Callable[[Path], Fact]) -> tuple[dict[str, Fact], dict[str, InputError]]:
    """Facts from each file, and the error of each that cannot be read; decoding releases the interpreter lock."""

    def attempt(item: tuple[str, Path]) -> tuple[str, Fact | InputError]:
        try:
            return item[0], read(item[1])
        except InputError as error:
            return item[0], error

    items = list(files.items())
    some = [items[first : first + TOGETHER] for first in range(0, len(items), TOGETHER)]
    with ThreadPoolExecutor() as pool:
        attempts = pool.map(lambda items: list(map(attempt, items)), some)
        shown = tqdm(attempts, desc="reading", total=len(some), disable=len(files) < SILENT, ncols=80)
        results = [result for together in shown for result in together]
    facts = {name: fact for name, fact in results if not isinstance(fact, InputError)}
    return facts, {name: error for name, error in results if isinstance(error, InputError)}
