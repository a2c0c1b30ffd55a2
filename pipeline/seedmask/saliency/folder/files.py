"""Saliency maps from a folder of images, read and checked."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from jaxtyping import Float
from PIL import ImageOps

from seedmask.config.dataset import MOST_SIDE
from seedmask.dataset.images import DAMAGE, open_image
from seedmask.dataset.index import Row
from seedmask.dataset.regular import read_file
from seedmask.errors import InputError, Problem, SeedmaskError
from seedmask.saliency.folder.options import FolderOptions

DEEP = ("I;16", "I;16B", "I;16L", "I;16N", "I")
GREY = ("1", "L")
COLOUR = ("RGB", "P")


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
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.name.startswith("."):
                self._files[path.relative_to(folder).with_suffix("").as_posix()].append(path)

    def check(self, rows: Iterable[Row]) -> None:
        """Read the maps of some images.

        Raises:
            InputError: all problems at once.
        """
        if problems := [problem for row in rows for problem in self._problems(row)]:
            raise InputError(f"saliency maps in {self._options.folder}", problems)

    def digest(self, row: Row) -> str:
        """SHA-256 of the file of an image that passed `check`."""
        return hashlib.sha256(self._file(row).read_bytes()).hexdigest()

    def read(self, row: Row) -> Float[np.ndarray, "H W"]:
        """Map of an image that passed `check`: float32 in 0..1, of any size if `resize` is set, else of the image's."""
        values = _numbers(self._file(row))
        return 1 - values if self._options.invert else values

    def _file(self, row: Row) -> Path:
        return self._files[row.id][0]

    def _problems(self, row: Row) -> Iterator[Problem]:
        files = self._files.get(row.id, [])
        if len(files) != 1:
            where = str(files[1]) if files else str(Path(self._options.folder) / f"{row.id}.png")
            what = f"a second map of image {row.id}" if files else f"is missing: image {row.id} has no map"
            remedy = "keep one of them" if files else "add it, or take its split out of `splits`"
            yield Problem(where, what, remedy)
            return
        try:
            values = _numbers(files[0])
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


def _numbers(path: Path) -> Float[np.ndarray, "H W"]:
    """Numbers of a map as float32 in 0..1."""
    try:
        with open_image(path, read_file(path)) as picture:
            if max(picture.size) > MOST_SIDE:
                width, height = picture.size
                raise _refusal(path, f"{width} x {height} pixels, expected those of the picture", "save it smaller")
            frames, mode = getattr(picture, "n_frames", 1), picture.mode
            values = np.array(ImageOps.exif_transpose(picture if mode not in COLOUR else picture.convert("RGB")))
            if frames > 1 or picture.has_transparency_data:
                what = f"{frames} frames" if frames > 1 else "a picture with transparency"
                raise _refusal(path, f"{what}, expected one grey picture", "save the map alone, in grey")
    except InputError:
        raise
    except (OSError, *DAMAGE) as error:
        raise _refusal(path, f"cannot be read as a picture ({error})", "write it again, as a PNG") from error
    if mode in COLOUR:
        if (values != values[..., :1]).any():
            raise _refusal(path, f"is in colour (mode {mode}), expected grey", "save the map in grey")
        values, mode = values[..., 0], "L"
    if mode == "F":
        if not ((values >= 0) & (values <= 1)).all():
            low, high = np.nanmin(values), np.nanmax(values)
            raise _refusal(path, f"floats from {low:g} to {high:g}, expected 0 to 1", "scale all maps alike to 0..1")
        return values.astype(np.float32)
    if mode not in (*GREY, *DEEP):
        raise _refusal(path, f"mode {mode}, expected grey of 8 or 16 bits, or floats", "convert it to grey")
    return _scaled(path, values, mode)


def _scaled(path: Path, values: np.ndarray, mode: str) -> Float[np.ndarray, "H W"]:
    """Integers over their largest possible value."""
    if mode == "1":
        return values.astype(np.float32)
    top, largest = (65535, int(values.max())) if mode in DEEP else (255, int(values.max()))
    if largest > top or values.min() < 0:
        raise _refusal(path, f"numbers up to {largest}, expected 0 to {top}", "save it with 16 bits or fewer")
    if largest == 1 or (mode in DEEP and 0 < largest <= 255):
        raise _refusal(
            path,
            f"numbers from 0 to {largest} of {top}: hardly anything would be salient",
            f"scale all maps alike so that {top} is the most salient",
        )
    return values.astype(np.float32) / np.float32(top)


def _refusal(path: Path, what: str, remedy: str) -> InputError:
    return InputError(path.name, [Problem(str(path), what, remedy)])
