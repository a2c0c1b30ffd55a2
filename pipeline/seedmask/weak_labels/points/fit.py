"""Points of all images, from a table: `image,x,y,class` as CSV, or a JSON list of objects with these keys.

A JSON object is read as What's the Point (Bearman et al., ECCV 2016) has it: `{"2007_000032": [{"cls": 1, "x": 12,
"y": 30, "rank": 0}, ...], ...}`, where classes count from 1 and 0 is background. It names images of all lists of VOC,
of which a data set has some.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from seedmask.dataset.formats.listing import Findings
from seedmask.dataset.formats.text import read_json
from seedmask.dataset.index import Index, Row
from seedmask.errors import InputError
from seedmask.events import note
from seedmask.job import Job
from seedmask.methods.points import Point
from seedmask.weak_labels.annotations import cut_into_shards
from seedmask.weak_labels.points.options import PointsOptions
from seedmask.weak_labels.records import ImageIds, PositionsOutside, grouped, number_of, raise_problems, read_records


def run(job: Job, device: str) -> None:  # noqa: ARG001  needs no network
    """Write what each shard's job reads of the file, and `fit.json`."""
    cut_into_shards(job, partial(read_points, outside=job.settings["outside"]))


def read(options: PointsOptions, index: Index, rows: Iterable[Row]) -> None:  # noqa: ARG001  a file is of all images
    """Read the file of some options.

    Raises:
        InputError: everything that is wrong with it.
    """
    if options.file:
        read_points(Path(options.file), index, options.outside)


def read_points(path: Path, index: Index, outside: str = "refuse") -> dict[str, list[Point]]:
    """Points of each annotated image, by its id.

    A coordinate with a fraction means the pixel that it lies in. The class may be `background`.

    Args:
        path: the table.
        index: the data set, for names, classes and sizes.
        outside: what is done with points outside their image; see `MarkedLabelsOptions`.

    Raises:
        InputError: everything that is wrong with the table: unknown images and classes, points outside their
            image, two classes on one pixel.
    """
    findings, beyond = Findings(), PositionsOutside(outside, path)
    points = grouped(_points(path, index, findings, beyond))
    raise_problems(f"points in {path}", findings)
    beyond.note()
    return points


def _entries(path: Path, index: Index, findings: Findings) -> Iterator[tuple[str, Row | None, int | None, Any]]:
    """Place of each point for messages, its image and label, None where they are unknown, and values of x and y."""
    value = _by_image(path, findings) if path.suffix.lower() == ".json" else None
    if value is None:
        names = ImageIds(index, findings)
        for where, entry in read_records(path, ("image", "x", "y", "class"), findings):
            yield where, names.row(entry["image"], where), names.label(entry["class"], where), entry
        return
    rows = {row.id: row for row in index.rows}
    for image, entries in value.items():
        for number, entry in enumerate(entries if image in rows else (), start=1):
            where = f"{path} {image} point {number}"
            label = entry.get("cls")
            if isinstance(label, bool) or label not in index.labels.values:
                ground = "0 for background, or " * index.labels.background
                found = f"class {label!r}, expected {ground}1 to {len(index.classes)}"
                findings.problem(where, found, "correct the number; classes count from 1")
                label = None
            yield where, rows[image], label, entry
    unknown = [image for image in value if image not in rows]
    if unknown and len(unknown) == len(value):
        findings.problem(path, f"names no image of the data set ({unknown[0]})", "take the file of this data set")
    elif unknown:
        note("%s: %d of its %d images are in no list (%s)", path, len(unknown), len(value), unknown[0])


def _by_image(path: Path, findings: Findings) -> Mapping[str, Any] | None:
    """Points of each image as What's the Point has them; None where the file is another."""
    try:
        value = read_json(path)
    except InputError:
        return None  # `read_records` says what is wrong
    if not isinstance(value, dict) or not value:
        return None
    wrong = [
        image
        for image, entries in value.items()
        if not (isinstance(entries, list) and all(isinstance(entry, dict) for entry in entries))
    ]
    for image in wrong:
        findings.problem(f"{path} {image}", "is no list of points", 'write [{"cls": 1, "x": 12, "y": 30}, ...]')
    return {image: entries for image, entries in value.items() if image not in wrong}


def _points(path: Path, index: Index, findings: Findings, beyond: PositionsOutside) -> Iterator[tuple[str, Point]]:
    first: dict[tuple[str, int, int], tuple[str, int]] = {}
    for where, row, label, entry in _entries(path, index, findings):
        x, y = number_of(entry.get("x")), number_of(entry.get("y"))
        if not (math.isfinite(x) and math.isfinite(y)):
            findings.problem(where, f"{entry.get('x')}, {entry.get('y')} are not numbers", "write x and y in pixels")
            continue
        if row is None or label is None:
            continue
        point = Point(math.floor(x), math.floor(y), label)
        if not (0 <= point.x < row.width and 0 <= point.y < row.height):
            beyond.add(where, f"point {entry['x']}, {entry['y']}", row, findings)
            continue
        before, other = first.setdefault((row.id, point.x, point.y), (where, label))
        if other != label:
            findings.problem(where, f"gives pixel {point.x}, {point.y} another class than {before}", "keep one of them")
            continue
        yield row.id, point
