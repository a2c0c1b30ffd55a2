"""Masks as a COCO file: an annotation for each connected part of a class, its pixels run-length encoded."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from seedmask.dataset.outlines import mask_api
from seedmask.export.variants import StoredMasks, refuse_existing
from seedmask.methods.boxes import box_of
from seedmask.methods.weak_labels import objects_of
from seedmask.storage.files import write_json

FILE = "annotations.json"


def export_coco(results: Path, reference: str, out: Path, *, force: bool = False) -> int:
    """Write `<out>/annotations.json`, which pycocotools reads; category 1 is the first class.

    Images are named by their path below the folder of the pictures. Areas and boxes count every pixel of the masks.
    Ignored pixels are left out. Two touching objects of a class are one annotation, since masks do not separate them.

    Args:
        results: `results/<data set>`.
        reference: a variant of masks or predictions.
        out: folder of the file.
        force: overwrite an existing file.

    Returns:
        Number of files: 1.

    Raises:
        SeedmaskError: pycocotools is not installed; the variant has no masks; the file exists.
    """
    masks, path = StoredMasks(results, reference), out / FILE
    refuse_existing([path], force=force)
    annotations = list(_annotations(masks))
    content = {
        "info": {"description": f"{reference} of {results.name}, made by Seedmask"},
        "images": [
            {"id": number, "file_name": row.name, "width": row.width, "height": row.height}
            for number, row in enumerate(masks.rows, start=1)
        ],
        "categories": [{"id": number, "name": name} for number, name in enumerate(masks.classes, start=1)],
        "annotations": annotations,
    }
    out.mkdir(parents=True, exist_ok=True)
    write_json(path, content)
    return 1


def _annotations(masks: StoredMasks) -> Iterator[dict[str, Any]]:
    encode, count = mask_api().encode, 0
    for image, (_, mask) in enumerate(masks.all(), start=1):
        for label, part in objects_of(mask):
            count += 1
            code, box = encode(np.asfortranarray(part, np.uint8)), box_of(part, label)
            yield {
                "id": count,
                "image_id": image,
                "category_id": label,
                "segmentation": {"size": code["size"], "counts": code["counts"].decode()},
                "area": int(part.sum()),
                "bbox": [box.left, box.top, box.right - box.left, box.bottom - box.top],
                "iscrowd": 0,
            }
