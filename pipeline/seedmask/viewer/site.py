"""Data that the page requests besides files: read from the current results, cached until they change."""

import csv
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, TypeVar

from seedmask.dataset.catalogue import Catalogue
from seedmask.dataset.index import Row
from seedmask.errors import SeedmaskError
from seedmask.report.rankings import COLUMNS, FILE, IOU, MEASURES
from seedmask.report.tables import number_in
from seedmask.viewer.files import RefusedError
from seedmask.viewer.images import LARGEST_SIDE, SMALLEST_SIDE, ByteCache, image_jpeg, page_colours, truth_png
from seedmask.viewer.summary import summarise_variants


@dataclass(frozen=True)
class ImageNumbers:
    """Numbers 0..1 by column, each a list by row of the index with None where unknown."""

    columns: dict[str, list[float | None]]

    def of_row(self, row: int) -> dict[str, float]:
        """All known numbers of one image."""
        return {name: value for name, values in self.columns.items() if (value := values[row]) is not None}


def number_columns(results: Path) -> list[str]:
    """Names of the columns, without reading the numbers.

    Raises:
        SeedmaskError: see `read_numbers`.
    """
    path = results / FILE
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return list(_positions(path, next(csv.reader(file), [])))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise _unreadable(path, error) from None


def read_numbers(results: Path, ids: Sequence[str]) -> ImageNumbers:
    """All numbers.

    Args:
        results: `results/<data set>`.
        ids: the images in the order of the index.

    Raises:
        SeedmaskError: the table is missing, damaged, or belongs to another index.
    """
    path = results / FILE
    try:
        with path.open(encoding="utf-8", newline="") as file:
            header, *lines = csv.reader(file)
        positions = _positions(path, header)
        if [line[COLUMNS.index("id")] for line in lines] != list(ids):
            raise SeedmaskError(f"{path}: belongs to another index; run snakemake, which makes it again")
        return ImageNumbers({name: [number_in(line[at]) for line in lines] for name, at in positions.items()})
    except (OSError, ValueError, IndexError, csv.Error) as error:
        raise _unreadable(path, error) from None


def _positions(path: Path, header: Sequence[str]) -> dict[str, int]:
    if tuple(header[: len(COLUMNS)]) != COLUMNS:
        raise SeedmaskError(f"{path}: its columns do not start with {','.join(COLUMNS)}; delete it and run snakemake")
    return {name: position for position, name in enumerate(header) if name in MEASURES or name.startswith(IOU)}


def _unreadable(path: Path, error: Exception) -> SeedmaskError:
    if isinstance(error, FileNotFoundError):
        return SeedmaskError("the report is not made yet: run snakemake")
    return SeedmaskError(f"{path}: cannot be read ({error}); delete it and run snakemake")


T = TypeVar("T")


