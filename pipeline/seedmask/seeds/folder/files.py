"""Maps of another program from a folder, found by name, checked and brought to the size of their images."""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Float, Shaped

from seedmask.dataset.elsewhere import RESTRICT, listed, missing, whole_pictures
from seedmask.dataset.grey import read_grey, unit_range
from seedmask.dataset.index import Row
from seedmask.dataset.opening import open_image
from seedmask.dataset.placing import LastPicture, placed_values
from seedmask.dataset.regular import read_file
from seedmask.errors import InputError, Problem, SeedmaskError
from seedmask.events import note
from seedmask.methods.saliency import resized
from seedmask.seeds.folder.arrays import SUFFIXES, header_size, read_maps
from seedmask.seeds.folder.options import SeedFolderOptions

PICTURES = (".png", ".tif", ".tiff")
"""Suffixes of heat maps of single classes."""
ROUNDING = 1
"""Pixels by which a side of a smaller map may differ from its share, because strides do not divide sizes."""


class MapFiles:
    """Maps of images: `ID.npy`, `ID.npz`, or a picture a class, `ID/CLASS.png`, `ID_CLASS.png` or `CLASS/ID.png`.

    A class is written by its name, with `_` for what is neither letter nor digit, `_` nor `-`, or as `seedmask export
    --to tiff` writes it, `001_NAME`.

    Args:
        options: the folder, and what its files mean.
        classes: names of the classes.

    Raises:
        SeedmaskError: the folder does not exist.
    """

    def __init__(self, options: SeedFolderOptions, classes: Sequence[str]):
        self._options, self._classes, self._folder = options, tuple(classes), Path(options.path)
        if not self._folder.is_dir():
            raise SeedmaskError(f"{options.path}: there is no such folder; name one with maps of each image in `path`")
        self._spellings = _spellings(classes, options.first_class)
        self._files: dict[str, list[Path]] = defaultdict(list)
        """Files by their path without suffix."""
        self._below: dict[str, list[Path]] = defaultdict(list)
        """Pictures by the folder that they lie in."""
        self._last = LastPicture()
        self._known: dict[str, dict[int | None, list[Path]]] = {}
        for path in sorted(self._folder.rglob("*")):
            inner = path.relative_to(self._folder)
            if path.suffix.lower() in (*SUFFIXES, *PICTURES) and not any(part.startswith(".") for part in inner.parts):
                self._files[inner.with_suffix("").as_posix()].append(path)
                if path.suffix.lower() in PICTURES:
                    self._below[inner.parent.as_posix()].append(path)

    def look(self, rows: Iterable[Row]) -> None:
        """See by names and headers whether there are maps of the right shape for every image.

        Raises:
            InputError: all problems at once.
        """
        rows = [row for row in whole_pictures(rows) if row.tags]
        absent = [row for row in rows if not self._found(row)]
        problems = missing(str(self._folder), "map", absent, len(rows))
        used: set[Path] = set()
        for row in rows:
            used |= {path for paths in self._found(row).values() for path in paths}
            problems += [*self._name_problems(row), *self._size_problems(row)]
        self._refuse(problems)
        others = [path for paths in self._files.values() for path in paths if path not in used]
        if others:
            names = listed([path.relative_to(self._folder).as_posix() for path in others])
            note("%s: %d files are of no image that is read: %s", self._folder, len(others), names)

    def check(self, rows: Iterable[Row]) -> None:
        """Read the maps of some images.

        Raises:
            InputError: all problems at once.
        """
        self._refuse([problem for row in whole_pictures(rows) if row.tags for problem in self._problems(row)])

    def digest(self, row: Row) -> str:
        """SHA-256 over the files of an image that passed `check`."""
        sha = hashlib.sha256()
        for paths in self._found(row.whole).values() if row.tags else ():
            sha.update(hashlib.sha256(paths[0].read_bytes()).digest())
        return sha.hexdigest()

    def read(self, row: Row) -> Float[np.ndarray, "K H W"]:
        """Maps of an image that passed `check`, in the order of its tags: float32 in 0..1, of the image's size."""
        maps = self._last.of(row.picture, row.placement, lambda: self._stacked(row))
        if row.placement is None or not row.placement.tiled:
            return maps
        cut = [placed_values(values, row.placement) for values in maps]
        return np.stack(cut) if cut else np.zeros((0, row.height, row.width), np.float32)

    def _stacked(self, row: Row) -> Float[np.ndarray, "K H W"]:
        """Maps of the tags: of the image's size, or of its picture's where it is a tile."""
        shown = row.whole if row.placement and row.placement.tiled else row
        size = (shown.height, shown.width)
        maps = self._maps(row.whole) if row.tags else {}
        made = [maps[tag] if maps[tag].shape == size else resized(maps[tag], size) for tag in row.tags or ()]
        return np.stack(made) if made else np.zeros((0, *size), np.float32)

    def _refuse(self, problems: Sequence[Problem]) -> None:
        if problems:
            raise InputError(f"maps in {self._folder}", problems)

    def _found(self, row: Row) -> dict[int | None, list[Path]]:
        """Files of an image by class; of None, where one file holds all its maps."""
        if row.id not in self._known:
            self._known[row.id] = self._find(row)
        return self._known[row.id]

    def _find(self, row: Row) -> dict[int | None, list[Path]]:
        whole = [path for path in self._files.get(row.id, ()) if path.suffix.lower() in SUFFIXES]
        found: dict[int | None, list[Path]] = {None: whole} if whole else {}
        for name, number in self._spellings.items():
            for stem in {f"{row.id}/{name}", f"{row.id}_{name}", f"{name}/{row.id}"}:
                pictures = [path for path in self._files.get(stem, ()) if path.suffix.lower() in PICTURES]
                if pictures:
                    found.setdefault(number, []).extend(pictures)
        return found

    def _name_problems(self, row: Row) -> Iterator[Problem]:
        found = self._found(row)
        if not found:
            return
        paths = [path for paths in found.values() for path in paths]
        if None in found and len(paths) > 1:
            yield Problem(str(paths[1]), f"more maps of image {row.id}, besides {paths[0]}", "keep one of them")
        for number, of_class in found.items():
            if number is not None and len(of_class) > 1:
                yield Problem(
                    str(of_class[1]), f"a second map of {self._classes[number]} in image {row.id}", "keep one of them"
                )
        for path in self._below.get(row.id, ()):
            if path not in paths and path.with_suffix("").name not in self._spellings:
                yield Problem(
                    str(path), f"{path.stem!r} is no class of the data set", "name files by classes, or take it out"
                )
        if None not in found:
            yield from self._class_problems(row, {number for number in found if number is not None})

    def _class_problems(self, row: Row, present: set[int]) -> Iterator[Problem]:
        tags = set(row.tags or ())
        if lacking := [self._classes[tag] for tag in sorted(tags - present)]:
            yield Problem(
                str(self._folder), f"no map of {', '.join(lacking)} in image {row.id}, which has the tag", RESTRICT
            )
        if (others := sorted(present - tags)) and self._options.other_classes == "error":
            names = ", ".join(self._classes[number] for number in others)
            yield Problem(
                str(self._folder),
                f"a map of {names} in image {row.id}, which has no such tag",
                "correct the tags, or set `other_classes: ignore`, which leaves the map out",
            )

    def _size_problems(self, row: Row) -> Iterator[Problem]:
        """Shapes that names and headers show."""
        for path in [path for paths in self._found(row).values() for path in paths]:
            try:
                size = header_size(path) if path.suffix.lower() in SUFFIXES else _picture_size(path)
            except InputError as error:
                yield from error.problems
                continue
            if size:
                yield from _shape_problems(path, row, size)

    def _problems(self, row: Row) -> Iterator[Problem]:
        found = self._found(row)
        if not found:
            yield from missing(str(self._folder), "map", [row], 1)
        names = [*self._name_problems(row)]
        yield from names
        if not found or names:
            return
        try:
            maps = self._maps(row)
        except InputError as error:
            yield from error.problems
            return
        except SeedmaskError as error:
            where, _, rest = str(error).partition(": ")
            what, _, remedy = rest.rpartition("; ")
            yield Problem(where, what, remedy)
            return
        paths = found.get(None)
        if paths:
            yield from self._class_problems(row, set(maps))
        for number, values in maps.items():
            yield from _shape_problems((paths or found[number])[0], row, values.shape)

    def _maps(self, row: Row) -> dict[int, Float[np.ndarray, "h w"]]:
        """Maps of an image by class, float32 in 0..1, of any size.

        Raises:
            SeedmaskError: a file cannot be read, or its numbers cannot be meant as 0..1.
        """
        found = self._found(row)
        if None not in found:
            return {number: read_grey(paths[0]) for number, paths in found.items() if number is not None}
        path = found[None][0]
        content = read_maps(path, self._classes, self._options.first_class or 0)
        if isinstance(content, np.ndarray):
            content = self._numbered(path, content, row)
        wanted = self._options.other_classes == "error"
        return {k: unit_range(path, values) for k, values in content.items() if wanted or k in (row.tags or ())}

    def _numbered(self, path: Path, maps: Shaped[np.ndarray, "K h w"], row: Row) -> dict[int, np.ndarray]:
        """Maps whose file does not say their classes: of all classes, or of the image's tags, in their order."""
        tags, count = row.tags or (), len(self._classes)
        if len(maps) == count:
            return {k: values for k, values in enumerate(maps) if k in tags or values.any()}
        if len(maps) == len(tags):
            return dict(zip(tags, maps, strict=True))
        raise InputError(
            path.name,
            [
                Problem(
                    str(path),
                    f"{len(maps)} maps, expected {len(tags)}, one for each tag of image {row.id}, or {count}, one for "
                    "each class",
                    "leave background out, or save a dictionary of classes and maps",
                )
            ],
        )


