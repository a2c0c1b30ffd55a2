"""Contact sheets as one picture, for presentations and for `snakemake --report`."""

from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

from pipeline.inspect.sheet import Cell, Sheet

CELL, GAP, LABEL = 200, 8, 34
"""Pixels of a cell's side, between cells, and of the words below or above a cell."""
PAPER, INK, PALE = "white", "#222222", "#777777"


def overview(sheets: Sequence[Sheet]) -> Image.Image:
    """All sheets below one another."""
    columns = max((len(sheet.columns) for sheet in sheets), default=1)
    height = sum(_height(sheet) for sheet in sheets) or CELL
    canvas = Image.new("RGB", (GAP + columns * (CELL + GAP), height), PAPER)
    top = 0
    for sheet in sheets:
        _draw(canvas, sheet, top)
        top += _height(sheet)
    return canvas


def _height(sheet: Sheet) -> int:
    return 2 * LABEL + len(sheet.lines) * (CELL + LABEL)


def _draw(canvas: Image.Image, sheet: Sheet, top: int) -> None:
    draw = ImageDraw.Draw(canvas)
    draw.text((GAP, top + GAP), sheet.title, INK, ImageFont.load_default(18))
    for column, (heading, made_by) in enumerate(sheet.columns):
        left = GAP + column * (CELL + GAP)
        _words(draw, (left, top + LABEL), heading, INK)
        _words(draw, (left, top + LABEL + 15), made_by, PALE)
    for number, line in enumerate(sheet.lines):
        y = top + 2 * LABEL + number * (CELL + LABEL)
        for column, cell in enumerate(line.cells):
            _draw_cell(canvas, cell, (GAP + column * (CELL + GAP), y))
        _words(draw, (GAP, y + CELL + 15), f"{line.split} · {line.id}", PALE)


def _draw_cell(canvas: Image.Image, cell: Cell, corner: tuple[int, int]) -> None:
    left, top = corner
    draw = ImageDraw.Draw(canvas)
    if cell.image is None:
        draw.rectangle((left, top, left + CELL - 1, top + CELL - 1), outline="#dddddd")
        half = len(cell.text) // 2
        middle = min((i for i, c in enumerate(cell.text) if c == " "), key=lambda i: abs(i - half), default=half)
        for line, words in enumerate((cell.text[:middle], cell.text[middle:].strip())):
            _words(draw, (left + GAP, top + CELL // 2 - 15 + 15 * line), words, PALE)
        return
    nearest = cell.image.mode == "P"
    scale = CELL / max(cell.image.size)
    size = tuple(max(1, round(side * scale)) for side in cell.image.size)
    small = cell.image.resize(size, Image.Resampling.NEAREST if nearest else Image.Resampling.LANCZOS)
    canvas.paste(small.convert("RGB"), (left + (CELL - size[0]) // 2, top + (CELL - size[1]) // 2))
    _words(draw, (left, top + CELL + 1), cell.text, INK)


def _words(draw: ImageDraw.ImageDraw, corner: tuple[int, int], words: str, colour: str) -> None:
    """One line of words, cut where the cell ends."""
    font = ImageFont.load_default(12)
    short = words
    while draw.textlength(short, font) > CELL:
        short = short.removesuffix("…")[:-1] + "…"
    draw.text(corner, short, colour, font)
