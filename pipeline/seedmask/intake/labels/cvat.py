"""CVAT for images 1.1 (docs.cvat.ai, "XML annotation format"): tags, boxes, outlines and masks of images in one file.

The labels of everything in an image are its tags, in the order of the labels in `<meta>`. Where outlines and masks show
all of them, they are drawn in their `z_order`. A subset that is called Train, Validation or Test is a split.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
from jaxtyping import Bool

from seedmask.dataset.formats.listing import Findings
from seedmask.dataset.formats.text import Element, read_xml
from seedmask.dataset.regular import read_file
from seedmask.errors import InputError
from seedmask.intake.annotated import AnnotatedImage, Source, labelling_of
from seedmask.intake.labelling import Labelling
from seedmask.intake.options import ReadingOptions
from seedmask.intake.regions import MEND, Paint, Region, Size, bitmap, ellipse, number_in, polygon
from seedmask.intake.scan import FolderScan
from seedmask.intake.splits import split_of

TAG, DRAWN = "tag", ("polygon", "mask", "ellipse")
SHAPES = ("box", "cuboid", "points", "polyline", "skeleton")
"""Shapes that have a label, and whose pixels are not known."""
FIELD = "label"


@dataclass
class Read:
    """What the files say."""

    items: list[AnnotatedImage] = field(default_factory=list)
    labels: dict[str, None] = field(default_factory=dict)
    """Names of the labels in their order."""
    splits: dict[str, str] = field(default_factory=dict)
    """Split of each name of an image."""
    findings: Findings = field(default_factory=Findings)


def read_labels(scan: FolderScan, options: ReadingOptions) -> Labelling | None:
    """All files of CVAT together.

    Raises:
        SeedmaskError: a file is damaged, is one of a video, or names no image of the folder.
    """
    read = Read()
    roots = {name: root for name, path in scan.with_suffix(".xml") if (root := _root(path, read.findings)) is not None}
    for name, root in roots.items():
        read.labels |= dict.fromkeys(_labels(root))
        _read_images(root, scan.folder / name, read)
    if read.findings.problems:
        raise InputError("annotations of CVAT", read.findings.problems)
    if not read.items:
        return None
    rule = f"subsets in {', '.join(roots)}" if read.splits else ""
    source = Source(scan, tuple(roots), tuple(read.labels), splits=read.splits, split_rule=rule)
    return labelling_of(source, read.items, (FIELD,))


def _root(path: Path, findings: Findings) -> Element | None:
    """Root of a file of CVAT; None for other files."""
    own = Findings()
    root = read_xml(path, own)
    if root is None:
        if _looks_like_one(path):
            findings.problems += own.problems
        return None
    if root.tag != "annotations" or (root.find("meta") is None and root.find("image") is None):
        return None
    if root.find("track") is not None:
        findings.problem(path, "is one of CVAT for video", "export the task as `CVAT for images 1.1`, or take it out")
    return root


def _looks_like_one(path: Path) -> bool:
    try:
        data = read_file(path)
    except InputError:
        return False
    return b"<annotations>" in data and b"<image" in data


def _labels(root: Element) -> Iterator[str]:
    """Names of the labels, without the parts of skeletons."""
    for label in root.iterfind("meta//labels/label"):
        if label.find("parent") is None and (name := (label.findtext("name") or "").strip()):
            yield name


def _read_images(root: Element, path: Path, read: Read) -> None:
    whole = root.findtext("meta//subset") or ""
    for number, item in enumerate(root.iter("image"), start=1):
        name = item.get("name", "").strip()
        where = f"{path} image {name or number}"
        if not name:
            read.findings.problem(where, "has no name", "write the name of its file")
            continue
        if (split := split_of(item.get("subset") or whole)) and read.splits.setdefault(name, split) != split:
            said = f"is in the subsets {read.splits[name]} and {split}"
            read.findings.problem(where, said, "give each picture one subset")
        read.items.append(_annotated(item, where, name, read.findings))


def _annotated(item: Element, where: str, name: str, findings: Findings) -> AnnotatedImage:
    """An image; a tag that no outline shows is a region of unknown pixels, so that the mask is known to lack it."""
    tags: list[str] = []
    regions: list[tuple[int, Region]] = []
    for shape in item:
        if shape.tag not in (TAG, *DRAWN, *SHAPES):
            continue
        try:
            if not (label := shape.get("label", "").strip()):
                raise ValueError("has no label")
            if shape.tag == TAG:
                tags.append(label)
            else:
                regions.append((_whole(shape, "z_order", "0"), Region(label, FIELD, _paint(shape, where))))
        except ValueError as error:
            findings.problem(where, f"a {shape.tag} {error}", MEND)
    ordered = [region for _, region in sorted(regions, key=lambda entry: entry[0])]
    drawn = {region.name for region in ordered}
    ordered += [Region(tag, FIELD) for tag in tags if tag not in drawn and drawn]
    return AnnotatedImage(where, name, {FIELD: tuple(tags)}, tuple(ordered), _size(item), seen=True)


def _size(item: Element) -> Size | None:
    width, height = item.get("width", ""), item.get("height", "")
    return (int(width), int(height)) if width.isdecimal() and height.isdecimal() else None


def _paint(shape: Element, where: str) -> Paint | None:
    """Paints the pixels of a shape; None where they are not known.

    Raises:
        ValueError: its coordinates are none.
    """
    if shape.tag == "polygon":
        return polygon([_point(text) for text in shape.get("points", "").split(";") if text])
    if shape.tag == "ellipse":
        x, y, width, height, turned = (_number(shape, key) for key in ("cx", "cy", "rx", "ry", "rotation"))
        return ellipse((x, y), (width, height), turned)
    if shape.tag == "mask":
        left, top, width, height = (_whole(shape, key) for key in ("left", "top", "width", "height"))
        runs = shape.get("rle", "")
        _decoded_runs(runs.encode(), width, height)
        return bitmap(where, runs.encode(), partial(_decoded_runs, width=width, height=height), (left, top))
    return None


def _point(text: str) -> tuple[float, float]:
    try:
        x, y = (number_in(float(word), "a coordinate") for word in text.split(","))
    except ValueError:
        raise ValueError(f'has the point "{text}", expected `x,y`') from None
    return x, y


def _number(shape: Element, key: str) -> float:
    try:
        return number_in(float(shape.get(key, "0" if key == "rotation" else "")), key)
    except ValueError:
        raise ValueError(f'has {key} "{shape.get(key, "")}", expected a number') from None


def _whole(shape: Element, key: str, default: str = "") -> int:
    try:
        return int(shape.get(key, default))
    except ValueError:
        raise ValueError(f'has {key} "{shape.get(key, "")}", expected a whole number') from None


def _decoded_runs(runs: bytes, width: int, height: int) -> Bool[np.ndarray, "h w"]:
    """Pixels of a rectangle from the lengths of runs outside, inside, outside and so on, row by row.

    Raises:
        ValueError: they are no whole numbers, or more pixels than the rectangle has.
    """
    try:
        counts = [int(word) for word in runs.split(b",")]
    except ValueError:
        raise ValueError(f'has rle "{runs[:20].decode()}", expected whole numbers') from None
    if width <= 0 or height <= 0 or min(counts) < 0 or sum(counts) > width * height:
        raise ValueError(f"has runs of {sum(counts)} pixels in a rectangle of {width} x {height}")
    area = np.zeros(width * height, bool)
    area[: sum(counts)] = np.repeat(np.arange(len(counts)) % 2 == 1, counts)
    return area.reshape(height, width)
