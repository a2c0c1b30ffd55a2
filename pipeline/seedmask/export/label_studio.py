"""Masks as Label Studio tasks, with one brush region per class for people to correct."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

import numpy as np

from seedmask.dataset.index import Row
from seedmask.export.variants import StoredMasks, refuse_existing
from seedmask.methods.label_studio_rle import encode_brush
from seedmask.methods.weak_labels import Labels

IMAGES = "/data/local-files/?d="
"""URL prefix of files in a local storage of Label Studio."""


def export_label_studio(results: Path, reference: str, out: Path, *, force: bool = False) -> int:
    """Write `<out>/tasks.json` to import, and `<out>/config.xml`, the labelling interface to paste.

    Tasks name images by their path below the data set's folder, as a local storage serves them. Ignored pixels are left
    out.

    Args:
        results: `results/<data set>`.
        reference: a variant of masks or predictions.
        out: folder of the files.
        force: overwrite existing files.

    Returns:
        Number of files: 2.

    Raises:
        SeedmaskError: the variant has no masks; a file exists.
    """
    masks, tasks, config = StoredMasks(results, reference), out / "tasks.json", out / "config.xml"
    refuse_existing([tasks, config], force=force)
    out.mkdir(parents=True, exist_ok=True)
    content = [
        {
            "data": {"image": f"{IMAGES}{row.image}"},
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


def _regions(row: Row, mask: Labels, classes: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    for label in np.unique(mask[(mask > 0) & (mask < 255)]).tolist():
        yield {
            "type": "brushlabels",
            "from_name": "tag",
            "to_name": "image",
            "original_width": row.width,
            "original_height": row.height,
            "image_rotation": 0,
            "value": {"format": "rle", "rle": encode_brush(mask == label), "brushlabels": [classes[label - 1]]},
        }
