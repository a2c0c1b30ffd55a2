"""Numbers of single images out of the report's table, for the page's orders and filters."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import SeedmaskError

FACTS = ("row", "id", "split")
"""Columns before the numbers."""


@dataclass(frozen=True)
class Numbers:
    """Numbers 0..1 by column, each a list by row of the index with None where unknown."""

    columns: dict[str, list[float | None]]

    def of_row(self, row: int) -> dict[str, float]:
        """What is known of one image."""
        return {name: values[row] for name, values in self.columns.items() if values[row] is not None}


def table(results: Path) -> Path:
    """Where the report puts them."""
    return results / "report" / "images.csv"


def columns(results: Path) -> list[str]:
    """Names of the numbers, without reading them.

    Raises:
        SeedmaskError: see `read_numbers`.
    """
    path = table(results)
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return _columns(path, next(csv.reader(file), []))
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
    path = table(results)
    try:
        with path.open(encoding="utf-8", newline="") as file:
            header, *lines = csv.reader(file)
        names = _columns(path, header)
        if [line[1] for line in lines] != list(ids):
            raise SeedmaskError(f"{path}: is of another index; run snakemake, which makes the report again")
        cells = zip(*(line[len(FACTS) :] for line in lines), strict=True) if lines else [()] * len(names)
        numbers = [[float(cell) if cell else None for cell in column] for column in cells]
        return Numbers(dict(zip(names, numbers, strict=True)))
    except (OSError, ValueError, IndexError, csv.Error) as error:
        raise _unreadable(path, error) from None


def _columns(path: Path, header: list[str]) -> list[str]:
    if tuple(header[: len(FACTS)]) != FACTS:
        raise SeedmaskError(f"{path}: its columns do not start with {','.join(FACTS)}; delete it and run snakemake")
    return header[len(FACTS) :]


def _unreadable(path: Path, error: Exception) -> SeedmaskError:
    if isinstance(error, FileNotFoundError):
        return SeedmaskError("the report is not made yet: run snakemake")
    return SeedmaskError(f"{path}: cannot be read ({error}); delete it and run snakemake")
