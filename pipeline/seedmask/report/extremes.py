"""The worst, the median and the best pictures of a variant; where there is no truth, the most doubtful ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from seedmask.dataset.catalogue import Catalogue
from seedmask.dataset.index import Row
from seedmask.report.chain import Variants
from seedmask.report.rankings import MEASURES, RankedImage, ranked
from seedmask.report.sheet import Sheet, SheetLine, mask_cell, picture_cell, truth_cell
from seedmask.storage.reader import StoredVariant

EACH = 4
"""Pictures that are worst, median and best."""
MOST = 4
"""Variants that have such a sheet."""


@dataclass(frozen=True)
class Extremes:
    """Some pictures of a variant on a split, each with the reason in words."""

    variant: str
    split: str
    title: str
    pictures: tuple[tuple[str, str], ...]
    """Id, and why it is here."""


def extremes(pictures: Sequence[RankedImage], variants: Variants) -> list[Extremes]:
    """Sheets of the predictions, else of the masks, each on the last split where it has truth.

    Args:
        pictures: numbers of the pictures, in the order of the index.
        variants: as in the report's job.
    """
    for stage in ("predictions/", "masks/"):
        judged = [name for name in variants if name.startswith(stage)]
        if judged:
            scored = [name for name in judged if any(picture.ious.get(name) is not None for picture in pictures)]
            return [_by_iou(pictures, name) for name in scored[-MOST:]] or _by_doubt(pictures, judged[-1])
    return []


def _by_iou(pictures: Sequence[RankedImage], variant: str) -> Extremes:
    known = [picture for picture in pictures if picture.ious.get(variant) is not None]
    split = known[-1].split
    order = ranked([picture for picture in known if picture.split == split], variant)
    middle = max(0, len(order) // 2 - EACH // 2)
    groups = {"worst": order[:EACH], "median": order[middle : middle + EACH], "best": order[-EACH:]}
    chosen: dict[str, str] = {}
    for name, group in groups.items():
        for picture in group:
            chosen.setdefault(picture.id, f"{name}: IoU {picture.ious[variant]:.2f}")
    return Extremes(variant, split, f"{variant} on {split}: worst, median and best pictures", tuple(chosen.items()))


def _by_doubt(pictures: Sequence[RankedImage], variant: str) -> list[Extremes]:
    for measure in MEASURES:
        order = ranked(pictures, measure)
        if order:
            split = order[0].split
            chosen = [picture for picture in order if picture.split == split][: 2 * EACH]
            why = tuple(
                (picture.id, f"{measure.replace('_', ' ')} {getattr(picture, measure):.2f}") for picture in chosen
            )
            return [Extremes(variant, split, f"{variant} on {split}: where {MEASURES[measure]}", why)]
    return []


def draw_extremes(chosen: Extremes, rows: Mapping[str, Row], stored: StoredVariant, catalogue: Catalogue) -> Sheet:
    """Picture, the variant's labels and truth, a line a picture."""
    lines = []
    for image, why in chosen.pictures:
        row = rows[image]
        cells = (
            picture_cell(catalogue.image(row), row, catalogue),
            mask_cell(chosen.variant, row, stored, catalogue),
            truth_cell(row, catalogue),
        )
        lines.append(SheetLine(row.id, why, cells))
    columns = (("image", "tags"), (chosen.variant.split("/")[0], chosen.variant), ("truth", ""))
    return Sheet(chosen.title, "; ".join(stored.pixel_labels()), columns, tuple(lines))
