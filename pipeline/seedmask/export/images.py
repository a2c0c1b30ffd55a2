"""Results as image files: palette masks, confidence, saliency, heat, and CAMs of single classes."""

import re
from pathlib import Path

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from seedmask.dataset.catalogue import Catalogue
from seedmask.dataset.images import palette, save_mask
from seedmask.errors import SeedmaskError
from seedmask.export.variants import (
    StoredMasks,
    StoredPictures,
    open_variant,
    refuse_existing,
    require_array,
    text_of_lines,
    write_each,
)
from seedmask.methods.threshold import strongest
from seedmask.report.drawing import heat_over

IGNORED = 255


def export_masks(results: Path, reference: str, out: Path, *, force: bool = False) -> int:
    """Write `<out>/<image id>.png` with the VOC palette: 0 background, 1 the first class, 255 ignored.

    Each file is read back and compared with the mask.

    Args:
        results: `results/<data set>`.
        reference: a variant of masks or predictions.
        out: folder of the files.
        force: overwrite existing files.

    Returns:
        Number of files.

    Raises:
        SeedmaskError: the variant has no masks; a file exists; a file does not hold its mask.
    """
    masks = StoredMasks(results, reference)
    rows = {row.id: row for row in masks.rows}

    def save(image: str, path: Path) -> None:
        mask = masks.read(rows[image])
        save_mask(path, mask)
        check_mask_file(path, mask, len(masks.classes))

    return write_each(rows, out, ".png", save, force=force)


def export_voc(results: Path, reference: str, out: Path, *, force: bool = False) -> int:
    """Write masks in VOC's layout: `SegmentationClass`, a list of ids for each split, and `classes.txt`.

    An id is the path of an image below the folder of the pictures, without suffix. Args and errors as for
    `export_masks`; an id that no list can hold is an error too.
    """
    masks = StoredMasks(results, reference)
    lists = out / "ImageSets" / "Segmentation"
    splits = {split: [row.id for row in masks.rows if row.split == split] for split in masks.catalogue.index.splits}
    listed = {lists / f"{split}.txt": ids for split, ids in splits.items() if ids}
    listed[out / "classes.txt"] = list(masks.classes)
    texts = {path: text_of_lines(path, lines) for path, lines in listed.items()}
    refuse_existing(texts, force=force)
    count = export_masks(results, reference, out / "SegmentationClass", force=force)
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return count + len(texts)


def export_confidence(results: Path, reference: str, out: Path, *, force: bool = False) -> int:
    """Write `<out>/<image id>.png` in 8-bit grey: the probability of each label, 255 for 1."""
    message = f"{reference} holds no confidence; predictions do"
    return _export_grey(results, reference, out, "confidence", message, force=force)


def export_saliency(results: Path, reference: str, out: Path, *, force: bool = False) -> int:
    """Write `<out>/<image id>.png` in 8-bit grey, 255 for the most salient: the format that `method: folder` reads."""
    message = f"{reference} holds no saliency; variants of saliency do"
    return _export_grey(results, reference, out, "map", message, force=force)


def _export_grey(results: Path, reference: str, out: Path, array: str, message: str, *, force: bool) -> int:
    stored = open_variant(results, reference)
    require_array(stored, array, message)
    pictures = StoredPictures(stored, Catalogue(results))

    def save(picture: str, path: Path) -> None:
        values = pictures.values(picture, lambda arrays: arrays[array])
        Image.fromarray(np.rint(values * 255).astype(np.uint8)).save(path)

    return write_each([row.id for row in pictures.rows], out, ".png", save, force=force)


def export_heat(results: Path, reference: str, out: Path, *, force: bool = False) -> int:
    """Write `<out>/<image id>.jpg`: the strongest activation as heat over the image, of images with a class."""
    stored, catalogue = open_variant(results, reference), Catalogue(results)
    require_array(stored, "cam", f"{reference} holds no activation maps; seeds do")
    pictures = StoredPictures(stored, catalogue)
    rows = {row.id: row for row in pictures.rows}

    def save(picture: str, path: Path) -> None:
        score = pictures.values(picture, lambda arrays: strongest(arrays["cam"], arrays["classes"])[1])
        Image.fromarray(heat_over(catalogue.picture(rows[picture]), score)).save(path, quality=90)

    return write_each(rows, out, ".jpg", save, force=force)


def export_cams(results: Path, reference: str, out: Path, *, force: bool = False) -> int:
    """Write `<out>/<image id>/<class>.tif`: the activation of each of the image's classes, 32-bit floats in 0..1.

    The file name keeps letters, digits, `-` and `_` of the class; its number comes first, so that names stay unique.
    """
    stored, catalogue = open_variant(results, reference), Catalogue(results)
    require_array(stored, "cam", f"{reference} holds no activation maps; seeds do")
    plain = [re.sub(r"[^\w-]+", "_", name) for name in catalogue.index.classes]
    pictures = StoredPictures(stored, catalogue)
    paths = {
        row.id: [out / row.id / f"{c + 1:03d}_{plain[c]}.tif" for c in pictures.classes(row.id)]
        for row in pictures.rows
    }
    refuse_existing((path for files in paths.values() for path in files), force=force)
    for picture, files in paths.items():
        for slot, path in enumerate(files):
            path.parent.mkdir(parents=True, exist_ok=True)
            cam = pictures.values(picture, lambda arrays, slot=slot: arrays["cam"][slot])
            Image.fromarray(cam.astype(np.float32)).save(path)
    return sum(map(len, paths.values()))


def check_mask_file(path: Path, mask: UInt8[np.ndarray, "H W"], classes: int) -> None:
    """Check that a file is a palette PNG with the VOC colours that holds exactly this mask.

    Raises:
        SeedmaskError: it does not, or the mask has labels beyond the classes.
    """
    labels = np.unique(mask)
    beyond = [int(label) for label in labels if classes < label < IGNORED]
    if beyond:
        raise SeedmaskError(f"{path}: labels {beyond}, but there are {classes} classes; run `seedmask verify`")
    with Image.open(path) as image:
        colours = np.array(image.getpalette() or [], np.uint8).reshape(-1, 3)
        used = labels[labels < len(colours)]
        fits = image.mode == "P" and np.array_equal(np.asarray(image), mask)
        if not fits or len(used) < len(labels) or not np.array_equal(colours[used], palette()[used]):
            raise SeedmaskError(f"{path}: does not hold the mask that was written; check the disk and export again")
