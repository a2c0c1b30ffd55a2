"""Dilated PSPNet (Zhao et al., CVPR 2017) with its auxiliary head, over any timm encoder.

As PMM trains it; the decoder of this name in segmentation-models-pytorch has neither dilation nor auxiliary head.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import nn
from torch.nn.functional import interpolate

from seedmask.architectures.dilated_psp.options import DilatedPspOptions as Options
from seedmask.config.networks import EncoderOptions
from seedmask.methods.coarse_logits import CoarseLogits
from seedmask.networks.encoders import Encoder, encoder_of
from seedmask.networks.segmenter import Loss, SegmenterNetwork

STRIDE = 8
"""Pixels of the image to one of the features."""
AUXILIARY_STAGE = -2
"""The auxiliary head sits on the stage before the last one."""
POOLS = (1, 2, 3, 6)
"""Sides of the grids that average the features."""
PUBLISHED = (
    ("backbone.", "encoder.model."),
    *(
        (f"decode_head.psp_modules.{number}.1.{theirs}.", f"pyramid.pools.{number}.{ours}.")
        for number in range(len(POOLS))
        for theirs, ours in (("conv", 1), ("bn", 2))
    ),
    *(
        (f"{theirs}.{layer}.", f"{ours}.{number}.")
        for theirs, convolution, ours in (
            ("decode_head", "bottleneck", "head"),
            ("auxiliary_head", "convs.0", "auxiliary"),
        )
        for layer, number in ((f"{convolution}.conv", 0), (f"{convolution}.bn", 1), ("conv_seg", 4))
    ),
)
"""Names of tensors in PMM's code and in mmsegmentation."""


def build(options: Options, encoder: EncoderOptions, classes: int, *, first_weights: bool = True) -> "DilatedPsp":
    """The network of some options, with the encoder's first weights or, before trained ones are loaded, without."""
    backbone = encoder_of(encoder, STRIDE, first_weights=first_weights)
    return DilatedPsp(backbone, classes, auxiliary_weight=options.auxiliary_weight)


class Logits(NamedTuple):
    """Logits of both heads, at the resolution of the features."""

    main: Float[torch.Tensor, "N C h w"]
    auxiliary: Float[torch.Tensor, "N C _ _"]


class DilatedPsp(SegmenterNetwork):
    """Encoder of output stride 8, pooled pyramid, and in training a second head on an earlier stage.

    Args:
        encoder: the backbone.
        classes: number of classes, with background.
        channels: of each pooled map and of the features that are classified.
        auxiliary_channels: of the features that the auxiliary head classifies.
        auxiliary_weight: of that head's loss.
        pools: sides of the grids that average the features.
        dropout: share of the channels left out before each classifier in training.

    Raises:
        SeedmaskError: the encoder does not return the features of its stages.
    """

    def __init__(
        self,
        encoder: Encoder,
        classes: int,
        *,
        channels: int = 512,
        auxiliary_channels: int = 256,
        auxiliary_weight: float = 0.4,
        pools: Sequence[int] = POOLS,
        dropout: float = 0.1,
    ):
        super().__init__()
        self.encoder = encoder
        self.auxiliary_weight = auxiliary_weight
        self.pyramid = PooledPyramid(encoder.channels, channels, pools)
        self.head = _classifier(self.pyramid.channels, channels, classes, dropout)
        (width,) = encoder.stage_channels((AUXILIARY_STAGE,))
        self.auxiliary = _classifier(width, auxiliary_channels, classes, dropout)

    def forward(self, images: Float[torch.Tensor, "N 3 H W"]) -> Logits | Float[torch.Tensor, "N C H W"]:
        """Logits of RGB images in 0..1: of both heads in training, else of the main head at every pixel.

        Training needs batches of two or more images, because the coarsest pool leaves one position of each.
        """
        if self.training:
            (earlier,), last = self.encoder.stage_features(images, (AUXILIARY_STAGE,))
            return Logits(self.head(self.pyramid(last)), self.auxiliary(earlier))
        return self.coarse_logits(images).enlarged()

    def coarse_logits(self, images: Float[torch.Tensor, "N 3 H W"]) -> CoarseLogits:
        """Logits of the main head, at the resolution of the features."""
        return CoarseLogits(self.head(self.pyramid(self.encoder(images))), images.shape[-2:])

    def training_loss(self, logits: Logits, labels: torch.Tensor, loss: Loss) -> Float[torch.Tensor, ""]:
        """Loss of both heads; a loss over a whole batch is computed for each head separately."""
        return loss(logits.main, labels) + self.auxiliary_weight * loss(logits.auxiliary, labels)

    def pretrained(self) -> nn.Module:
        """The part that came with weights and learns slowly."""
        return self.encoder


class PooledPyramid(nn.Module):
    """Features, and their means over coarse grids, resized to the features.

    Args:
        inputs: channels of the features.
        channels: of each pooled map.
        pools: sides of the grids.
    """

    def __init__(self, inputs: int, channels: int, pools: Sequence[int]):
        super().__init__()
        self.pools = nn.ModuleList(
            nn.Sequential(nn.AdaptiveAvgPool2d(side), *_convolution(inputs, channels, 1)) for side in pools
        )
        self.channels = inputs + len(pools) * channels

    def forward(self, features: Float[torch.Tensor, "N D h w"]) -> Float[torch.Tensor, "N D2 h w"]:
        """The features, then the result of each pool."""
        size = features.shape[-2:]
        pooled = [interpolate(pool(features), size, mode="bilinear", align_corners=False) for pool in self.pools]
        return torch.cat([features, *pooled], dim=1)


def _convolution(inputs: int, channels: int, kernel: int) -> list[nn.Module]:
    convolution = nn.Conv2d(inputs, channels, kernel, padding=kernel // 2, bias=False)
    nn.init.kaiming_normal_(convolution.weight, mode="fan_out", nonlinearity="relu")
    return [convolution, nn.BatchNorm2d(channels), nn.ReLU(inplace=True)]


def _classifier(inputs: int, channels: int, classes: int, dropout: float) -> nn.Sequential:
    scores = nn.Conv2d(channels, classes, 1)
    nn.init.normal_(scores.weight, std=0.01)
    if scores.bias is not None:
        nn.init.zeros_(scores.bias)
    return nn.Sequential(*_convolution(inputs, channels, 3), nn.Dropout2d(dropout), scores)
