"""Making of a set: in parallel, whole or not at all, and only when something has changed."""

import hashlib
import importlib.metadata
import json
import multiprocessing
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
from jaxtyping import Bool, UInt8
from PIL import Image
from tqdm import tqdm

from seedmask.dataset.images import save_mask
from seedmask.errors import SeedmaskError

IGNORE = 255


@dataclass(frozen=True)
class VisibleObject:
    """One object that is visible."""

    name: str
    """Its class."""
    box: tuple[int, int, int, int]
    """Left, top, right, bottom of its visible part, in pixels counted from 1, ends included, as VOC has it."""


@dataclass(frozen=True)
class Sample:
    """An image with its truth."""

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


HERE = Path(__file__).parent
STAMP = ".fingerprint"
LIBRARIES = ("numpy", "pillow", "scipy")


def fingerprint(settings: Mapping[str, Any]) -> str:
    """All that the bytes of a set depend on: its settings, this generator with its tables, and the libraries."""
    hashed = hashlib.sha256(json.dumps(settings, sort_keys=True).encode())
    for path in sorted([*HERE.rglob("*.py"), *HERE.glob("*.csv")]):
        hashed.update(path.relative_to(HERE).as_posix().encode() + path.read_bytes())
    for library in LIBRARIES:
        hashed.update(f"{library} {importlib.metadata.version(library)}".encode())
    return hashed.hexdigest()


def is_made(folder: Path, mark: str) -> bool:
    """Whether the folder holds the complete set with this fingerprint."""
    stamp = folder / STAMP
    return stamp.is_file() and stamp.read_text() == mark


def make(
    folder: Path,
    mark: str,
    draw: Callable[[str, int], Sample],
    counts: Mapping[str, int],
    classes: Sequence[str],
    texts: Mapping[str, bytes],
    *,
    masks: bool = True,
    workers: int = 1,
) -> None:
    """Draw all pictures into a new folder beside `folder` and put it in its place when it is complete.

    Args:
        folder: the set; replaced if it was made by this generator.
        mark: fingerprint, left in the folder.
        draw: makes the picture of a split and number; must be picklable if there are several workers.
        counts: pictures of each split.
        classes: names in class-number order.
        texts: further files at the top of the set, by name.
        masks: whether to write truth masks.
        workers: processes.

    Raises:
        SeedmaskError: `folder` holds something that this generator has not made.
    """
    if folder.exists() and not (folder / STAMP).is_file():
        raise SeedmaskError(
            f"{folder} exists, but was not made by the demo generator (it has no {STAMP} file); "
            "move it away, or choose another folder with --out"
        )
    ids = {split: [f"{split}_{number:04d}" for number in range(count)] for split, count in counts.items()}
    tasks = [(split, number) for split, count in counts.items() for number in range(count)]
    partial_folder = folder.with_name(f".{folder.name}.{os.getpid()}.part")
    shutil.rmtree(partial_folder, ignore_errors=True)
    try:
        _draw_all(partial(_draw_one, partial_folder, draw, masks), tasks, folder.name, workers)
        write_lists(partial_folder, classes, ids)
        for name, text in texts.items():
            (partial_folder / name).write_bytes(text)
        (partial_folder / STAMP).write_text(mark)
        shutil.rmtree(folder, ignore_errors=True)
        partial_folder.replace(folder)
    finally:
        shutil.rmtree(partial_folder, ignore_errors=True)


def _draw_one(folder: Path, draw: Callable[[str, int], Sample], masks: bool, task: tuple[str, int]) -> None:
    split, number = task
    write_sample(folder, f"{split}_{number:04d}", draw(split, number), masks)


def _draw_all(
    job: Callable[[tuple[str, int]], None], tasks: Sequence[tuple[str, int]], name: str, workers: int
) -> None:
    progress = partial(tqdm, total=len(tasks), desc=f"drawing {name}", unit="picture", mininterval=1)
    if workers == 1:
        for _ in progress(map(job, tasks)):
            pass
        return
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        for _ in progress(pool.map(job, tasks, chunksize=4)):
            pass
