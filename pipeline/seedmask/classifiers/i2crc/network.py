"""I2CRC's classifier: convolutions and a 1 x 1 score layer over any timm encoder (Chen et al., TMM 2023)."""

from itertools import pairwise

import torch
from jaxtyping import Float
from torch import nn

from seedmask.classifiers.i2crc.options import I2crcOptions as Options
from seedmask.networks.classifier import ClassifierNetwork
from seedmask.networks.encoders import Encoder, encoder_of

PUBLISHED = (("features.", "encoder.model.features."), ("extra_convs.", "head."))
"""Names of tensors in the authors' code."""


def build(options: Options, classes: int, *, first_weights: bool = True) -> "I2crcClassifier":
    """The network of some options, with the encoder's first weights or, before trained ones are loaded, without."""
    encoder = encoder_of(options, options.output_stride, first_weights=first_weights)
    generator = torch.Generator().manual_seed(options.seed)
    return I2crcClassifier(
        encoder,
        classes,
        generator,
        layers=options.head_layers,
        channels=options.head_channels,
        deviation=options.score_deviation,
    )


class I2crcClassifier(ClassifierNetwork):
    """Encoder, 3 x 3 convolutions with ReLU, and a score layer with bias; the logit is the mean of the signed scores.

    Args:
        encoder: the backbone; the paper's is VGG16 of output stride 8.
        classes: number of classes, without background.
        generator: draws the first weights of the new layers, normal with variance 2 / (k^2 outputs).
        layers: number of 3 x 3 convolutions.
        channels: of the convolutions; by default as many as the encoder's.
        deviation: of the first weights of the score layer, instead of the default.
    """

    def __init__(
        self,
        encoder: Encoder,
        classes: int,
        generator: torch.Generator,
        *,
        layers: int = 3,
        channels: int | None = None,
        deviation: float | None = None,
    ):
        super().__init__()
        self.encoder = encoder
        widths = [encoder.channels, *[channels or encoder.channels] * layers]
        parts: list[nn.Module] = []
        for inputs, outputs in pairwise(widths):
            parts += [_convolution(inputs, outputs, 3, generator), nn.ReLU(inplace=True)]
        self.head = nn.Sequential(*parts, _convolution(widths[-1], classes, 1, generator, deviation))

    def score_maps(self, images: Float[torch.Tensor, "N 3 H W"]) -> Float[torch.Tensor, "N C h w"]:
        """Z: score of each class at each position, of RGB images in 0..1."""
        return self.head(self.encoder(images))

    forward = score_maps

    def logits(self, images: Float[torch.Tensor, "N 3 H W"]) -> Float[torch.Tensor, "N C"]:
        """Logit of each class: the mean of its scores."""
        return self.score_maps(images).mean(dim=(2, 3))


def _convolution(
    inputs: int, outputs: int, side: int, generator: torch.Generator, deviation: float | None = None
) -> nn.Conv2d:
    layer = nn.Conv2d(inputs, outputs, side, padding=side // 2)
    nn.init.normal_(layer.weight, std=deviation or (2 / (side * side * outputs)) ** 0.5, generator=generator)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer
