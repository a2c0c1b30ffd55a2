"""The committed tables: which cut-outs and backgrounds are used, for what, and in which split.

Every picture in them was looked at: drawings, mirrored copies, cut-outs with ragged or see-through edges, cut-outs
that carry their ground along, and backgrounds that show one of the classes are not in the tables.
"""

import csv
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Cutout:
    """One photograph of one thing, with transparency around it."""

    package: str
    """Debian package it comes in."""
    path: str
    """Inside the package."""
    kind: str | None
    """Name of its class; None for a distractor, which is never labelled."""
    split: str
    sha256: str


@dataclass(frozen=True)
class Background:
    """An area of a photograph without any object of the classes."""

    package: str
    path: str
    contexts: tuple[str, ...]
    """What it shows: `meadow`, `road`..."""
    box: tuple[float, float, float, float]
    """Left, top, right, bottom as fractions of the photograph."""
    split: str
    sha256: str


def read_cutouts(path: Path = HERE / "cutouts.csv") -> tuple[Cutout, ...]:
    """All cut-outs, in the table's order."""
    return tuple(
        Cutout(
            row["package"], row["path"], row["class"] if row["role"] == "object" else None, row["split"], row["sha256"]
        )
        for row in _rows(path)
    )


def read_backgrounds(path: Path = HERE / "backgrounds.csv") -> tuple[Background, ...]:
    """All background areas, in the table's order."""
    return tuple(
        Background(
            row["package"],
            row["path"],
            tuple(row["contexts"].split()),
            tuple(float(row[edge]) for edge in ("left", "top", "right", "bottom")),
            row["split"],
            row["sha256"],
        )
        for row in _rows(path)
    )


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
