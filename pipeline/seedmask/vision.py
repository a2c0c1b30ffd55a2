"""Makes torchvision importable; to be imported before torchvision, timm or segmentation-models-pytorch.

PyPI's torchvision is compiled against the CUDA build of torch. Beside a CPU build its operators do not load, and its
import fails because it registers Python kernels for two of them. Declaring these two schemas is enough; they are
never called here.
"""

import importlib.util
from pathlib import Path

import torch

from seedmask.errors import SeedmaskError


def _operators_load() -> bool:
    spec = importlib.util.find_spec("torchvision")
    if spec is None:
        raise SeedmaskError("torchvision is not installed; run `make setup`")
    libraries = [p for folder in spec.submodule_search_locations or () for p in Path(folder).glob("_C*.so")]
    try:
        for library in libraries:
            torch.ops.load_library(library)
    except OSError:
        return False
    return bool(libraries)


if not _operators_load():
    _schemas = torch.library.Library("torchvision", "DEF")  # lives as long as the module
    _schemas.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    _schemas.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
