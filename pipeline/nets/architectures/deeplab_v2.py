"""DeepLabV2 (Chen et al., DeepLab, TPAMI 2018) with the multi-scale maximum, over any timm encoder.

As I2CRC and many others train it; segmentation-models-pytorch has versions 3 and 3+ only.
"""

from collections import OrderedDict
from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import nn
from torch.nn.functional import interpolate

from pipeline.config.architectures.deeplab_v2 import DeepLabV2 as Options
from pipeline.config.networks import Encoder as EncoderOptions
from pipeline.nets.encoders import Encoder, encoder_of
from pipeline.nets.heads import MultiScale, multi_scale_loss
from pipeline.nets.loss import Loss


def build(options: Options, encoder: EncoderOptions, classes: int, *, first_weights: bool = True) -> "DeepLabV2":
    """The network of some options, with the encoder's first weights or, to be loaded over, without.

    Raises:
        SeedmaskError: the encoder cannot be had, or not with this output stride.
    """
    backbone = encoder_of(encoder, options.output_stride, first_weights=first_weights)
    return DeepLabV2(backbone, classes, rates=options.rates, scales=options.scales)


class DeepLabV2(nn.Module):
    """Dilated encoder and summed dilated convolutions, shown several sizes of the picture.

    At stride 8 timm starts a ResNet's layer4 with dilation 2, I2CRC's code with 1; the other blocks agree.

    Args:
        encoder: the backbone.
        classes: number of classes, with background.
        rates: dilations of the convolutions that are summed, in steps of the features.
        scales: sizes of the picture besides its own, in (0, 1].
    """

    def __init__(
        self,
        encoder: Encoder,
        classes: int,
        *,
        rates: Sequence[int] = (6, 12, 18, 24),
        scales: Sequence[float] = (0.5, 0.75),
    ):
        super().__init__()
        aspp = SummedConvolutions(encoder.channels, classes, rates)
        self.multi_scale = MultiScale(nn.Sequential(OrderedDict(encoder=encoder, aspp=aspp)), scales=scales)

    def forward(
        self, images: Float[torch.Tensor, "N 3 H W"]
    ) -> list[Float[torch.Tensor, "N C _ _"]] | Float[torch.Tensor, "N C H W"]:
        """Logits of RGB pictures in 0..1: in training those of `MultiScale`, else the maximum at every pixel."""
        logits = self.multi_scale(images)
        if self.training:
            return logits
        return interpolate(logits, images.shape[-2:], mode="bilinear", align_corners=False)

    def training_loss(
        self, logits: Sequence[Float[torch.Tensor, "N C _ _"]], labels: torch.Tensor, loss: Loss
    ) -> Float[torch.Tensor, ""]:
        """Sum over all logits; the labels are resized to each, so that the loss resizes nothing."""
        return multi_scale_loss(logits, labels, loss)

    def pretrained(self) -> nn.Module:
        """The part that came with weights and learns slowly."""
        return self.multi_scale.network.encoder


class SummedConvolutions(nn.Module):
    """Sum of 3x3 convolutions of the same features, one for each dilation: DeepLabV2's spatial pyramid (ASPP).

    Args:
        inputs: channels of the features.
        classes: channels of the sum.
        rates: dilations.
    """

    def __init__(self, inputs: int, classes: int, rates: Sequence[int]):
        super().__init__()
        self.branches = nn.ModuleList(nn.Conv2d(inputs, classes, 3, padding=rate, dilation=rate) for rate in rates)
        for branch in self.branches:
            nn.init.normal_(branch.weight, std=0.01)
            nn.init.zeros_(branch.bias)

    def forward(self, features: Float[torch.Tensor, "N D h w"]) -> Float[torch.Tensor, "N C h w"]:
        """Logits at the resolution of the features."""
        return sum(branch(features) for branch in self.branches)
