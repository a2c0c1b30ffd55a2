"""Networks of every kind that the package ships, untrained, and their functions."""

import importlib
from typing import Any

import torch

from seedmask.classifiers.boundary.options import BoundaryOptions
from seedmask.classifiers.cam.options import CamOptions
from seedmask.classifiers.i2crc.options import I2crcOptions
from seedmask.classifiers.seam.options import SeamOptions
from seedmask.classifiers.sfc.options import SfcOptions
from seedmask.segmenters.trained.options import SegmenterOptions

LITE = {"encoder": "tf_efficientnet_lite0", "weights": "none"}
CLASSIFIERS = {
    "cam": (CamOptions, LITE, ("score_maps", "logits", "pool", "encoder")),
    "sfc": (SfcOptions, LITE, ("features", "score_maps")),
    "i2crc": (I2crcOptions, {**LITE, "saliency": "saliency/x"}, ("score_maps", "logits")),
    "boundary": (BoundaryOptions, {**LITE, "from": "masks/x"}, ("logits",)),
    "resnet": (CamOptions, {"encoder": "resnet18", "weights": "none"}, ("score_maps",)),
    "convnext": (CamOptions, {"encoder": "test_convnext", "weights": "none"}, ("score_maps",)),
}
LEFT_TO_TORCH = {
    "seam": (SeamOptions, LITE),  # compares places in parts whose number depends on the size
    "vit": (CamOptions, {"encoder": "test_vit", "weights": "none"}),  # resizes its positions with antialias
}
ARCHITECTURES = {
    "DeepLabV3Plus": ("DeepLabV3Plus", ("coarse_logits", "decoded")),
    "FPN": ("FPN", ("coarse_logits",)),
    "Unet": ("Unet", ("coarse_logits",)),
    "deeplab_v2": ({"name": "deeplab_v2", "output_stride": 16}, ("coarse_logits",)),
    "deeplab_v3_plus": ({"name": "deeplab_v3_plus"}, ("coarse_logits", "decoded")),
    "dilated_psp": ("dilated_psp", ("coarse_logits",)),
}
EVERY_DAY = ("cam", "sfc", "DeepLabV3Plus")


def network_of(name: str) -> Any:
    """A network of `CLASSIFIERS`, `LEFT_TO_TORCH` or `ARCHITECTURES` with four classes; the same weights every time."""
    torch.manual_seed(0)
    if name not in ARCHITECTURES:
        options, settings, *_ = (CLASSIFIERS | LEFT_TO_TORCH)[name]
        made = options.model_validate(settings)
        return importlib.import_module(made.network()).build(made, 4, first_weights=False).eval()
    made = SegmenterOptions.model_validate({"from": "masks/x", "arch": ARCHITECTURES[name][0], **LITE})
    return importlib.import_module(made.network()).build(made.arch, made, 4, first_weights=False).eval()
