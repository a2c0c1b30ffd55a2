"""Masks of another program in one JSON file: COCO annotations, or tasks of Label Studio with brushes and polygons.

The file is read once, and each shard's job reads the regions of its own images. Pixels outside all regions are
background, or ignored (255) in a data set without one; ignored are those that regions of two classes claim, and crowds
of COCO.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

import numpy as np
from jaxtyping import Bool, UInt8

from seedmask.dataset.elsewhere import missing
from seedmask.dataset.formats.coco_json import CocoFile, coco_file
from seedmask.dataset.formats.files import ImageNames, suffix_of
from seedmask.dataset.formats.listing import Findings
from seedmask.dataset.formats.text import read_json
from seedmask.dataset.index import Index, Row
from seedmask.dataset.outlines import outline_pixels, outline_problem
from seedmask.methods.label_studio_rle import decode_brush
from seedmask.methods.weak_labels import VOID
from seedmask.weak_labels.records import ClassNames, raise_problems


class MaskRegion(NamedTuple):
    """Pixels of one class, as the file has them."""

    label: int
    """0 background, c + 1 for class c, 255 ignored."""
    kind: str
    """`outline`: run lengths or polygons of COCO; `brush`: bytes of Label Studio's code."""
    content: Any


UPLOAD = re.compile(r"^[0-9a-f]{8}-")
"""What Label Studio puts before the name of an uploaded picture."""


class _Names(ClassNames):
    """Finds classes by name, and images by the longest ending of a path that names one image alone."""

    def __init__(self, index: Index, findings: Findings):
        super().__init__(index.classes, findings, background=index.labels.background)
        self._of, self._known = findings, {row.id: row for row in index.rows}
        self._images = ImageNames(f"{row.id}{suffix_of(row.image)}" for row in index.rows)
        self._taken: dict[str, str] = {}

    def row(self, name: str, where: str) -> Row | None:
        """Row of an image, which has to be the first of this name."""
        parts = name.replace("\\", "/").split("/")
        endings = ["/".join(parts[first:]) for first in range(len(parts))]
        image = next(filter(None, map(self._images.known, [*endings, UPLOAD.sub("", parts[-1])])), None)
        if image is None:
            self._of.problem(where, f'"{name}" names no picture, or several', "correct the name, or take it out")
            return None
        if self._taken.setdefault(image, where) != where:
            self._of.problem(where, f"names image {image}, as {self._taken[image]} does", "keep one of them")
            return None
        return self._known[image]


def read_regions(path: Path, index: Index, rows: Sequence[Row]) -> dict[str, list[MaskRegion]]:
    """Regions of each image of a file, by its id; images that it names without any have an empty list.

    Args:
        path: JSON file.
        index: the data set, for names and classes.
        rows: the images that have to be in the file.

    Raises:
        InputError: everything that is wrong: damaged JSON, unknown images and classes, other sizes, missing images.
    """
    findings, content = Findings(), read_json(path)
    names, regions = _Names(index, findings), dict[str, list[MaskRegion]]()
    for row, found in _entries(path, content, names, findings):
        regions.setdefault(row.id, []).extend(found)
    if not findings.problems:
        findings.problems += missing(str(path), "mask", [row for row in rows if row.id not in regions], len(rows))
    raise_problems(f"masks in {path}", findings)
    return regions


def _entries(path: Path, content: Any, names: _Names, findings: Findings) -> Iterator[tuple[Row, list[MaskRegion]]]:
    """Images with regions of each; an image may come several times."""
    if not isinstance(content, list):
        yield from _of_coco(coco_file(content, path), names, findings)
        return
    for number, task in enumerate(content, start=1):
        where = f"{path} task {task.get('id', number) if isinstance(task, Mapping) else number}"
        try:
            yield from _of_task(where, task, names, findings)
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            what = f"is no task of Label Studio, or lacks something ({type(error).__name__}: {error})"
            findings.problem(where, what, "export it again, as JSON")


