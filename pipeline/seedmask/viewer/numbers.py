"""Numbers of single images out of the report's table, column by column, for the page's orders."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from seedmask.errors import SeedmaskError
from seedmask.report.rankings import COLUMNS, FILE, IOU, MEASURES
from seedmask.report.tables import number_in


@dataclass(frozen=True)
class Numbers:
    """Numbers 0..1 by column, each a list by row of the index with None where unknown."""

    columns: dict[str, list[float | None]]

    def of_row(self, row: int) -> dict[str, float]:
        """What is known of one image."""
        return {name: values[row] for name, values in self.columns.items() if values[row] is not None}


def columns(results: Path) -> list[str]:
    """Names of the numbers, without reading them.

    Raises:
        SeedmaskError: see `read_numbers`.
    """
    path = results / FILE
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return list(_places(path, next(csv.reader(file), [])))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise _unreadable(path, error) from None


def read_numbers(results: Path, ids: Sequence[str]) -> Numbers:
    """All numbers.

    Args:
        results: `results/<data set>`.
        ids: the images in the order of the index.

    Raises:
        SeedmaskError: there is no table, it is damaged, or it is of another index.
    """
    path = results / FILE
    try:
        with path.open(encoding="utf-8", newline="") as file:
            header, *lines = csv.reader(file)
        places = _places(path, header)
        if [line[COLUMNS.index("id")] for line in lines] != list(ids):
            raise SeedmaskError(f"{path}: is of another index; run snakemake, which makes it again")
        return Numbers({name: [number_in(line[place]) for line in lines] for name, place in places.items()})
    except (OSError, ValueError, IndexError, csv.Error) as error:
        raise _unreadable(path, error) from None


def _places(path: Path, header: Sequence[str]) -> dict[str, int]:
    if tuple(header[: len(COLUMNS)]) != COLUMNS:
        raise SeedmaskError(f"{path}: its columns do not start with {','.join(COLUMNS)}; delete it and run snakemake")
    return {name: place for place, name in enumerate(header) if name in MEASURES or name.startswith(IOU)}


def _unreadable(path: Path, error: Exception) -> SeedmaskError:
    if isinstance(error, FileNotFoundError):
        return SeedmaskError("the report is not made yet: run snakemake")
    return SeedmaskError(f"{path}: cannot be read ({error}); delete it and run snakemake")
