"""ResNets whose first pool rounds up and has no padding, as Caffe's and the code of PMM have it, for timm."""

from typing import Any

from torch import nn

import seedmask.vision  # noqa: F401  before timm, which imports torchvision

from timm.models import register_model  # isort: skip
from timm.models.resnet import resnet101  # isort: skip


@register_model
def resnet101_ceil_pool(pretrained: bool = False, **arguments: Any) -> nn.Module:
    """Timm's `resnet101` with such a pool; its weights are those of `resnet101`."""
    model: Any = resnet101(pretrained, **arguments)
    model.maxpool = nn.MaxPool2d(3, stride=2, ceil_mode=True)
    return model