def drawn(regions: Iterable[Sequence[Any]], row: Row, outside: int = 0) -> UInt8[np.ndarray, "H W"]:
    """Mask of an image: c + 1 for class c, 255 ignored.

    Args:
        regions: of the image.
        row: the image.
        outside: label of the pixels outside all regions: 0 background, or 255.

    Raises:
        ValueError: a region is damaged, or of a picture of another size.
        SeedmaskError: pycocotools is not installed.
    """
    size = row.height, row.width
    mask, claimed = np.full(size, outside, np.uint8), np.zeros(size, bool)
    for label, kind, content in regions:
        pixels = _pixels(kind, content, row)
        clash = pixels & claimed & (mask != label)
        mask[pixels] = label
        mask[clash] = VOID
        claimed |= pixels
    return mask


def _of_coco(coco: CocoFile, names: _Names, findings: Findings) -> Iterator[tuple[Row, list[MaskRegion]]]:
    used = {annotation.category for annotation in coco.annotations}  # the others need not be classes of the data set
    labels = {c: names.label(name, f"{coco.path} category {c}") for c, name in coco.categories.items() if c in used}
    rows = {image: names.row(name, f"{coco.path} image {image}") for image, name in coco.images.items()}
    for image, row in rows.items():
        if row and _has_size(row, coco.sizes.get(image), f"{coco.path} image {image}", findings):
            yield row, []
    for annotation in coco.annotations:
        row, outline = rows[annotation.image], annotation.segmentation
        label = VOID if annotation.crowd else labels[annotation.category]
        if outline_problem(outline):
            remedy = "give it polygons or run lengths; boxes are weak labels"
            findings.problem(coco.where(annotation), "has no segmentation", remedy)
        elif row and label is not None:
            yield row, [MaskRegion(label, "outline", outline)]


def _of_task(
    where: str, task: Mapping[str, Any], names: _Names, findings: Findings
) -> Iterator[tuple[Row, list[MaskRegion]]]:
    row = names.row(_image_name(task["data"]), where)
    given = task.get("annotations") or task.get("predictions") or ()
    given = [one for one in given if not one.get("was_cancelled")]
    if len(given) != 1:
        findings.problem(where, f"has {len(given)} annotations, expected one", "keep one, or take the task out")
    elif row:
        yield row, [*_of_results(where, row, given[0]["result"], names, findings)]


def _image_name(data: Mapping[str, Any]) -> str:
    """Path of the picture of a task, without its server or storage."""
    value = next((value for key, value in data.items() if key in ("image", "img", "url")), None)
    if not isinstance(value, str):
        raise ValueError("expected `data: {image: ...}`")
    address = urlsplit(value)
    return unquote(address.query.removeprefix("d=") if address.query.startswith("d=") else address.path)


def _of_results(
    where: str, row: Row, results: Sequence[Mapping[str, Any]], names: _Names, findings: Findings
) -> Iterator[MaskRegion]:
    for result in results:
        kind, value = result["type"], result["value"]
        if kind == "choices":
            continue
        if kind not in ("brushlabels", "polygonlabels"):
            findings.problem(where, f"has a region of type {kind}", "draw masks with brushes or polygons")
            continue
        if not _has_size(row, (result["original_width"], result["original_height"]), where, findings):
            continue
        if result.get("image_rotation"):
            findings.problem(where, "was drawn on a turned picture", "draw it on the upright picture")
            continue
        (name,) = value[kind]
        label = names.label(name, where)
        if label is None:
            continue
        if kind == "brushlabels":
            yield MaskRegion(label, "brush", value["rle"])
        else:
            scale = np.array([row.width, row.height]) / 100
            yield MaskRegion(label, "outline", [(np.array(value["points"], float) * scale).ravel().tolist()])


def _has_size(row: Row, size: tuple[Any, Any] | None, where: str, findings: Findings) -> bool:
    fits = size is None or size == (row.width, row.height)
    if not fits:
        findings.problem(
            where,
            f"image {row.id} has {row.width} x {row.height} pixels, but {' x '.join(map(str, size or ()))} here",
            "draw masks on the upright picture in full size",
        )
    return fits


def _pixels(kind: str, content: Any, row: Row) -> Bool[np.ndarray, "H W"]:
    size = (row.height, row.width)
    if kind == "brush":
        return decode_brush(content, *size)
    return outline_pixels(content, *size)
