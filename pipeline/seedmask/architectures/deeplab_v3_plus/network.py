"""DeepLabV3+ (Chen et al., ECCV 2018) as AGMM has it (Wu et al., CVPR 2023), over any timm encoder.

Plain 3 x 3 convolutions in the pyramid and two in the decoder, whole channels dropped out, corners aligned.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import nn
from torch.nn.functional import interpolate

from seedmask.architectures.deeplab_v3_plus.options import DeepLabV3PlusOptions as Options
from seedmask.config.networks import EncoderOptions
from seedmask.errors import SeedmaskError
from seedmask.methods.coarse_logits import CoarseLogits
from seedmask.networks.encoders import Encoder, encoder_of
from seedmask.networks.segmenter import Loss, SegmenterNetwork

CHANNELS, LOW_CHANNELS = 256, 48
"""Channels of the pyramid's branches and of the features, and those that the early stage is reduced to."""
LOW_STRIDE = 4
"""Pixels of the image to one of the early stage's features, which are also those that are classified."""
PUBLISHED = (
    ("backbone.", "encoder.model."),
    ("head.b4.gap.1.", "pyramid.mean.1."),
    ("head.b4.gap.2.", "pyramid.mean.2."),
    ("head.b0.", "pyramid.branches.0."),
    ("head.b1.", "pyramid.branches.1."),
    ("head.b2.", "pyramid.branches.2."),
    ("head.b3.", "pyramid.branches.3."),
    ("head.project.", "pyramid.project."),
)
"""Names of tensors in AGMM's code."""


def build(options: Options, encoder: EncoderOptions, classes: int, *, first_weights: bool = True) -> "DeepLabV3Plus":
    """The network of some options, with the encoder's first weights or, before trained ones are loaded, without.

    Raises:
        SeedmaskError: the encoder cannot be built, not with this output stride, or has no stage of stride 4.
    """
    backbone = encoder_of(encoder, options.output_stride, first_weights=first_weights)
    return DeepLabV3Plus(backbone, classes, rates=options.rates)


class DeepLabV3Plus(SegmenterNetwork):
    """Encoder, atrous pyramid on its last stage, and a decoder that joins an early stage.

    Training needs batches of two or more images, because the pyramid's mean leaves one position of each.

    Args:
        encoder: the backbone.
        classes: number of classes, with background.
        rates: dilations of the pyramid's 3 x 3 convolutions.

    Raises:
        SeedmaskError: no stage of the encoder has stride 4.
    """

    def __init__(self, encoder: Encoder, classes: int, *, rates: Sequence[int] = (6, 12, 18)):
        super().__init__()
        self.encoder = encoder
        self._low = _stage_of_stride(encoder, LOW_STRIDE)
        (width,) = encoder.stage_channels((self._low,))
        self.pyramid = AtrousPyramid(encoder.channels, CHANNELS, rates)
        self.reduce = nn.Sequential(*_convolution(width, LOW_CHANNELS, 1))
        self.fuse = nn.Sequential(
            *_convolution(LOW_CHANNELS + CHANNELS, CHANNELS, 3), *_convolution(CHANNELS, CHANNELS, 3)
        )
        self.classifier = nn.Conv2d(CHANNELS, classes, 1)

    def forward(self, images: Float[torch.Tensor, "N 3 H W"]) -> Float[torch.Tensor, "N C H W"]:
        """Logits of RGB images in 0..1, at every pixel."""
        return self.decoded(images)[1]

    def decoded(
        self, images: Float[torch.Tensor, "N 3 H W"]
    ) -> tuple[Float[torch.Tensor, "N 256 h w"], Float[torch.Tensor, "N C H W"]]:
        """The decoder's features, a position for every 4 x 4 pixels, and the logits made from them at every pixel."""
        features = self._features(images)
        return features, self._logits(features, images.shape[-2:]).enlarged()

    def coarse_logits(self, images: Float[torch.Tensor, "N 3 H W"]) -> CoarseLogits:
        """Logits at the resolution of the decoder's features."""
        return self._logits(self._features(images), images.shape[-2:])

    def _features(self, images: torch.Tensor) -> torch.Tensor:
        (low,), last = self.encoder.stage_features(images, (self._low,))
        high = interpolate(self.pyramid(last), low.shape[-2:], mode="bilinear", align_corners=True)
        return self.fuse(torch.cat([self.reduce(low), high], dim=1))

    def _logits(self, features: torch.Tensor, size: Sequence[int]) -> CoarseLogits:
        return CoarseLogits(self.classifier(features), size, align_corners=True)

    def training_loss(self, logits: torch.Tensor, labels: torch.Tensor, loss: Loss) -> Float[torch.Tensor, ""]:
        """Loss of the outputs of `forward`."""
        return loss(logits, labels)

    def pretrained(self) -> nn.Module:
        """The part that came with weights and learns slowly."""
        return self.encoder


class AtrousPyramid(nn.Module):
    """A 1 x 1 and dilated 3 x 3 convolutions of the same features, and their mean, joined by a 1 x 1 convolution.

    Args:
        inputs: channels of the features.
        channels: of each branch and of the output.
        rates: dilations of the 3 x 3 convolutions.
    """

    def __init__(self, inputs: int, channels: int, rates: Sequence[int]):
        super().__init__()
        wide = [nn.Sequential(*_convolution(inputs, channels, 3, rate)) for rate in rates]
        self.branches = nn.ModuleList([nn.Sequential(*_convolution(inputs, channels, 1)), *wide])
        self.mean = nn.Sequential(nn.AdaptiveAvgPool2d(1), *_convolution(inputs, channels, 1))
        parts = len(self.branches) + 1
        self.project = nn.Sequential(*_convolution(parts * channels, channels, 1), nn.Dropout2d(0.5))

    def forward(self, features: Float[torch.Tensor, "N D h w"]) -> Float[torch.Tensor, "N D2 h w"]:
        """The joined branches, at the resolution of the features."""
        branches = [branch(features) for branch in self.branches]
        mean = self.mean(features).expand_as(branches[0])
        return self.project(torch.cat([*branches, mean], dim=1))


def _stage_of_stride(encoder: Encoder, stride: int) -> int:
    """Number of the last stage of some stride, from the end.

    Raises:
        SeedmaskError: there is none.
    """
    strides = encoder.stage_strides()
    numbers = [number - len(strides) for number, found in enumerate(strides) if found == stride]
    if not numbers:
        raise SeedmaskError(
            f"encoder {encoder.name} has stages of strides {strides}, DeepLabV3+ joins one of {stride}; "
            "choose an encoder that has one, such as a ResNet"
        )
    return numbers[-1]


def _convolution(inputs: int, outputs: int, side: int, rate: int = 1) -> list[nn.Module]:
    padding = rate * (side // 2)
    convolution = nn.Conv2d(inputs, outputs, side, padding=padding, dilation=rate, bias=False)
    return [convolution, nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)]
