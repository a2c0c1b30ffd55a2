"""Cells of contact sheets: an image with a caption, or the reason why there is none."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int16, UInt8
from PIL import Image

from seedmask.dataset.catalogue import Catalogue
from seedmask.dataset.index import Row
from seedmask.labels import LabelSet
from seedmask.methods.threshold import strongest
from seedmask.methods.weak_labels import labelled
from seedmask.report.drawing import heat_over, labels_over, small_image, small_mask
from seedmask.storage.canvas import BACKGROUND, SCORE
from seedmask.storage.reader import StoredVariant

LONGEST = 320
"""Pixels of a picture's longer side on a sheet."""


@dataclass(frozen=True)
class Cell:
    """An image with a caption, or no image and the reason."""

    image: Image.Image | None
    text: str = ""


def image_cell(image: UInt8[np.ndarray, "H W 3"], row: Row, catalogue: Catalogue) -> Cell:
    """The image with its tags."""
    return Cell(small_image(image, LONGEST), _names(row.tags, catalogue.index.classes))


def heat_cell(
    image: UInt8[np.ndarray, "H W 3"],
    cams: Float[np.ndarray, "K H W"],
    classes: Int16[np.ndarray, " K"],
    names: Sequence[str],
) -> Cell:
    """The strongest activation, 0..1, as heat over the image."""
    if len(classes) == 0:
        return Cell(None, "no class in this picture")
    over = heat_over(image, strongest(cams, classes)[1])
    return Cell(small_image(over, LONGEST), _names(classes.tolist(), names))


def saliency_cell(image: UInt8[np.ndarray, "H W 3"], reference: str, row: Row, stored: StoredVariant) -> Cell:
    """Stored saliency, 0..1, as heat over the image."""
    if row.id not in stored:
        return absent_cell(reference, row)
    return Cell(small_image(heat_over(image, stored.read(row.id)["map"]), LONGEST), "saliency")


def weak_label_cell(
    image: UInt8[np.ndarray, "H W 3"], reference: str, row: Row, stored: StoredVariant, catalogue: Catalogue
) -> Cell:
    """Stored labels over the grey image, single pixels enlarged to be visible."""
    if row.id not in stored:
        return absent_cell(reference, row)
    labels = stored.read(row.id)["label"]
    present = np.unique(labels[labelled(labels) & (labels > 0)])
    share = f"{labelled(labels).mean():.2%} labelled"
    names = _names((present - 1).tolist(), catalogue.index.classes, "no class")
    return Cell(small_image(labels_over(image, labels, LONGEST), LONGEST), f"{names}; {share}")


def scores_cell(
    image: UInt8[np.ndarray, "H W 3"], reference: str, row: Row, stored: StoredVariant, catalogue: Catalogue
) -> Cell:
    """Stored score maps, 0..1, as heat over the image, one below the other: background, if it has one, and classes."""
    if row.id not in stored:
        return absent_cell(reference, row)
    arrays = stored.read(row.id)
    background = [arrays[SCORE + BACKGROUND]] if SCORE + BACKGROUND in arrays else []
    scores = [*background, *arrays[SCORE]]
    drawn = np.concatenate([heat_over(image, score) for score in scores])
    names = _names(arrays["classes"].tolist(), catalogue.index.classes)
    return Cell(small_image(drawn, LONGEST), ("background, " if background else "") + names)


def mask_cell(reference: str, row: Row, stored: StoredVariant, catalogue: Catalogue) -> Cell:
    """A stored mask or prediction."""
    if row.id not in stored:
        return absent_cell(reference, row)
    return labels_cell(stored.read(row.id)["mask"], catalogue.index.labels)


def absent_cell(reference: str, row: Row) -> Cell:
    """The reason why a variant has no image here."""
    return Cell(None, f"no {reference.split('/')[0]} for {row.split} pictures")


def truth_cell(row: Row, catalogue: Catalogue) -> Cell:
    """The truth mask, if the image has one."""
    if row.mask is None:
        return Cell(None, "no truth mask")
    return labels_cell(catalogue.truth(row), catalogue.index.labels)


def labels_cell(mask: UInt8[np.ndarray, "H W"], labels: LabelSet) -> Cell:
    """A mask in its colours, with the classes in it."""
    none = "all background" if labels.background else "all ignored"
    present = np.flatnonzero(np.bincount(mask.ravel(), minlength=256)[1:255])
    return Cell(small_mask(mask, LONGEST), _names(present.tolist(), labels.classes, none))


def _names(tags: Iterable[int] | None, classes: Sequence[str], none: str = "no class") -> str:
    return "no tags" if tags is None else ", ".join(classes[tag] for tag in tags) or none
