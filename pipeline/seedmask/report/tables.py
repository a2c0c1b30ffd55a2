"""Format of the CSV tables `scores.csv`, `images.csv` and `classes.csv`."""

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from seedmask.storage.records import read_proved


def as_table(lines: Iterable[Sequence[Any]]) -> bytes:
    """A CSV table of lines of cells, the headings first."""
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows(lines)
    return stream.getvalue().encode()


def read_table(path: Path) -> list[dict[str, str]]:
    """Lines of a table, as cells by heading.

    Raises:
        SeedmaskError: the run has not made the table yet, or it was changed.
    """
    return list(csv.DictReader(io.StringIO(read_proved(path).decode())))


def number_in(cell: str) -> float | None:
    """Number in a cell; None if it is empty."""
    return float(cell) if cell else None


def cell_of(value: float | None) -> str:
    """The inverse of `number_in`, to six places."""
    return "" if value is None else f"{value:.6f}"
