"""VGG (Simonyan and Zisserman, ICLR 2015) with strides that keep detail, which timm does not offer."""

from torch import nn

import seedmask.vision  # noqa: F401  before timm, which imports torchvision

from timm.models.vgg import VGG  # isort: skip

__all__ = ["VGG", "dilate"]


def dilate(model: VGG, output_stride: int) -> VGG:
    """Take away late strides, and what only ImageNet's classes need.

    At stride 16 the last pool is left out. At stride 8 the pool before it averages nothing away either, a 3 x 3
    maximum at stride 1, and the convolutions after it have dilation 2, as in the code of I2CRC (TMM 2023) and OAA.

    Args:
        model: timm's network, changed in place.
        output_stride: 32, 16 or 8; at any other one the network stays at 32.
    """
    model.pre_logits = nn.Identity()  # five sixths of all parameters, unused
    pools = [number for number, layer in enumerate(model.features) if isinstance(layer, nn.MaxPool2d)]
    if output_stride in (16, 8):
        model.features[pools[-1]] = nn.Identity()
    if output_stride == 8:
        model.features[pools[-2]] = nn.MaxPool2d(3, stride=1, padding=1)
        for layer in model.features[pools[-2] :]:
            if isinstance(layer, nn.Conv2d):
                layer.dilation = layer.padding = (2, 2)
    return model
