"""Masks as Label Studio tasks, with one brush region per class for people to correct."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

import numpy as np
from jaxtyping import Bool

from seedmask.dataset.index import Row
from seedmask.export.variants import StoredMasks, refuse_existing
from seedmask.methods.weak_labels import Labels

IMAGES = "/data/local-files/?d="
"""URL prefix of files in a local storage of Label Studio."""
WORD, LENGTHS = 8, (3, 4, 8, 16)
"""Bits of a value, and of the four formats of the length of a run."""


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


def encode_brush(region: Bool[np.ndarray, "H W"]) -> list[int]:
    """A region as Label Studio stores it: bytes of the run-length code of an RGBA image.

    The code (`rle-pack` of thi.ng/umbrella) is a string of bits: 32 for the number of values, 5 for the bits of a value
    less one, four times 4 for the bits of a length less one; then, for each run, a 1, 2 bits that choose among those
    four, the length less one, and the value.
    """
    values = np.repeat(np.where(region.ravel(), 255, 0), 4)
    ends = np.flatnonzero(np.diff(values, append=-1)) + 1
    bits = [f"{len(values):032b}", f"{WORD - 1:05b}", *(f"{length - 1:04b}" for length in LENGTHS)]
    start = 0
    for end in ends.tolist():
        value = int(values[start])
        while start < end:
            count = min(end - start, 1 << LENGTHS[-1])
            choice = next(n for n, length in enumerate(LENGTHS) if count <= 1 << length)
            bits.append(f"1{choice:02b}{count - 1:0{LENGTHS[choice]}b}{value:0{WORD}b}")
            start += count
    text = "".join(bits)
    text += "0" * (-len(text) % 8)
    return list(int(text, 2).to_bytes(len(text) // 8))
