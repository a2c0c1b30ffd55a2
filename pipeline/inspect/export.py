"""Results as picture files named by image: palette masks, confidences, and heat over the pictures."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from pipeline.data.catalogue import Catalogue
from pipeline.data.loading import palette, save_mask
from pipeline.errors import SeedmaskError
from pipeline.inspect.pictures import heat_over
from pipeline.job import SHARDED
from pipeline.methods.threshold import strongest
from pipeline.storage.reader import StoredVariant
from pipeline.storage.verify import expected_shards, variants

IGNORED = 255
Save = Callable[[str, Path], None]


def open_variant(results: Path, reference: str) -> StoredVariant:
    """All shards of a variant.

    Raises:
        SeedmaskError: there is no such variant, or a shard is not finished.
    """
    known = variants(results, SHARDED)
    if reference not in known:
        raise SeedmaskError(f"{results} holds no {reference!r}; there are: {', '.join(known) or 'no results'}")
    return StoredVariant(results, reference, expected_shards(results, reference))


def export_masks(results: Path, reference: str, out: Path, *, force: bool = False) -> int:
    """Write `<out>/<image id>.png` with the VOC palette: 0 background, 1 the first class, 255 ignored.

    Each file is read back and compared.

    Args:
        results: `results/<data set>`.
        reference: a variant of masks or predictions.
        out: folder of the files.
        force: overwrite files that are there.

    Returns:
        Number of files.

    Raises:
        SeedmaskError: the variant has no masks; a file is there already; a file does not hold its mask.
    """
    stored = open_variant(results, reference)
    instead = "its maps (--saliency)" if reference.startswith("saliency/") else "its heat (--heat)"
    require(stored, "mask", f"{reference} holds no masks; export {instead}, or a variant of masks")
    classes = Catalogue(results).index.classes

    def save(image: str, path: Path) -> None:
        mask = stored.read(image)["mask"]
        save_mask(path, mask)
        check_mask_file(path, mask, len(classes))

    return _write_all(stored, out, ".png", save, force=force)


def export_confidence(results: Path, reference: str, out: Path, *, force: bool = False) -> int:
    """Write `<out>/<image id>.png` in 8-bit grey: the probability of each label, 255 for 1."""
    otherwise = f"{reference} holds no confidence; predictions do"
    return _export_grey(results, reference, out, "confidence", otherwise, force=force)


def export_saliency(results: Path, reference: str, out: Path, *, force: bool = False) -> int:
    """Write `<out>/<image id>.png` in 8-bit grey, 255 for the most salient: what `method: folder` reads."""
    otherwise = f"{reference} holds no saliency; variants of saliency do"
    return _export_grey(results, reference, out, "map", otherwise, force=force)


def _export_grey(results: Path, reference: str, out: Path, array: str, otherwise: str, *, force: bool) -> int:
    stored = open_variant(results, reference)
    require(stored, array, otherwise)

    def save(image: str, path: Path) -> None:
        grey = np.rint(stored.read(image)[array] * 255).astype(np.uint8)
        Image.fromarray(grey).save(path)

    return _write_all(stored, out, ".png", save, force=force)


def export_heat(results: Path, reference: str, out: Path, *, force: bool = False) -> int:
    """Write `<out>/<image id>.jpg`: the strongest activation as heat over the picture, of images that have a class."""
    stored, catalogue = open_variant(results, reference), Catalogue(results)
    require(stored, "cam", f"{reference} holds no activation maps; seeds do")
    rows = {row.id: row for row in catalogue.index.rows}

    def save(image: str, path: Path) -> None:
        maps, picture = stored.read(image), catalogue.picture(rows[image])
        score = strongest(maps["cam"], maps["classes"])[1]
        Image.fromarray(heat_over(picture, score)).save(path, quality=90)

    return _write_all(stored, out, ".jpg", save, force=force)


def check_mask_file(path: Path, mask: UInt8[np.ndarray, "H W"], classes: int) -> None:
    """Prove that a file is a palette PNG with the VOC colours that holds just this mask.

    Raises:
        SeedmaskError: it is not, or the mask has labels beyond the classes.
    """
    labels = np.unique(mask)
    beyond = [int(label) for label in labels if classes < label < IGNORED]
    if beyond:
        raise SeedmaskError(f"{path}: labels {beyond}, but there are {classes} classes; run `seedmask verify`")
    with Image.open(path) as picture:
        colours = np.array(picture.getpalette() or [], np.uint8).reshape(-1, 3)
        used = labels[labels < len(colours)]
        fits = picture.mode == "P" and np.array_equal(np.asarray(picture), mask)
        if not fits or len(used) < len(labels) or not np.array_equal(colours[used], palette()[used]):
            raise SeedmaskError(f"{path}: does not hold the mask that was written; check the disk and export again")


def require(stored: StoredVariant, array: str, otherwise: str) -> None:
    """Refuse a variant that does not hold an array.

    Raises:
        SeedmaskError: with the text `otherwise`.
    """
    if stored.ids and array not in stored.read(stored.ids[0]):
        raise SeedmaskError(otherwise)


def _write_all(stored: StoredVariant, out: Path, suffix: str, save: Save, *, force: bool) -> int:
    """Save every image; nothing is written if a file is in the way."""
    paths = {image: out / f"{image}{suffix}" for image in stored.ids}
    there = [path for path in paths.values() if path.exists()]
    if there and not force:
        more = f" and {len(there) - 1} more files are" if len(there) > 1 else " is"
        raise SeedmaskError(f"{there[0]}{more} there already; choose another folder, or overwrite with --force")
    for image, path in paths.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        save(image, path)
    return len(paths)
