"""Contact sheets: the same images through every step, one column a step; and all sheets drawn as one picture."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import UInt8
from PIL import Image, ImageDraw, ImageFont

from seedmask.dataset.catalogue import Catalogue
from seedmask.dataset.index import Row
from seedmask.labels import LabelSet
from seedmask.methods.threshold import threshold_labels
from seedmask.report.cells import (
    Cell,
    absent_cell,
    heat_cell,
    image_cell,
    labels_cell,
    mask_cell,
    saliency_cell,
    truth_cell,
    weak_label_cell,
)
from seedmask.report.chain import Chain, Variants
from seedmask.report.drawing import colour_legend
from seedmask.report.rankings import Extremes
from seedmask.storage.reader import StoredVariant

CELL, GAP, LABEL = 200, 8, 34
"""Pixels of a cell's side, between cells, and of the text below or above a cell."""
SWATCH = 12
PAPER, INK, PALE = "white", "#222222", "#777777"
WARNING = "#9a3412"
_FONT, _TITLE = ImageFont.load_default(12), ImageFont.load_default(18)


@dataclass(frozen=True)
class SheetLine:
    """One image of the data set through all steps."""

    id: str
    split: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Sheet:
    """A contact sheet."""

    title: str
    note: str
    """How truth masks were used; empty if they were not."""
    columns: tuple[tuple[str, str], ...]
    """Heading of each column, and the variant that made it."""
    lines: tuple[SheetLine, ...]


@dataclass(frozen=True)
class Sources:
    """The stored results behind a sheet.

    Args:
        catalogue: the data set.
        variants: all variants of the configuration.
        stored: the results of the chain, by reference.
        threshold: background score of the seed mask, as `{"mode": "label_free", "value": 0.3}`; without background
            `{"mode": "none"}`; None without seeds.
    """

    catalogue: Catalogue
    variants: Variants
    stored: Mapping[str, StoredVariant]
    threshold: Mapping[str, Any] | None


def draw_sheet(chain: Chain, rows: Iterable[Row], sources: Sources) -> Sheet:
    """The sheet of a chain: image | saliency | CAM | seed mask | weak labels | refined | prediction | truth.

    A column is left out if the chain has no such step, unless truth took the place of the step.
    """
    columns = [("image", "tags")]
    if chain.saliency:
        columns.append(("saliency", chain.saliency))
    if _shows_seeds(chain, sources):
        columns += [("CAM", chain.seeds or "none"), ("seed mask", _threshold_text(sources.threshold))]
    if chain.weak_labels:
        columns.append(("weak labels", chain.weak_labels))
    if _shows_masks(chain, sources):
        columns.append(("refined", chain.masks or "none"))
    if chain.predictions:
        columns.append(("prediction", chain.predictions))
    note = "; ".join(sources.stored[chain.end].pixel_labels()) if chain.end else ""
    columns.append(("truth", "not for scores only: see above" if note else "for scores only"))
    lines = tuple(SheetLine(row.id, row.split, tuple(_cells(chain, row, sources))) for row in rows)
    return Sheet(chain.end or "pictures", note, tuple(columns), lines)


def _cells(chain: Chain, row: Row, sources: Sources) -> Iterable[Cell]:
    image = sources.catalogue.image(row)
    yield image_cell(image, row, sources.catalogue)
    if chain.saliency:
        yield saliency_cell(image, chain.saliency, row, sources.stored[chain.saliency])
    if _shows_seeds(chain, sources):
        yield from _seed_cells(chain, row, image, sources)
    if chain.weak_labels:
        yield weak_label_cell(image, chain.weak_labels, row, sources.stored[chain.weak_labels], sources.catalogue)
    if _shows_masks(chain, sources):
        yield _refined_cell(chain, row, sources)
    if chain.predictions:
        yield mask_cell(chain.predictions, row, sources.stored[chain.predictions], sources.catalogue)
    yield truth_cell(row, sources.catalogue)


def _shows_seeds(chain: Chain, sources: Sources) -> bool:
    return bool(chain.seeds or _learns_from_truth(chain, sources))


def _shows_masks(chain: Chain, sources: Sources) -> bool:
    return bool(chain.masks or _learns_from_truth(chain, sources))


def _learns_from_truth(chain: Chain, sources: Sources) -> bool:
    return bool(chain.segmenter and sources.variants[chain.segmenter]["reads_truth"])


def _seed_cells(chain: Chain, row: Row, image: UInt8[np.ndarray, "H W 3"], sources: Sources) -> tuple[Cell, Cell]:
    if chain.seeds is None:
        why = Cell(None, f"none: {chain.segmenter} learns from truth masks")
        return why, why
    if row.id not in sources.stored[chain.seeds]:
        return absent_cell(chain.seeds, row), absent_cell(chain.seeds, row)
    if sources.threshold is None:
        raise ValueError(f"{chain.seeds} has no threshold for its seed mask")
    arrays, labels = sources.stored[chain.seeds].read(row.id), sources.catalogue.index.labels
    kind = "constant" if labels.background else "none"
    mask = threshold_labels(arrays["cam"], arrays["classes"], sources.threshold.get("value", 0), kind)
    return heat_cell(image, arrays["cam"], arrays["classes"], labels.classes), labels_cell(mask, labels)


