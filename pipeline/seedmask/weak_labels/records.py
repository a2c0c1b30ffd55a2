"""Tables of annotations, CSV or JSON, read entry by entry, with the names of images and classes in them."""

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from seedmask.dataset.formats.files import ImageNames, suffix_of
from seedmask.dataset.formats.listing import Findings
from seedmask.dataset.formats.text import read_json, read_rows, suggest_name
from seedmask.dataset.index import Index, Row
from seedmask.errors import InputError
from seedmask.events import note

BACKGROUND = "background"


class ClassNames:
    """Finds classes by name; an unknown name becomes a problem.

    Args:
        classes: names; the first has label 1.
        findings: gets the problems.
        background: whether `background` is a class.
    """

    def __init__(self, classes: Sequence[str], findings: Findings, *, background: bool = True):
        self._findings = findings
        self._labels = {name: number + 1 for number, name in enumerate(classes)}
        if background:
            self._labels[BACKGROUND] = 0

    def label(self, name: Any, where: str) -> int | None:
        """Label of a class: its number + 1."""
        if isinstance(name, str) and name in self._labels:
            return self._labels[name]
        near = suggest_name(str(name), self._labels, self._findings)
        self._findings.problem(where, f'class "{name}" is unknown{near}', "correct it, or add it to the classes")
        return None


class ImageIds(ClassNames):
    """Finds images too, among all of a data set.

    Args:
        index: the data set.
        findings: gets the problems.
        background: whether `background` is a class, in a data set that has one.
    """

    def __init__(self, index: Index, findings: Findings, *, background: bool = True):
        super().__init__(index.classes, findings, background=background and index.labels.background)
        self._rows = {row.id: row for row in index.rows}
        self._images = ImageNames(f"{row.id}{suffix_of(row.image)}" for row in index.rows)

    def row(self, name: Any, where: str) -> Row | None:
        """Row of an image."""
        image = self._images.find(str(name), where, self._findings)
        return self._rows[image] if image is not None else None


class PositionsOutside:
    """Positions outside their image: problems, or left out and counted.

    Args:
        treatment: `refuse` or `leave_out`.
        source: the file or folder.
    """

    def __init__(self, treatment: str, source: Path):
        self._treatment, self._source = treatment, source
        self._places: list[str] = []

    def add(self, where: str, position: str, row: Row, findings: Findings) -> None:
        """Take a position outside its image."""
        self._places.append(where)
        if self._treatment == "refuse":
            findings.problem(
                where,
                f"{position} lies outside image {row.id} of {row.width} x {row.height} pixels",
                "count pixels from 0 at the upper left of the upright picture, or say `outside: leave_out`",
            )

    def note(self) -> None:
        """Say how many were left out."""
        if self._places:
            places = len(self._places)
            note("%s: %d positions outside their pictures are left out (%s)", self._source, places, self._places[0])


def read_records(path: Path, columns: Sequence[str], findings: Findings) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Entries of a CSV with these columns in this order, or of a JSON list of objects with these keys.

    Yields:
        The place of each entry, `clicks.csv line 3` or `clicks.json entry 3`, and its values: text in a CSV.
    """
    if path.suffix.lower() != ".json":
        for where, cells in read_rows(path, findings):
            if len(cells) != len(columns):
                wanted = ",".join(columns)
                findings.problem(where, f"{len(cells)} cells, expected {len(columns)}", f"write `{wanted}`")
            else:
                yield where, dict(zip(columns, (cell.strip() for cell in cells), strict=True))
        return
    try:
        entries = read_json(path)
    except InputError as error:
        findings.problems += error.problems
        return
    if not isinstance(entries, list):
        findings.problem(path, "is not a list", f"write a list of objects with the keys {', '.join(columns)}")
        return
    for number, entry in enumerate(entries, start=1):
        where = f"{path} entry {number}"
        if not isinstance(entry, dict) or any(column not in entry for column in columns):
            findings.problem(where, "lacks keys", f"write an object with the keys {', '.join(columns)}")
        else:
            yield where, entry


def number_of(value: Any) -> float:
    """A number of a table; NaN for anything else."""
    try:
        return float("nan") if isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        return math.nan


def grouped(entries: Iterator[tuple[str, Any]]) -> dict[str, list[Any]]:
    """Entries by image id, in their order."""
    of_image: dict[str, list[Any]] = defaultdict(list)
    for image, content in entries:
        of_image[image].append(content)
    return dict(of_image)


def raise_problems(subject: str, findings: Findings) -> None:
    """Raise all problems at once, if there are any.

    Raises:
        InputError: there is a problem.
    """
    if findings.problems:
        raise InputError(subject, findings.problems)
