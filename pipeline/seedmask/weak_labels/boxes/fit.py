"""Boxes of all images: from COCO JSON, from a CSV `image,xmin,ymin,xmax,ymax,class`, or from a folder of VOC XML.

Coordinates are those of edges, from 0 at the upper left of the picture; VOC's count pixels from 1, the last included.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from seedmask.dataset.elsewhere import whole_pictures
from seedmask.dataset.formats.coco_json import Id, read_bbox, read_coco
from seedmask.dataset.formats.listing import Findings
from seedmask.dataset.formats.text import read_xml
from seedmask.dataset.formats.voc import is_difficult
from seedmask.dataset.index import Index, Row
from seedmask.errors import InputError
from seedmask.job import Job
from seedmask.methods.boxes import Box
from seedmask.methods.weak_labels import UNLABELLED
from seedmask.storage.shard import Shard
from seedmask.weak_labels.annotations import ShardAnnotations, cut_into_shards, read_annotations
from seedmask.weak_labels.boxes.options import BoxesOptions
from seedmask.weak_labels.records import (
    ClassNames,
    ImageIds,
    grouped,
    number_of,
    raise_problems,
    read_records,
)

SLACK = 1
"""Pixels that a box may reach over the picture's edge: tools round."""
SIDES = ("xmin", "ymin", "xmax", "ymax")


def run(job: Job, device: str) -> None:  # noqa: ARG001  needs no network
    """Write what each shard's job reads of the file, and `fit.json`."""
    cut_into_shards(job, read_boxes)


def read(options: BoxesOptions, index: Index, rows: Iterable[Row]) -> None:
    """Read the files of some options.

    Raises:
        InputError: everything that is wrong with them.
    """
    if options.file:
        read_boxes(Path(options.file), index)
    elif options.folder:
        read_box_folder(Path(options.folder), rows, index.classes, options.difficult)


def read_boxes(path: Path, index: Index) -> dict[str, list[Box]]:
    """Boxes of each annotated image, by its id.

    A crowd of COCO has no class: label 254.

    Args:
        path: JSON or CSV file.
        index: the data set, for names, classes and sizes.

    Raises:
        InputError: everything that is wrong: unknown images and classes, boxes without area or outside their picture.
    """
    findings = Findings()
    names = ImageIds(index, findings, background=False)
    of_kind = _of_coco if path.suffix.lower() == ".json" else _of_table
    boxes = grouped(of_kind(path, names, findings))
    raise_problems(f"boxes in {path}", findings)
    return boxes


def read_box_folder(
    folder: Path, rows: Iterable[Row], classes: Sequence[str], difficult: bool = True
) -> dict[str, list[Box]]:
    """Boxes of some pictures, by id, from `<id>.xml` where there is one.

    Parts of objects have boxes too, one level deeper; they are not read.

    Args:
        folder: of the XML.
        rows: the pictures.
        classes: names of the data set's.
        difficult: whether objects that are marked so have a class; else their label is 254.

    Raises:
        InputError: everything that is wrong: damaged files, unknown classes, boxes without area or outside the picture.
    """
    findings = Findings()
    names = ClassNames(classes, findings, background=False)
    boxes = grouped(_of_xml(folder, rows, names, findings, difficult))
    raise_problems(f"boxes in {folder}", findings)
    return boxes


def _of_table(path: Path, names: ImageIds, findings: Findings) -> Iterator[tuple[str, Box]]:
    for where, entry in read_records(path, ("image", *SIDES, "class"), findings):
        row, label = names.row(entry["image"], where), names.label(entry["class"], where)
        if row is not None and label is not None:
            yield from _checked(where, row, [entry[side] for side in SIDES], label, findings)


def _of_coco(path: Path, names: ImageIds, findings: Findings) -> Iterator[tuple[str, Box]]:
    try:
        coco = read_coco(path)
    except InputError as error:
        findings.problems += error.problems
        return
    used = {annotation.category for annotation in coco.annotations}  # the others need not be classes of the data set
    labels = {c: names.label(name, f"{path} category {c}") for c, name in coco.categories.items() if c in used}
    rows: dict[Id, Row | None] = {}
    for annotation in coco.annotations:
        where, image = coco.where(annotation), annotation.image
        if image not in rows:
            rows[image] = names.row(coco.images[image], where)
            _check_size(where, rows[image], coco.sizes.get(image), findings)
        row, bbox = rows[image], read_bbox(coco, annotation, findings)
        label = UNLABELLED if annotation.crowd else labels[annotation.category]
        if row is not None and label is not None and bbox is not None:
            left, top, width, height = bbox
            yield from _checked(where, row, [left, top, left + width, top + height], label, findings)


def _check_size(where: str, row: Row | None, size: tuple[int, int] | None, findings: Findings) -> None:
    if row is not None and size is not None and size != (row.width, row.height):
        width, height = size
        findings.problem(
            where,
            f"image {row.id} has {row.width} x {row.height} pixels, but {width} x {height} here",
            "make boxes on the upright picture in full size",
        )


def _of_xml(
    folder: Path, rows: Iterable[Row], names: ClassNames, findings: Findings, difficult: bool
) -> Iterator[tuple[str, Box]]:
    for row in rows:
        path = folder / f"{row.id}.xml"
        if not path.exists():
            continue
        root = read_xml(path, findings)
        for number, item in enumerate(() if root is None else root.findall("object"), start=1):
            where = f"{path} object {number}"
            label = names.label((item.findtext("name") or "").strip(), where)
            left, top, right, bottom = (number_of(item.findtext(f"bndbox/{side}")) for side in SIDES)
            if label is not None:
                label = label if difficult or not is_difficult(item) else UNLABELLED
                yield from _checked(where, row, [left - 1, top - 1, right, bottom], label, findings)


def _checked(where: str, row: Row, sides: Sequence[Any], label: int, findings: Findings) -> Iterator[tuple[str, Box]]:
    left, top, right, bottom = map(number_of, sides)
    size = f"image {row.id} of {row.width} x {row.height} pixels"
    if not all(map(math.isfinite, (left, top, right, bottom))):
        findings.problem(where, "a side of the box is not a number", "write xmin, ymin, xmax, ymax in pixels")
    elif right <= left or bottom <= top:
        findings.problem(
            where,
            f"box of {right - left:g} x {bottom - top:g} pixels",
            "write the upper left corner first, and a box with an area",
        )
    elif left < -SLACK or top < -SLACK or right > row.width + SLACK or bottom > row.height + SLACK:
        findings.problem(
            where, f"box {left:g}, {top:g} to {right:g}, {bottom:g} leaves {size}", "cut it at the picture's edge"
        )
    else:
        ends = min(row.width, math.ceil(right)), min(row.height, math.ceil(bottom))
        box = Box(max(0, math.floor(left)), max(0, math.floor(top)), *ends, label)
        if box.right <= box.left or box.bottom <= box.top:
            findings.problem(where, f"box has no pixel in {size}", "take it out")
        else:
            yield row.id, box


def read_drawn_boxes(shard: Shard, options: BoxesOptions) -> ShardAnnotations[Box] | None:
    """Boxes that people drew in the images of a shard; None if they are simulated."""
    if options.file:
        return read_annotations(shard, options.file, Box)
    if options.folder:
        rows = whole_pictures(row for _, row in shard.rows)
        return ShardAnnotations(
            read_box_folder(Path(options.folder), rows, shard.catalogue.index.classes, options.difficult)
        )
    return None