def _spellings(classes: Sequence[str], first_class: int | None) -> dict[str, int]:
    """Classes by the ways in which names of files write them; a spelling of two classes is none."""
    plain = [re.sub(r"[^\w-]+", "_", name) for name in classes]
    ways: dict[str, set[int]] = defaultdict(set)
    for number, name in enumerate(classes):
        ways[plain[number]].add(number)
        ways[f"{number + 1:03d}_{plain[number]}"].add(number)
        if first_class is not None:
            ways[str(number + first_class)].add(number)
        ways[name].add(number)
    return {way: next(iter(numbers)) for way, numbers in ways.items() if len(numbers) == 1 and "/" not in way}


def _picture_size(path: Path) -> tuple[int, int]:
    with open_image(path, read_file(path)) as picture:
        return picture.height, picture.width


def _shape_problems(path: Path, row: Row, size: tuple[int, ...]) -> Iterator[Problem]:
    """A map of another shape than its image; one of another size has to have the same ratio of sides."""
    height, width = size
    fits = (
        abs(height - row.height * width / row.width) <= ROUNDING
        or abs(width - row.width * height / row.height) <= ROUNDING
    )
    if not (height and width and fits):
        yield Problem(
            str(path),
            f"a map of {width} x {height} pixels, but image {row.id} has {row.width} x {row.height}",
            "make maps of the image's own shape; other sizes are resized bilinearly, other shapes are not",
        )