def _refined_cell(chain: Chain, row: Row, sources: Sources) -> Cell:
    if chain.masks is None:
        return Cell(None, f"none: {chain.segmenter} learns from truth masks")
    if sources.variants[chain.masks]["is_seed_mask"]:
        return Cell(None, f"not refined: {chain.masks} is the seed mask")
    return mask_cell(chain.masks, row, sources.stored[chain.masks], sources.catalogue)


def _threshold_text(threshold: Mapping[str, Any] | None) -> str:
    if threshold is None or threshold["mode"] == "none":
        return "none"
    marked = " (pixel labels)" if threshold["mode"] == "oracle" else ""
    return f"{threshold['mode']} {threshold['value']:.3f}{marked}"


def draw_extremes(chosen: Extremes, rows: Mapping[str, Row], stored: StoredVariant, catalogue: Catalogue) -> Sheet:
    """Image, labels of the variant and truth, one line per image."""
    lines = []
    for image, why in chosen.images:
        row = rows[image]
        cells = (
            image_cell(catalogue.image(row), row, catalogue),
            mask_cell(chosen.variant, row, stored, catalogue),
            truth_cell(row, catalogue),
        )
        lines.append(SheetLine(row.id, why, cells))
    columns = (("image", "tags"), (chosen.variant.split("/")[0], chosen.variant), ("truth", ""))
    return Sheet(chosen.title, "; ".join(stored.pixel_labels()), columns, tuple(lines))


def draw_overview(sheets: Sequence[Sheet], labels: LabelSet) -> Image.Image:
    """All sheets below one another, under a legend of the mask colours."""
    width = GAP + max(len(sheet.columns) for sheet in sheets) * (CELL + GAP)
    corners = _legend_corners(labels, width)
    top = corners[-1][1] + LABEL
    canvas = Image.new("RGB", (width, top + sum(map(_height, sheets))), PAPER)
    draw = ImageDraw.Draw(canvas)
    for (left, upper), (name, colour) in zip(corners, colour_legend(labels), strict=True):
        draw.rectangle((left, upper, left + SWATCH, upper + SWATCH), colour, PALE)
        draw.text((left + SWATCH + GAP, upper - 1), name, INK, _FONT)
    for sheet in sheets:
        _draw(canvas, sheet, top)
        top += _height(sheet)
    return canvas


def _legend_corners(labels: LabelSet, width: int) -> list[tuple[int, int]]:
    """Corner of each swatch, in lines no longer than the picture."""
    corners, left, top = [], GAP, GAP
    for name, _ in colour_legend(labels):
        needed = SWATCH + 4 * GAP + round(_FONT.getlength(name))
        if left + needed > width and left > GAP:
            left, top = GAP, top + 2 * SWATCH
        corners.append((left, top))
        left += needed
    return corners


def _height(sheet: Sheet) -> int:
    return 2 * LABEL + sum(_line_height(line) + LABEL for line in sheet.lines)


def _line_height(line: SheetLine) -> int:
    return max((_size(cell.image)[1] for cell in line.cells if cell.image), default=LABEL)


def _size(image: Image.Image) -> tuple[int, int]:
    scale = CELL / max(image.size)
    return max(1, round(image.width * scale)), max(1, round(image.height * scale))


def _draw(canvas: Image.Image, sheet: Sheet, top: int) -> None:
    draw = ImageDraw.Draw(canvas)
    draw.text((GAP, top + GAP), sheet.title, INK, _TITLE)
    if sheet.note:
        left = 3 * GAP + round(_TITLE.getlength(sheet.title))
        draw.text((left, top + GAP + 4), f"uses pixel labels: {sheet.note}", WARNING, _FONT)
    for column, (heading, made_by) in enumerate(sheet.columns):
        left = GAP + column * (CELL + GAP)
        _draw_text(draw, (left, top + LABEL), heading, INK)
        _draw_text(draw, (left, top + LABEL + 15), made_by, PALE)
    y = top + 2 * LABEL
    for line in sheet.lines:
        height = _line_height(line)
        for column, cell in enumerate(line.cells):
            _draw_cell(canvas, cell, (GAP + column * (CELL + GAP), y), height)
        _draw_text(draw, (GAP, y + height + 15), f"{line.split} · {line.id}", PALE)
        y += height + LABEL


def _draw_cell(canvas: Image.Image, cell: Cell, corner: tuple[int, int], height: int) -> None:
    left, top = corner
    draw = ImageDraw.Draw(canvas)
    if cell.image is None:
        draw.rectangle((left, top, left + CELL - 1, top + height - 1), outline="#dddddd")
        half = len(cell.text) // 2
        middle = min((i for i, c in enumerate(cell.text) if c == " "), key=lambda i: abs(i - half), default=half)
        for line, text in enumerate((cell.text[:middle], cell.text[middle:].strip())):
            _draw_text(draw, (left + GAP, top + height // 2 - 15 + 15 * line), text, PALE)
        return
    resample = Image.Resampling.NEAREST if cell.image.mode == "P" else Image.Resampling.LANCZOS
    small = cell.image.resize(_size(cell.image), resample).convert("RGB")
    canvas.paste(small, (left + (CELL - small.width) // 2, top))
    _draw_text(draw, (left, top + height + 1), cell.text, INK)


def _draw_text(draw: ImageDraw.ImageDraw, corner: tuple[int, int], text: str, colour: str) -> None:
    """One line of text, cut where the cell ends."""
    short = text
    while draw.textlength(short, _FONT) > CELL:
        short = short.removesuffix("…")[:-1] + "…"
    draw.text(corner, short, colour, _FONT)
