"""Contact sheets: the same pictures through every step, one column a step; a cell without a picture says why."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int16, UInt8
from PIL import Image

from seedmask.dataset.catalogue import Catalogue
from seedmask.dataset.index import Row
from seedmask.methods.threshold import strongest, threshold_labels
from seedmask.methods.weak_labels import labelled
from seedmask.report.chain import Chain, Variants
from seedmask.report.drawing import heat_over, labels_over, small_mask, small_picture
from seedmask.storage.canvas import BACKGROUND, SCORE
from seedmask.storage.reader import StoredVariant

LONGEST = 320
"""Pixels of a picture's longer side on a sheet."""


@dataclass(frozen=True)
class Cell:
    """A picture with a caption, or no picture and the reason."""

    image: Image.Image | None
    text: str = ""


@dataclass(frozen=True)
class SheetLine:
    """One picture of the data set through all steps."""

    id: str
    split: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Sheet:
    """A contact sheet."""

    title: str
    note: str
    """How truth masks went into it; empty where they did not."""
    columns: tuple[tuple[str, str], ...]
    """Heading of each column, and what it was made by."""
    lines: tuple[SheetLine, ...]


@dataclass(frozen=True)
class Sources:
    """Where a sheet's pictures come from.

    Args:
        catalogue: the data set.
        variants: all variants of the configuration.
        stored: the results of the chain, by reference.
        threshold: background score of the seed mask, as `{"mode": "label_free", "value": 0.3}`; none without seeds.
    """

    catalogue: Catalogue
    variants: Variants
    stored: Mapping[str, StoredVariant]
    threshold: Mapping[str, Any] | None


def draw_sheet(chain: Chain, rows: Iterable[Row], sources: Sources) -> Sheet:
    """The sheet of a chain: image | saliency | CAM | seed mask | weak labels | refined | prediction | truth.

    Columns of what a chain does not have are left out, unless it learned from truth in their place.
    """
    columns = [("image", "tags")]
    if chain.saliency:
        columns.append(("saliency", chain.saliency))
    if _shows_seeds(chain):
        columns += [("CAM", chain.seeds or "none"), ("seed mask", _threshold_words(sources.threshold))]
    if chain.weak_labels:
        columns.append(("weak labels", chain.weak_labels))
    if _shows_masks(chain):
        columns.append(("refined", chain.masks or "none"))
    if chain.predictions:
        columns.append(("prediction", chain.predictions))
    note = "; ".join(sources.stored[chain.end].pixel_labels()) if chain.end else ""
    columns.append(("truth", "not for scores only: see above" if note else "for scores only"))
    lines = tuple(SheetLine(row.id, row.split, tuple(_cells(chain, row, sources))) for row in rows)
    return Sheet(chain.end or "pictures", note, tuple(columns), lines)


def _cells(chain: Chain, row: Row, sources: Sources) -> Iterable[Cell]:
    picture = sources.catalogue.image(row)
    yield picture_cell(picture, row, sources.catalogue)
    if chain.saliency:
        yield saliency_cell(picture, chain.saliency, row, sources.stored[chain.saliency])
    if _shows_seeds(chain):
        yield from _seed_cells(chain, row, picture, sources)
    if chain.weak_labels:
        yield weak_label_cell(picture, chain.weak_labels, row, sources.stored[chain.weak_labels], sources.catalogue)
    if _shows_masks(chain):
        yield _refined_cell(chain, row, sources)
    if chain.predictions:
        yield mask_cell(chain.predictions, row, sources.stored[chain.predictions], sources.catalogue)
    yield truth_cell(row, sources.catalogue)


def _shows_seeds(chain: Chain) -> bool:
    return bool(chain.seeds or (chain.end and not chain.weak_labels))


def _shows_masks(chain: Chain) -> bool:
    return bool(chain.masks or (chain.predictions and not chain.weak_labels))


def _seed_cells(chain: Chain, row: Row, picture: UInt8[np.ndarray, "H W 3"], sources: Sources) -> tuple[Cell, Cell]:
    if chain.seeds is None:
        why = Cell(None, f"none: {chain.segmenter} learns from truth masks")
        return why, why
    if row.id not in sources.stored[chain.seeds]:
        return absent_cell(chain.seeds, row), absent_cell(chain.seeds, row)
    maps = sources.stored[chain.seeds].read(row.id)
    names = sources.catalogue.index.classes
    mask = threshold_labels(maps["cam"], maps["classes"], sources.threshold["value"])
    return heat_cell(picture, maps["cam"], maps["classes"], names), _labels_cell(mask, names)


