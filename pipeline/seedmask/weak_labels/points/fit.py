"""Points of all images, from a table: `image,x,y,class` as CSV, or a JSON list of objects with these keys."""

import math
from collections.abc import Iterator
from pathlib import Path

from seedmask.dataset.formats.listing import Findings
from seedmask.dataset.index import Index
from seedmask.job import Job
from seedmask.methods.points import Point
from seedmask.weak_labels.annotations import cut_into_shards
from seedmask.weak_labels.records import ImageIds, grouped, number_of, raise_problems, read_records


def run(job: Job, device: str) -> None:  # noqa: ARG001  needs no network
    """Write what each shard's job reads of the file, and `fit.json`."""
    cut_into_shards(job, read_points)


def read_points(path: Path, index: Index) -> dict[str, list[Point]]:
    """Points of each annotated image, by its id.

    A coordinate with a fraction means the pixel that it lies in. The class may be `background`.

    Args:
        path: the table.
        index: the data set, for names, classes and sizes.

    Raises:
        InputError: everything that is wrong with the table: unknown images and classes, points outside their
            image, two classes on one pixel.
    """
    findings = Findings()
    points = grouped(_points(path, index, findings))
    raise_problems(f"points in {path}", findings)
    return points


def _points(path: Path, index: Index, findings: Findings) -> Iterator[tuple[str, Point]]:
    names = ImageIds(index, findings)
    first: dict[tuple[str, int, int], tuple[str, int]] = {}
    for where, entry in read_records(path, ("image", "x", "y", "class"), findings):
        row, label = names.row(entry["image"], where), names.label(entry["class"], where)
        x, y = number_of(entry["x"]), number_of(entry["y"])
        if not (math.isfinite(x) and math.isfinite(y)):
            findings.problem(where, f"{entry['x']}, {entry['y']} are not numbers", "write x and y in pixels")
            continue
        if row is None or label is None:
            continue
        point = Point(math.floor(x), math.floor(y), label)
        if not (0 <= point.x < row.width and 0 <= point.y < row.height):
            findings.problem(
                where,
                f"point {entry['x']}, {entry['y']} lies outside image {row.id} of {row.width} x {row.height} pixels",
                "count pixels from 0 at the upper left of the upright picture",
            )
            continue
        before, other = first.setdefault((row.id, point.x, point.y), (where, label))
        if other != label:
            findings.problem(where, f"gives pixel {point.x}, {point.y} another class than {before}", "keep one of them")
            continue
        yield row.id, point
