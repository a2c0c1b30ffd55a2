"""Masks as YOLO polygons: a text file per image, a line per connected part of a class."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float
from scipy import ndimage
from skimage.measure import approximate_polygon, find_contours

from seedmask.dataset.index import Row
from seedmask.export.variants import StoredMasks, refuse_existing, write_each
from seedmask.methods.weak_labels import Labels, objects_of

TOLERANCE = 0.4
"""Pixels by which the outline may deviate to have fewer corners."""


def export_yolo(results: Path, reference: str, out: Path, *, force: bool = False) -> int:
    """Write `<out>/labels/<image id>.txt` with lines `class x y x y ...`, and `data.yaml` with the names.

    Coordinates are shares of the image. Class 0 is the first class. Polygons have no holes: holes are filled, and
    ignored pixels are left out.

    Args:
        results: `results/<data set>`.
        reference: a variant of masks or predictions.
        out: folder of the files.
        force: overwrite existing files.

    Returns:
        Number of files.

    Raises:
        SeedmaskError: the variant has no masks; a file exists.
    """
    masks = StoredMasks(results, reference)
    rows, names = {row.id: row for row in masks.rows}, out / "data.yaml"
    refuse_existing([names], force=force)

    def save(image: str, path: Path) -> None:
        lines = _lines(rows[image], masks.read(rows[image]))
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")

    count = write_each(rows, out / "labels", ".txt", save, force=force)
    # JSON is YAML, and quotes whatever is in a name.
    listed = "".join(f"  {number}: {json.dumps(name)}\n" for number, name in enumerate(masks.classes))
    names.write_text(f"names:\n{listed}", encoding="utf-8")
    return count + 1


def polygon_of(part: Bool[np.ndarray, "H W"]) -> Float[np.ndarray, "N 2"]:
    """Corners (x, y) of the outline of a connected part, holes filled; pixel 0 reaches from 0 to 1."""
    filled = np.pad(np.asarray(ndimage.binary_fill_holes(part)), 1).repeat(2, axis=0).repeat(2, axis=1)
    outline = max(find_contours(filled, 0.5, fully_connected="high"), key=len)
    corners = approximate_polygon(outline, TOLERANCE)[:-1]
    return (corners[:, ::-1] + 0.5) / 2 - 1


def _lines(row: Row, mask: Labels) -> Iterator[str]:
    for label, part in objects_of(mask):
        corners = np.clip(polygon_of(part) / (row.width, row.height), 0, 1)
        yield " ".join([str(label - 1), *(f"{value:.6f}" for value in corners.ravel())])
