"""Any variants side by side on the same images, as one picture."""

import importlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from seedmask.config.registry import options_of
from seedmask.config.stages import stage_of
from seedmask.dataset.catalogue import Catalogue
from seedmask.dataset.index import Row
from seedmask.errors import SeedmaskError
from seedmask.export.variants import open_variant
from seedmask.report.cells import (
    Cell,
    absent_cell,
    heat_cell,
    image_cell,
    mask_cell,
    saliency_cell,
    scores_cell,
    truth_cell,
    weak_label_cell,
)
from seedmask.report.chain import select_images
from seedmask.report.sheet import Sheet, SheetLine, draw_overview
from seedmask.storage.canvas import BACKGROUND, SCORE
from seedmask.storage.reader import StoredVariant

Change = Callable[[np.ndarray], np.ndarray | None]
"""CAMs of an image as a method changes them before it uses them; None if it takes them unchanged."""


@dataclass(frozen=True)
class _Column:
    """A variant; or the seeds of a mask as its method changes them."""

    reference: str
    made_by: str
    stored: StoredVariant
    change: Change | None = None
    scores: bool = False
    """Whether to show its scores instead of its masks."""


def compare_variants(
    results: Path, references: Sequence[str], images: Sequence[str] = (), count: int = 4
) -> Image.Image:
    """A contact sheet: image | each variant | truth. Seeds and saliency are heat, the others are labels.

    If the method of a mask changes its seeds first, a column before the mask shows the changed seeds; if it stores
    scores, a column before the mask shows those of the image's classes.

    Args:
        results: `results/<data set>`.
        references: variants of saliency, seeds, masks, weak labels and predictions, in the order of the columns.
        images: ids to show; selected when there are none.
        count: how many to select, among those that all the variants hold.

    Raises:
        SeedmaskError: a variant or an image does not exist, or a variant is not finished.
    """
    catalogue = Catalogue(results)
    columns = [column for reference in references for column in _columns(results, reference)]
    rows = _rows(catalogue, columns, images, count)
    headings = [("image", "tags"), *((column.reference, column.made_by) for column in columns), ("truth", "")]
    lines = [SheetLine(row.id, row.split, tuple(_cells(catalogue, columns, row))) for row in rows]
    return draw_overview([Sheet(results.name, "", tuple(headings), tuple(lines))], catalogue.index.labels)


def _columns(results: Path, reference: str) -> Iterator[_Column]:
    stored = open_variant(results, reference)
    settings = stored.settings()
    if change := _change(reference, settings):
        yield _Column(settings["from"], f"as {reference} sees it", open_variant(results, settings["from"]), change)
    if stored.ids and SCORE in (arrays := stored.read(stored.ids[0])):
        first = ", background first" if SCORE + BACKGROUND in arrays else ""
        yield _Column(reference, f"scores{first}", stored, scores=True)
    yield _Column(reference, _description(stored), stored)


def _change(reference: str, settings: Mapping[str, Any]) -> Change | None:
    """`changed_cams` of the module that made a mask, if it has one and its options change anything."""
    if stage_of(reference).name != "masks":
        return None
    options = options_of("masks", settings)
    changed = getattr(importlib.import_module(options.runs), "changed_cams", None)
    if changed is None or changed(np.zeros((1, 1, 1), np.float32), options) is None:
        return None
    return partial(changed, options=options)


def _description(stored: StoredVariant) -> str:
    settings = stored.settings()
    parts = [str(settings[key]) for key in ("method", "from") if settings.get(key)]
    return ", ".join([*parts, *["uses pixel labels"] * bool(stored.pixel_labels())])


def _rows(catalogue: Catalogue, columns: Sequence[_Column], images: Sequence[str], count: int) -> list[Row]:
    rows = {row.id: row for row in catalogue.index.rows}
    unknown = [name for name in images if name not in rows]
    if unknown:
        known = next(iter(rows))
        raise SeedmaskError(f"no image {unknown[0]!r} in the data set; name images as its index does: {known}")
    if images:
        return [rows[name] for name in images]
    held = [row for row in rows.values() if all(row.id in column.stored for column in columns)]
    if not held:
        raise SeedmaskError("no image is in all of these variants; name variants of the same splits, or images")
    return select_images(held, count)


def _cells(catalogue: Catalogue, columns: Sequence[_Column], row: Row) -> Iterator[Cell]:
    image = catalogue.image(row)
    yield image_cell(image, row, catalogue)
    for column in columns:
        if stage_of(column.reference).holds == "heat":
            yield saliency_cell(image, column.reference, row, column.stored)
        elif stage_of(column.reference).holds == "labels":
            yield weak_label_cell(image, column.reference, row, column.stored, catalogue)
        elif column.scores:
            yield scores_cell(image, column.reference, row, column.stored, catalogue)
        elif column.change is None and stage_of(column.reference).holds != "cams":
            yield mask_cell(column.reference, row, column.stored, catalogue)
        elif row.id not in column.stored:
            yield absent_cell(column.reference, row)
        else:
            arrays = column.stored.read(row.id)
            changed = column.change(arrays["cam"]) if column.change else None
            cams = arrays["cam"] if changed is None else changed
            yield heat_cell(image, cams, arrays["classes"], catalogue.index.classes)
    yield truth_cell(row, catalogue)