class Site:
    """The answers to all requests of the page about a data set's results.

    Args:
        results: `results/<data set>`.

    Raises:
        SeedmaskError: the index cannot be read.
    """

    def __init__(self, results: Path):
        self.results = results
        self._index_files = [results / "index" / name for name in ("set.json", "index.csv", "dataset.json")]
        self._locks = {name: threading.Lock() for name in ("catalogue", "numbers")}
        self._values: dict[str, tuple[object, Any]] = {}
        self._cache = ByteCache()
        self.catalogue()

    def catalogue(self) -> Catalogue:
        """The current index.

        Raises:
            SeedmaskError: it is missing or damaged.
        """
        return self._current("catalogue", self._index_files, self._read_catalogue)

    def variants(self) -> dict[str, Any]:
        """For `/variants.json`: classes, background or not, colours, and every variant with its finished shards."""
        index = self.catalogue().index
        return {
            "name": self.results.name,
            "problem": self._problem(),
            "images": len(index.rows),
            "index": self._stamp("catalogue"),
            "classes": index.classes,
            "background": index.labels.background,
            "colours": page_colours(),
            "numbers": self._columns(),
            "variants": summarise_variants(self.results, index),
        }

    def images(self) -> dict[str, Any]:
        """For `/images.json`: the index column by column; splits as runs `[name, images]`, which is shorter."""
        rows = self.catalogue().index.rows
        return {
            "id": [row.id for row in rows],
            "splits": _runs([row.split for row in rows]),
            "width": [row.width for row in rows],
            "height": [row.height for row in rows],
            "tags": [row.tags for row in rows],
            "truth": _runs([row.mask is not None for row in rows]),
            "notes": {number: row.note for number, row in enumerate(rows) if row.note},
        }

    def column(self, name: str) -> list[float | None]:
        """One number of all images, to four digits.

        Raises:
            RefusedError: 404 if there is no such number.
        """
        columns = self._numbers().columns
        if name not in columns:
            raise RefusedError(404, f"no number {name!r}; there are: {', '.join(columns)}")
        return [None if value is None else round(value, 4) for value in columns[name]]

    def numbers_of(self, row: int) -> dict[str, float]:
        """All numbers of one image."""
        self._row(row)
        return self._numbers().of_row(row)

    def image(self, row: int, side: int | None) -> tuple[str, Callable[[], bytes]]:
        """Cache key of an image of some size, and the function that makes it.

        Raises:
            RefusedError: the row does not exist, or the side is out of bounds.
        """
        if side is not None and not SMALLEST_SIDE <= side <= LARGEST_SIDE:
            raise RefusedError(400, f"side={side}; expected {SMALLEST_SIDE} to {LARGEST_SIDE} pixels")
        catalogue, image = self.catalogue(), self._row(row)
        key = f"{image.sha256[:24]}{image.reading[:24]}-{_part(image)}{side or 'full'}"
        return key, lambda: self._cache.get((row, key), lambda: image_jpeg(catalogue, image, side))

    def truth(self, row: int) -> tuple[str, Callable[[], bytes]]:
        """Cache key of a truth mask, and the function that makes it.

        Raises:
            RefusedError: the row does not exist, or has no truth.
        """
        catalogue, image = self.catalogue(), self._row(row)
        if image.mask is None:
            raise RefusedError(404, f"image {image.id} has no truth mask")
        key = f"{(image.mask_sha256 or '')[:24]}-{_part(image)}truth"
        return key, lambda: self._cache.get((row, key), lambda: truth_png(catalogue, image))

    def _row(self, row: int) -> Row:
        rows = self.catalogue().index.rows
        if not 0 <= row < len(rows):
            raise RefusedError(404, f"no row {row}; the index has {len(rows)}")
        return rows[row]

    def _problem(self) -> str | None:
        root = self.catalogue().root
        if root.is_dir():
            return None
        return f"{root} is missing, so the page shows neither pictures nor truth; start it in the folder of the run"

    def _columns(self) -> dict[str, Any]:
        try:
            return {"columns": number_columns(self.results), "stamp": _stamp([self.results / FILE])}
        except SeedmaskError as error:
            return {"problem": str(error)}

    def _numbers(self) -> ImageNumbers:
        ids = [row.id for row in self.catalogue().index.rows]
        files = [self.results / FILE, *self._index_files]
        return self._current("numbers", files, lambda: read_numbers(self.results, ids))

    def _read_catalogue(self) -> Catalogue:
        catalogue = Catalogue(self.results)
        _ = catalogue.root, catalogue.index.rows  # read now, so that errors show at once
        return catalogue

    def _current(self, name: str, files: Sequence[Path], make: Callable[[], T]) -> T:
        """A value made from some files, made again after they changed."""
        stamp = _stamp(files)
        with self._locks[name]:
            if self._values.get(name, (None,))[0] != stamp:
                self._values[name] = (stamp, make())
            return self._values[name][1]

    def _stamp(self, name: str) -> str:
        return str(self._values[name][0])


def _stamp(files: Sequence[Path]) -> str:
    facts = [path.stat() if path.exists() else None for path in files]
    return " ".join(f"{fact.st_size}-{fact.st_mtime_ns}" if fact else "absent" for fact in facts)


def _part(image: Row) -> str:
    """Which part of its picture an image is and at which size, for keys; empty for a whole one."""
    if image.placement is None:
        return ""
    return "-".join(map(str, (*image.placement.box, *image.placement.size))) + "-"


def _runs(values: Sequence[Any]) -> list[tuple[Any, int]]:
    return [(value, len(list(run))) for value, run in groupby(values)]
