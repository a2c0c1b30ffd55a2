"""Strokes of all images, a JSON list of `{"image": "a/001", "class": "cow", "points": [[12, 30], [40, 35]]}`.

A folder holds `<image id>.xml` as ScribbleSup (Lin et al., CVPR 2016) has them: a `size`, and a `polygon` for each
stroke with its class as `tag`, `background` too, and `point`s of an `X` and a `Y` from 0.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from seedmask.dataset.formats.listing import Findings
from seedmask.dataset.formats.text import read_xml
from seedmask.dataset.index import Index, Row
from seedmask.job import Job
from seedmask.labels import LabelSet
from seedmask.methods.scribbles import Stroke
from seedmask.weak_labels.annotations import cut_into_shards
from seedmask.weak_labels.records import (
    ClassNames,
    ImageIds,
    PositionsOutside,
    grouped,
    number_of,
    raise_problems,
    read_records,
)
from seedmask.weak_labels.scribbles.options import ScribblesOptions


def run(job: Job, device: str) -> None:  # noqa: ARG001  needs no network
    """Write what each shard's job reads of the file, and `fit.json`."""
    cut_into_shards(job, partial(read_strokes, outside=job.settings["outside"]))


def read(options: ScribblesOptions, index: Index, rows: Iterable[Row]) -> None:
    """Read the files of some options.

    Raises:
        InputError: everything that is wrong with them.
    """
    if options.file:
        read_strokes(Path(options.file), index, options.outside)
    elif options.folder and options.codes is None:
        read_stroke_folder(Path(options.folder), rows, index.labels, options.outside)


def read_strokes(path: Path, index: Index, outside: str = "refuse") -> dict[str, list[Stroke]]:
    """Polylines of each annotated image, by its id; the class may be `background`.

    Args:
        path: the file.
        index: the data set, for names, classes and sizes.
        outside: what is done with corners outside their image; see `MarkedLabelsOptions`.

    Raises:
        InputError: everything that is wrong with the file.
    """
    findings, beyond = Findings(), PositionsOutside(outside, path)
    strokes = grouped(_strokes(path, index, findings, beyond))
    raise_problems(f"strokes in {path}", findings)
    beyond.note()
    return strokes


def read_stroke_folder(
    folder: Path, rows: Iterable[Row], labels: LabelSet, outside: str = "refuse"
) -> dict[str, list[Stroke]]:
    """Polylines of some images, by id, from `<id>.xml`.

    Args:
        folder: of the XML.
        rows: the images.
        labels: those of the data set.
        outside: what is done with corners outside their image; see `MarkedLabelsOptions`.

    Raises:
        InputError: everything that is wrong: missing and damaged files, sizes of other pictures, unknown classes.
    """
    findings, beyond = Findings(), PositionsOutside(outside, folder)
    names = ClassNames(labels.classes, findings, background=labels.background)
    strokes = grouped(_of_xml(folder, rows, names, findings, beyond))
    raise_problems(f"strokes in {folder}", findings)
    beyond.note()
    return strokes


def _of_xml(
    folder: Path, rows: Iterable[Row], names: ClassNames, findings: Findings, beyond: PositionsOutside
) -> Iterator[tuple[str, Stroke]]:
    for row in rows:
        path = folder / f"{row.id}.xml"
        if not path.exists():
            remedy = "add it, without polygons if there are none; where the folder holds PNGs, give `codes`"
            findings.problem(path, f"image {row.id} has no file of strokes", remedy)
            continue
        root = read_xml(path, findings)
        if root is None:
            continue
        size = [number_of(root.findtext(f"size/{side}")) for side in ("width", "height")]
        if all(map(math.isfinite, size)) and size != [row.width, row.height]:
            found = f"is of {size[0]:g} x {size[1]:g} pixels, image {row.id} has {row.width} x {row.height}"
            findings.problem(path, found, "draw strokes on the upright picture in full size")
            continue
        for number, item in enumerate(root.findall("polygon"), start=1):
            where = f"{path} polygon {number}"
            label = names.label((item.findtext("tag") or "").strip(), where)
            corners = _corners([[point.findtext("X"), point.findtext("Y")] for point in item.findall("point")])
            if corners is None:
                findings.problem(where, "has no points of X and Y", "write them in pixels, or take the polygon out")
            elif label is not None and (inside := _within(corners, row, where, findings, beyond)):
                yield row.id, Stroke(inside, label)


def _strokes(path: Path, index: Index, findings: Findings, beyond: PositionsOutside) -> Iterator[tuple[str, Stroke]]:
    names = ImageIds(index, findings)
    if path.suffix.lower() != ".json":
        findings.problem(path, "does not end in .json", "write strokes as a JSON list, or as PNGs in a `folder`")
        return
    for where, entry in read_records(path, ("image", "points", "class"), findings):
        row, label = names.row(entry["image"], where), names.label(entry["class"], where)
        corners = _corners(entry["points"])
        if corners is None:
            findings.problem(where, "points are not a list of [x, y]", "write [[x, y], ...] in pixels")
        elif row is not None and label is not None and (inside := _within(corners, row, where, findings, beyond)):
            yield row.id, Stroke(inside, label)


def _within(
    corners: Sequence[tuple[float, float]], row: Row, where: str, findings: Findings, beyond: PositionsOutside
) -> list[tuple[float, float]]:
    """Corners inside an image."""
    inside = [corner for corner in corners if _inside(corner, row)]
    if len(inside) < len(corners):
        x, y = next(corner for corner in corners if not _inside(corner, row))
        beyond.add(where, f"corner {x:g}, {y:g}", row, findings)
    return inside


def _corners(value: Any) -> list[tuple[float, float]] | None:
    if not isinstance(value, list) or not value:
        return None
    pairs = [corner if isinstance(corner, list) and len(corner) == 2 else (None, None) for corner in value]
    corners = [(number_of(x), number_of(y)) for x, y in pairs]
    return corners if all(math.isfinite(x) and math.isfinite(y) for x, y in corners) else None


def _inside(corner: tuple[float, float], row: Row) -> bool:
    x, y = corner
    return 0 <= x < row.width and 0 <= y < row.height