def _refined_cell(chain: Chain, row: Row, sources: Sources) -> Cell:
    if chain.masks is None:
        return Cell(None, f"none: {chain.segmenter} learns from truth masks")
    if sources.variants[chain.masks]["is_seed_mask"]:
        return Cell(None, f"not refined: {chain.masks} is the seed mask")
    return mask_cell(chain.masks, row, sources.stored[chain.masks], sources.catalogue)


def picture_cell(picture: UInt8[np.ndarray, "H W 3"], row: Row, catalogue: Catalogue) -> Cell:
    """The picture with its tags."""
    return Cell(small_picture(picture, LONGEST), _names(row.tags, catalogue.index.classes))


def heat_cell(
    picture: UInt8[np.ndarray, "H W 3"],
    cams: Float[np.ndarray, "K H W"],
    classes: Int16[np.ndarray, " K"],
    names: Sequence[str],
) -> Cell:
    """The strongest activation, 0..1, as heat over the picture."""
    if len(classes) == 0:
        return Cell(None, "no class in this picture")
    over = heat_over(picture, strongest(cams, classes)[1])
    return Cell(small_picture(over, LONGEST), _names(classes.tolist(), names))


def saliency_cell(picture: UInt8[np.ndarray, "H W 3"], reference: str, row: Row, stored: StoredVariant) -> Cell:
    """Stored saliency, 0..1, as heat over the picture."""
    if row.id not in stored:
        return absent_cell(reference, row)
    return Cell(small_picture(heat_over(picture, stored.read(row.id)["map"]), LONGEST), "saliency")


def weak_label_cell(
    picture: UInt8[np.ndarray, "H W 3"], reference: str, row: Row, stored: StoredVariant, catalogue: Catalogue
) -> Cell:
    """Stored labels over the grey picture, single pixels enlarged so that they are seen."""
    if row.id not in stored:
        return absent_cell(reference, row)
    labels = stored.read(row.id)["label"]
    present = np.unique(labels[labelled(labels) & (labels > 0)])
    share = f"{labelled(labels).mean():.2%} labelled"
    names = _names((present - 1).tolist(), catalogue.index.classes, "no class")
    return Cell(small_picture(labels_over(picture, labels, LONGEST), LONGEST), f"{names}; {share}")


def scores_cell(
    picture: UInt8[np.ndarray, "H W 3"], reference: str, row: Row, stored: StoredVariant, catalogue: Catalogue
) -> Cell:
    """Stored score maps, 0..1, as heat over the picture: background and each class, one below the other."""
    if row.id not in stored:
        return absent_cell(reference, row)
    arrays = stored.read(row.id)
    maps = [arrays[SCORE + BACKGROUND], *arrays[SCORE]]
    drawn = np.concatenate([heat_over(picture, score) for score in maps])
    names = _names(arrays["classes"].tolist(), catalogue.index.classes)
    return Cell(small_picture(drawn, LONGEST), f"background, {names}")


def mask_cell(reference: str, row: Row, stored: StoredVariant, catalogue: Catalogue) -> Cell:
    """A stored mask or prediction."""
    if row.id not in stored:
        return absent_cell(reference, row)
    return _labels_cell(stored.read(row.id)["mask"], catalogue.index.classes)


def absent_cell(reference: str, row: Row) -> Cell:
    """Why there is no picture of a variant."""
    return Cell(None, f"no {reference.split('/')[0]} for {row.split} pictures")


def truth_cell(row: Row, catalogue: Catalogue) -> Cell:
    """The truth mask, where there is one."""
    if row.mask is None:
        return Cell(None, "no truth mask")
    return _labels_cell(catalogue.truth(row), catalogue.index.classes)


def _labels_cell(mask: UInt8[np.ndarray, "H W"], classes: Sequence[str]) -> Cell:
    present = np.flatnonzero(np.bincount(mask.ravel(), minlength=256)[1:255])
    return Cell(small_mask(mask, LONGEST), _names(present.tolist(), classes, "all background"))


def _names(tags: Iterable[int] | None, classes: Sequence[str], none: str = "no class") -> str:
    return "no tags" if tags is None else ", ".join(classes[tag] for tag in tags) or none


def _threshold_words(threshold: Mapping[str, Any] | None) -> str:
    if threshold is None:
        return "none"
    marked = " (pixel labels)" if threshold["mode"] == "oracle" else ""
    return f"{threshold['mode']} {threshold['value']:.3f}{marked}"
