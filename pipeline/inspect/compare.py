"""Any variants side by side on the same pictures, as one picture."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from pipeline.data.catalogue import Catalogue
from pipeline.data.index import Row
from pipeline.errors import SeedmaskError
from pipeline.inspect.choice import choose
from pipeline.inspect.export import open_variant
from pipeline.inspect.overview import overview
from pipeline.inspect.sheet import Cell, Line, Sheet, absent_cell, heat_cell, mask_cell, picture_cell, truth_cell
from pipeline.methods.proportional import smooth_cams
from pipeline.storage.reader import StoredVariant


@dataclass(frozen=True)
class _Column:
    """A variant; or the seeds of a proportional mask as its smoothing leaves them."""

    reference: str
    made_by: str
    stored: StoredVariant
    smoothing: dict[str, float] | None = None


def compare(results: Path, references: Sequence[str], pictures: Sequence[str] = (), count: int = 4) -> Image.Image:
    """A contact sheet: image | each variant | truth. Seeds are heat, masks and predictions are labels.

    Before a proportional mask stand its seeds as its smoothing leaves them.

    Args:
        results: `results/<data set>`.
        references: variants of seeds, masks and predictions, in the order of the columns.
        pictures: images to show; chosen when there are none.
        count: how many to choose, among those that all the variants hold.

    Raises:
        SeedmaskError: there is no such variant or picture, or a variant is not finished.
    """
    catalogue = Catalogue(results)
    columns = [column for reference in references for column in _columns(results, reference)]
    rows = _rows(catalogue, columns, pictures, count)
    headings = [("image", "tags"), *((column.reference, column.made_by) for column in columns), ("truth", "")]
    lines = [Line(row.id, row.split, tuple(_cells(catalogue, columns, row))) for row in rows]
    return overview([Sheet(results.name, "", tuple(headings), tuple(lines))], catalogue.index.classes)


def _columns(results: Path, reference: str) -> Iterator[_Column]:
    stored = open_variant(results, reference)
    settings = stored.settings()
    if settings.get("method") == "proportional" and settings["smoothing"] > 0:
        seeds = open_variant(results, settings["from"])
        smoothing = {"threshold": settings["floor"], "scale": settings["smoothing"]}
        yield _Column(settings["from"], f"smoothed for {reference}", seeds, smoothing)
    yield _Column(reference, _words(settings), stored)


def _words(settings: dict[str, Any]) -> str:
    return ", ".join(str(settings[key]) for key in ("method", "from") if key in settings)


def _rows(catalogue: Catalogue, columns: Sequence[_Column], pictures: Sequence[str], count: int) -> list[Row]:
    rows = {row.id: row for row in catalogue.index.rows}
    unknown = [name for name in pictures if name not in rows]
    if unknown:
        known = next(iter(rows))
        raise SeedmaskError(f"no image {unknown[0]!r} in the data set; name images as its index does: {known}")
    if pictures:
        return [rows[name] for name in pictures]
    held = [row for row in rows.values() if all(row.id in column.stored for column in columns)]
    if not held:
        raise SeedmaskError("no image is in all of these variants; name variants of the same splits, or images")
    return choose(held, count)


def _cells(catalogue: Catalogue, columns: Sequence[_Column], row: Row) -> Iterator[Cell]:
    picture = catalogue.picture(row)
    yield picture_cell(picture, row, catalogue)
    for column in columns:
        if column.smoothing is None and not column.reference.startswith("seeds/"):
            yield mask_cell(column.reference, row, column.stored, catalogue)
        elif row.id not in column.stored:
            yield absent_cell(column.reference, row)
        else:
            maps = column.stored.read(row.id)
            cams = maps["cam"] if column.smoothing is None else smooth_cams(maps["cam"], **column.smoothing)
            yield heat_cell(picture, cams, maps["classes"], catalogue.index.classes)
    yield truth_cell(row, catalogue)
