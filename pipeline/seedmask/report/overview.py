"""Contact sheets as one picture, for presentations and for `snakemake --report`."""

from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

from seedmask.report.drawing import legend
from seedmask.report.sheet import Cell, Sheet, SheetLine

CELL, GAP, LABEL = 200, 8, 34
"""Pixels of a cell's side, between cells, and of the words below or above a cell."""
SWATCH = 12
PAPER, INK, PALE = "white", "#222222", "#777777"
WARNING = "#9a3412"
_FONT, _TITLE = ImageFont.load_default(12), ImageFont.load_default(18)


def overview(sheets: Sequence[Sheet], classes: Sequence[str]) -> Image.Image:
    """All sheets below one another, under a legend of the mask colours."""
    width = GAP + max(len(sheet.columns) for sheet in sheets) * (CELL + GAP)
    places = _legend_places(classes, width)
    top = places[-1][1] + LABEL
    canvas = Image.new("RGB", (width, top + sum(map(_height, sheets))), PAPER)
    draw = ImageDraw.Draw(canvas)
    for (left, upper), (name, colour) in zip(places, legend(classes), strict=True):
        draw.rectangle((left, upper, left + SWATCH, upper + SWATCH), colour, PALE)
        draw.text((left + SWATCH + GAP, upper - 1), name, INK, _FONT)
    for sheet in sheets:
        _draw(canvas, sheet, top)
        top += _height(sheet)
    return canvas


def _legend_places(classes: Sequence[str], width: int) -> list[tuple[int, int]]:
    """Corner of each swatch, in lines no longer than the picture."""
    places, left, top = [], GAP, GAP
    for name, _ in legend(classes):
        needed = SWATCH + 4 * GAP + round(_FONT.getlength(name))
        if left + needed > width and left > GAP:
            left, top = GAP, top + 2 * SWATCH
        places.append((left, top))
        left += needed
    return places


def _height(sheet: Sheet) -> int:
    return 2 * LABEL + sum(_line_height(line) + LABEL for line in sheet.lines)


def _line_height(line: SheetLine) -> int:
    return max(_size(cell.image)[1] for cell in line.cells if cell.image)


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
        _words(draw, (left, top + LABEL), heading, INK)
        _words(draw, (left, top + LABEL + 15), made_by, PALE)
    y = top + 2 * LABEL
    for line in sheet.lines:
        height = _line_height(line)
        for column, cell in enumerate(line.cells):
            _draw_cell(canvas, cell, (GAP + column * (CELL + GAP), y), height)
        _words(draw, (GAP, y + height + 15), f"{line.split} · {line.id}", PALE)
        y += height + LABEL


def _draw_cell(canvas: Image.Image, cell: Cell, corner: tuple[int, int], height: int) -> None:
    left, top = corner
    draw = ImageDraw.Draw(canvas)
    if cell.image is None:
        draw.rectangle((left, top, left + CELL - 1, top + height - 1), outline="#dddddd")
        half = len(cell.text) // 2
        middle = min((i for i, c in enumerate(cell.text) if c == " "), key=lambda i: abs(i - half), default=half)
        for line, words in enumerate((cell.text[:middle], cell.text[middle:].strip())):
            _words(draw, (left + GAP, top + height // 2 - 15 + 15 * line), words, PALE)
        return
    resample = Image.Resampling.NEAREST if cell.image.mode == "P" else Image.Resampling.LANCZOS
    small = cell.image.resize(_size(cell.image), resample).convert("RGB")
    canvas.paste(small, (left + (CELL - small.width) // 2, top))
    _words(draw, (left, top + height + 1), cell.text, INK)


def _words(draw: ImageDraw.ImageDraw, corner: tuple[int, int], words: str, colour: str) -> None:
    """One line of words, cut where the cell ends."""
    short = words
    while draw.textlength(short, _FONT) > CELL:
        short = short.removesuffix("…")[:-1] + "…"
    draw.text(corner, short, colour, _FONT)
