"""Write a data set in PASCAL VOC layout."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
from jaxtyping import Bool, UInt8
from PIL import Image

from pipeline.data.loading import save_mask

IGNORE = 255


@dataclass(frozen=True)
class VisibleObject:
    """One object of which something is seen."""

    name: str
    """Its class."""
    box: tuple[int, int, int, int]
    """Left, top, right, bottom of what is seen of it, in pixels counted from 1, ends included, as VOC has it."""


@dataclass(frozen=True)
class Sample:
    """A picture with its truth."""

    image: UInt8[np.ndarray, "H W 3"]
    mask: UInt8[np.ndarray, "H W"]
    """0 background, class number + 1, 255 on soft borders."""
    objects: tuple[VisibleObject, ...]
    quality: int
    """Of the JPEG file, 0..100."""


def box_of(part: Bool[np.ndarray, "H W"]) -> tuple[int, int, int, int]:
    """Bounding box of the true pixels, in VOC's counting."""
    rows, columns = np.flatnonzero(part.any(axis=1)), np.flatnonzero(part.any(axis=0))
    return int(columns[0]) + 1, int(rows[0]) + 1, int(columns[-1]) + 1, int(rows[-1]) + 1


def write_sample(root: Path, image_id: str, sample: Sample, masks: bool) -> None:
    """Write picture, annotation and, if wanted, mask."""
    Image.fromarray(sample.image).save(_path(root, "JPEGImages", f"{image_id}.jpg"), quality=sample.quality)
    _path(root, "Annotations", f"{image_id}.xml").write_bytes(_annotation(image_id, sample))
    if masks:
        save_mask(_path(root, "SegmentationClass", f"{image_id}.png"), sample.mask)


def write_lists(root: Path, classes: Sequence[str], splits: Mapping[str, Sequence[str]]) -> None:
    """Write `classes.txt` and the image ids of each split."""
    for split, ids in splits.items():
        _path(root, "ImageSets", "Segmentation", f"{split}.txt").write_text("".join(f"{i}\n" for i in ids))
    _path(root, "classes.txt").write_text("".join(f"{name}\n" for name in classes))


def _path(root: Path, *parts: str) -> Path:
    path = root.joinpath(*parts)
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _annotation(image_id: str, sample: Sample) -> bytes:
    top = ElementTree.Element("annotation")
    height, width = sample.mask.shape
    ElementTree.SubElement(top, "filename").text = f"{image_id}.jpg"
    size = ElementTree.SubElement(top, "size")
    for name, value in (("width", width), ("height", height), ("depth", 3)):
        ElementTree.SubElement(size, name).text = str(value)
    ElementTree.SubElement(top, "segmented").text = "1"
    for seen in sample.objects:
        entry = ElementTree.SubElement(top, "object")
        ElementTree.SubElement(entry, "name").text = seen.name
        box = ElementTree.SubElement(entry, "bndbox")
        for name, value in zip(("xmin", "ymin", "xmax", "ymax"), seen.box, strict=True):
            ElementTree.SubElement(box, name).text = str(value)
    ElementTree.indent(top)
    return ElementTree.tostring(top) + b"\n"
