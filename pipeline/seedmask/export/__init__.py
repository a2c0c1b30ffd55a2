"""Results as files for other programs, one module per format."""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from seedmask.export.coco import export_coco
from seedmask.export.images import (
    export_cams,
    export_confidence,
    export_heat,
    export_masks,
    export_saliency,
    export_voc,
)
from seedmask.export.label_studio import export_label_studio
from seedmask.export.yolo import export_yolo


class Export(Protocol):
    """Writes all images of a variant."""

    def __call__(self, results: Path, reference: str, out: Path, *, force: bool = False) -> int:
        """Write the files; returns their number."""
        ...


FORMATS: Mapping[str, Export] = {
    "png": export_masks,
    "voc": export_voc,
    "coco": export_coco,
    "yolo": export_yolo,
    "labelstudio": export_label_studio,
    "confidence": export_confidence,
    "heat": export_heat,
    "tiff": export_cams,
    "saliency": export_saliency,
}
"""Functions that write results, by the name of the format."""
