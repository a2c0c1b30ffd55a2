"""The index of a data set: every picture with its size, tags and hashes, checked before anything else runs."""

import csv
import functools
import hashlib
import json
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from jaxtyping import Int64

from pipeline.config.dataset import Dataset
from pipeline.data.formats import Entry, list_pictures
from pipeline.data.loading import ImageFacts, inspect_image, read_mask
from pipeline.errors import InputError, Problem, SeedmaskError

COLUMNS = ["row", "id", "image", "split", "width", "height", "tags", "sha256", "mask", "mask_sha256", "note"]
UNKNOWN = "?"


@dataclass(frozen=True)
class Row:
    """One picture."""

    id: str
    image: str
    """Path relative to the data set's folder."""
    split: str
    width: int
    """Pixels, upright."""
    height: int
    """Pixels, upright."""
    tags: tuple[int, ...] | None
    """Classes in the picture, numbered from 0, ascending; `()` none of them, None not known."""
    sha256: str
    mask: str | None
    """Truth mask, relative to the data set's folder."""
    mask_sha256: str | None
    note: str = ""
    """What was changed when the picture was read."""

    @functools.cached_property
    def digest(self) -> str:
        """SHA-256 over all that a result may depend on which looks at picture and tags; never the truth."""
        return _digest(self.id, self.sha256, self.width, self.height, self.split, self.tags)

    @functools.cached_property
    def truth_digest(self) -> str:
        """SHA-256 over the truth mask."""
        return _digest(self.mask_sha256)


@dataclass(frozen=True)
class Index:
    """All pictures, `train` first, then `val`, then other splits by name; by id within a split."""

    classes: tuple[str, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = field(default=(), compare=False)
    """What was decided while listing the pictures; known after `build` only."""

    @property
    def splits(self) -> tuple[str, ...]:
        """Names of the splits, in the order of the rows."""
        return tuple(dict.fromkeys(row.split for row in self.rows))

    @property
    def canvas(self) -> tuple[int, int]:
        """Height and width in pixels that hold every picture."""
        return max(row.height for row in self.rows), max(row.width for row in self.rows)

    @property
    def slots(self) -> int:
        """Most classes in one picture, at least 1."""
        return max([1, *(len(row.tags or ()) for row in self.rows)])

    def rows_of(self, split: str) -> tuple[Row, ...]:
        """Rows of one split."""
        return tuple(row for row in self.rows if row.split == split)

    def truth_rows(self) -> tuple[Row, ...]:
        """Rows that have a truth mask."""
        return tuple(row for row in self.rows if row.mask is not None)

    def write(self, folder: Path) -> None:
        """Write `index.csv` and `classes.csv` (pictures of each class in each split)."""
        folder.mkdir(parents=True, exist_ok=True)
        rows = ([str(number), *self._cells(row)] for number, row in enumerate(self.rows))
        _write_table(folder / "index.csv", COLUMNS, rows)
        counts = {split: class_counts(self.rows_of(split), len(self.classes)) for split in self.splits}
        classes = (
            [str(number + 1), name, *(str(counts[split][number]) for split in self.splits)]
            for number, name in enumerate(self.classes)
        )
        _write_table(folder / "classes.csv", ["mask_value", "class", *self.splits], classes)

    @staticmethod
    def read(folder: Path) -> "Index":
        """Read what `write` wrote."""
        classes = tuple(cells[1] for cells in _read_table(folder / "classes.csv", ["mask_value", "class"]))
        numbers = {name: number for number, name in enumerate(classes)}
        rows = []
        for cells in _read_table(folder / "index.csv", COLUMNS):
            _, name, image, split, width, height, tags, sha256, mask, mask_sha256, note = cells
            known = None if tags == UNKNOWN else tuple(numbers[tag] for tag in tags.split(";") if tag)
            rows.append(
                Row(name, image, split, int(width), int(height), known, sha256, mask or None, mask_sha256 or None, note)
            )
        return Index(classes, tuple(rows))

    def _cells(self, row: Row) -> list[str]:
        tags = UNKNOWN if row.tags is None else ";".join(self.classes[number] for number in row.tags)
        size = [str(row.width), str(row.height)]
        truth = [row.mask or "", row.mask_sha256 or ""]
        return [row.id, row.image, row.split, *size, tags, row.sha256, *truth, row.note]


def class_counts(rows: Iterable[Row], classes: int) -> Int64[np.ndarray, " K"]:
    """Pictures tagged with each class."""
    tags = [tag for row in rows for tag in row.tags or ()]
    return np.bincount(np.array(tags, np.int64), minlength=classes)


def build(dataset: Dataset) -> Index:
    """Read every picture and mask of a data set in full.

    Raises:
        SeedmaskError: the data set's folder does not exist.
        InputError: everything that is wrong with the listing, the pictures and the masks, at once.
    """
    listing = list_pictures(dataset)
    problems = list(listing.problems)
    rows = []
    # Decoding and hashing release the interpreter lock.
    with ThreadPoolExecutor() as pool:
        check = functools.partial(_check, dataset, len(listing.classes))
        for row, found in pool.map(check, listing.entries):
            problems += found
            rows += [row] if row else []
    if problems:
        raise InputError(f"data set `{dataset.name}` in {dataset.root}", problems)
    return Index(listing.classes, tuple(rows), listing.notes)


def _check(dataset: Dataset, class_count: int, entry: Entry) -> tuple[Row | None, list[Problem]]:
    problems: list[Problem] = []
    facts, mask_sha256 = None, None
    try:
        facts = inspect_image(entry.image, dataset.max_side)
    except InputError as error:
        problems += error.problems
    if entry.mask is not None:
        try:
            mask, mask_sha256 = read_mask(entry.mask)
            problems += _mask_problems(entry, mask, facts, class_count)
        except InputError as error:
            problems += error.problems
    if facts is None or problems:
        return None, problems
    root = Path(dataset.root)
    image, mask_path = _relative(entry.image, root), entry.mask and _relative(entry.mask, root)
    row = Row(
        entry.id, image, entry.split, facts.width, facts.height, entry.tags, facts.sha256,
        mask_path, mask_sha256, facts.note,
    )  # fmt: skip
    return row, problems


def _mask_problems(entry: Entry, mask: np.ndarray, facts: ImageFacts | None, class_count: int) -> Iterable[Problem]:
    height, width = mask.shape
    if facts and (width, height) != (facts.width, facts.height):
        turned = " upright" if facts.note else ""
        yield Problem(
            str(entry.mask),
            f"mask has {width} x {height} pixels, its picture {entry.image} has {facts.width} x {facts.height}{turned}",
            "draw the mask on the upright picture in full size, or take it out",
        )
    present = np.flatnonzero(np.bincount(mask.ravel(), minlength=256))
    unknown = [int(value) for value in present if class_count < value < 255]
    if unknown:
        yield Problem(
            str(entry.mask),
            f"mask has values {', '.join(map(str, unknown))}, expected 0 to {class_count} and 255",
            "write 0 for background, the line in classes.txt for a class, 255 for unlabelled",
        )


def _relative(path: Path, root: Path) -> str:
    return (path.relative_to(root) if path.is_relative_to(root) else path).as_posix()


def _digest(*facts: object) -> str:
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def _write_table(path: Path, header: list[str], rows: Iterable[list[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def _read_table(path: Path, header: list[str]) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        first, *rows = csv.reader(file)
    if first[: len(header)] != header:
        raise SeedmaskError(f"{path}: the columns are not {','.join(header)}; delete the file and run again")
    return rows
