"""Saliency maps from a folder of images, read and checked."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from jaxtyping import Float

from seedmask.dataset.elsewhere import whole_pictures
from seedmask.dataset.grey import read_grey
from seedmask.dataset.index import Row
from seedmask.dataset.placing import LastPicture, placed_values
from seedmask.errors import InputError, Problem, SeedmaskError
from seedmask.methods.saliency import resized
from seedmask.saliency.folder.options import FolderOptions


class SaliencyFiles:
    """One map for each image, `<image id>.<anything>` in a folder.

    Args:
        options: the folder, and how its maps are changed.

    Raises:
        SeedmaskError: the folder does not exist.
    """

    def __init__(self, options: FolderOptions):
        self._options, folder = options, Path(options.folder)
        if not folder.is_dir():
            raise SeedmaskError(f"{folder}: there is no such folder; name one with a map for each image in `folder`")
        self._files: dict[str, list[Path]] = defaultdict(list)
        self._last = LastPicture()
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.name.startswith("."):
                self._files[path.relative_to(folder).with_suffix("").as_posix()].append(path)

    def check(self, rows: Iterable[Row]) -> None:
        """Read the maps of some images.

        Raises:
            InputError: all problems at once.
        """
        if problems := [problem for row in whole_pictures(rows) for problem in self._problems(row)]:
            raise InputError(f"saliency maps in {self._options.folder}", problems)

    def digest(self, row: Row) -> str:
        """SHA-256 of the file of an image that passed `check`."""
        return hashlib.sha256(self._file(row).read_bytes()).hexdigest()

    def read(self, row: Row) -> Float[np.ndarray, "H W"]:
        """Map of an image that passed `check`: float32 in 0..1, of any size if `resize` is set, else of the image's."""
        values = self._last.of(row.picture, row.placement, lambda: self._values(row))
        return placed_values(values, row.placement)

    def _values(self, row: Row) -> Float[np.ndarray, "H W"]:
        """Map of a whole picture."""
        values, size = read_grey(self._file(row)), (row.whole.height, row.whole.width)
        if row.placement is not None and values.shape != size:
            values = resized(values, size)
        return 1 - values if self._options.invert else values

    def _file(self, row: Row) -> Path:
        return self._files[row.picture][0]

    def _problems(self, row: Row) -> Iterator[Problem]:
        files = self._files.get(row.id, [])
        if len(files) != 1:
            where = str(files[1]) if files else str(Path(self._options.folder) / f"{row.id}.png")
            what = f"a second map of image {row.id}" if files else f"is missing: image {row.id} has no map"
            remedy = "keep one of them" if files else "add it, or take its split out of `splits`"
            yield Problem(where, what, remedy)
            return
        try:
            values = read_grey(files[0])
        except InputError as error:
            yield from error.problems
            return
        height, width = values.shape
        if (width, height) != (row.width, row.height) and not self._options.resize:
            yield Problem(
                str(files[0]),
                f"{width} x {height} pixels, but the picture has {row.width} x {row.height}",
                "make maps of the pictures' sizes, or set `resize: true`",
            )
