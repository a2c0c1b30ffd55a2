"""Masks as Label Studio tasks, with one brush region per class for people to correct."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import quoteattr

import numpy as np

from seedmask.dataset.index import Row
from seedmask.errors import SeedmaskError
from seedmask.export.variants import StoredMasks, refuse_existing
from seedmask.methods.label_studio_rle import encode_brush
from seedmask.methods.weak_labels import Labels

IMAGES = "/data/local-files/?d="
"""URL prefix of files in a local storage of Label Studio."""


def export_label_studio(
    results: Path, reference: str, out: Path, *, force: bool = False, document_root: Path | None = None
) -> int:
    """Write `<out>/tasks.json` to import, and `<out>/config.xml`, the labelling interface to paste.

    Addresses name images as a local storage serves them, percent-encoded. Regions hold every pixel of the masks;
    ignored pixels are left out.

    Args:
        results: `results/<data set>`.
        reference: a variant of masks or predictions.
        out: folder of the files.
        force: overwrite existing files.
        document_root: Label Studio's `LOCAL_FILES_DOCUMENT_ROOT`, from which addresses start. Label Studio serves only
            what lies in a folder below it. The folder of the pictures when not given.

    Returns:
        Number of files: 2.

    Raises:
        SeedmaskError: the variant has no masks; a file exists; an image lies outside the document root.
    """
    masks, tasks, config = StoredMasks(results, reference), out / "tasks.json", out / "config.xml"
    refuse_existing([tasks, config], force=force)
    out.mkdir(parents=True, exist_ok=True)
    content = [
        {
            "data": {"image": IMAGES + quote(_address(masks, row, document_root))},
            "predictions": [{"model_version": reference, "result": list(_regions(row, mask, masks.classes))}],
        }
        for row, mask in masks.all()
    ]
    tasks.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    labels = "".join(f"    <Label value={quoteattr(name)}/>\n" for name in masks.classes)
    config.write_text(
        '<View>\n  <Image name="image" value="$image" zoom="true"/>\n'
        f'  <BrushLabels name="tag" toName="image">\n{labels}  </BrushLabels>\n</View>\n',
        encoding="utf-8",
    )
    return 2


def _address(masks: StoredMasks, row: Row, document_root: Path | None) -> str:
    """Path of an image from the document root."""
    if document_root is None:
        return row.name
    # As written, links not resolved: Label Studio joins the two in the same way.
    path, above = (Path(os.path.abspath(p)) for p in (masks.catalogue.root / row.image, document_root))  # noqa: PTH100
    if not path.is_relative_to(above):
        raise SeedmaskError(
            f"{path}: lies outside Label Studio's document root {above}; name a folder above the pictures, that of "
            "LABEL_STUDIO_LOCAL_FILES_DOCUMENT_ROOT"
        )
    return path.relative_to(above).as_posix()


def _regions(row: Row, mask: Labels, classes: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    for label in np.unique(mask[(mask > 0) & (mask < 255)]).tolist():
        yield {
            "id": f"label{label}",
            "type": "brushlabels",
            "from_name": "tag",
            "to_name": "image",
            "original_width": row.width,
            "original_height": row.height,
            "image_rotation": 0,
            "value": {"format": "rle", "rle": encode_brush(mask == label), "brushlabels": [classes[label - 1]]},
        }
