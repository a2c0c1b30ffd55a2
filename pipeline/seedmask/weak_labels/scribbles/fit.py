"""Strokes of all images, a JSON list of `{"image": "a/001", "class": "cow", "points": [[12, 30], [40, 35]]}`."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from seedmask.dataset.formats.listing import Findings
from seedmask.dataset.index import Index, Row
from seedmask.job import Job
from seedmask.methods.scribbles import Stroke
from seedmask.weak_labels.annotations import cut_into_shards
from seedmask.weak_labels.records import ImageIds, grouped, number_of, raise_problems, read_records


def run(job: Job, device: str) -> None:  # noqa: ARG001  needs no network
    """Write what each shard's job reads of the file, and `fit.json`."""
    cut_into_shards(job, read_strokes)


def read_strokes(path: Path, index: Index) -> dict[str, list[Stroke]]:
    """Polylines of each annotated image, by its id; the class may be `background`.

    Args:
        path: the file.
        index: the data set, for names, classes and sizes.

    Raises:
        InputError: everything that is wrong with the file.
    """
    findings = Findings()
    strokes = grouped(_strokes(path, index, findings))
    raise_problems(f"strokes in {path}", findings)
    return strokes


def _strokes(path: Path, index: Index, findings: Findings) -> Iterator[tuple[str, Stroke]]:
    names = ImageIds(index, findings)
    if path.suffix.lower() != ".json":
        findings.problem(path, "does not end in .json", "write strokes as a JSON list, or as PNGs in a `folder`")
        return
    for where, entry in read_records(path, ("image", "points", "class"), findings):
        row, label = names.row(entry["image"], where), names.label(entry["class"], where)
        corners = _corners(entry["points"])
        if corners is None:
            findings.problem(where, "points are not a list of [x, y]", "write [[x, y], ...] in pixels")
        elif row is not None and label is not None:
            if outside := [corner for corner in corners if not _inside(corner, row)]:
                x, y = outside[0]
                findings.problem(
                    where,
                    f"corner {x:g}, {y:g} lies outside image {row.id} of {row.width} x {row.height} pixels",
                    "count pixels from 0 at the upper left of the upright picture",
                )
            else:
                yield row.id, Stroke(corners, label)


def _corners(value: Any) -> list[tuple[float, float]] | None:
    if not isinstance(value, list) or not value:
        return None
    pairs = [corner if isinstance(corner, list) and len(corner) == 2 else (None, None) for corner in value]
    corners = [(number_of(x), number_of(y)) for x, y in pairs]
    return corners if all(math.isfinite(x) and math.isfinite(y) for x, y in corners) else None


def _inside(corner: tuple[float, float], row: Row) -> bool:
    x, y = corner
    return 0 <= x < row.width and 0 <= y < row.height
