"""DeepLabV2 (Chen et al., DeepLab, TPAMI 2018) with the multi-scale maximum, over any timm encoder.

As I2CRC and many others train it; segmentation-models-pytorch has versions 3 and 3+ only.
"""

from collections import OrderedDict
from collections.abc import Sequence
from itertools import accumulate, repeat

import torch
from jaxtyping import Float, Integer
from torch import nn
from torch.nn.functional import interpolate

from seedmask.architectures.deeplab_v2.options import DeepLabV2Options as Options
from seedmask.config.networks import EncoderOptions
from seedmask.methods.coarse_logits import CoarseLogits
from seedmask.methods.cross_entropy import cross_entropy
from seedmask.networks.encoders import Encoder, encoder_of
from seedmask.networks.segmenter import Loss, SegmenterNetwork

PUBLISHED = (
    ("base.features.", "multi_scale.network.encoder.model."),
    ("base.classifier.conv2d_list.", "multi_scale.network.aspp.branches."),
)
"""Names of tensors in I2CRC's code."""


class MultiScale(nn.Module):
    """The maximum over several sizes of the images of a network's logits, for each position and class.

    Args:
        network: from images (N, D, H, W) to logits (N, C, h, w), at any resolution.
        scales: sizes besides 1, in (0, 1]; an empty sequence leaves the network as it is.
    """

    def __init__(self, network: nn.Module, *, scales: Sequence[float] = (0.5, 0.75)):
        super().__init__()
        self.network = network
        self.scales = tuple(scales)

    def forward(
        self, images: Float[torch.Tensor, "N D H W"]
    ) -> list[Float[torch.Tensor, "N C _ _"]] | Float[torch.Tensor, "N C h w"]:
        """In training all logits, else their maximum, which has the resolution of scale 1.

        In training: [scale 1, the other scales in order at their own resolutions, maximum]. Without other scales
        [scale 1] alone, because the maximum would be the same and count twice in the loss.
        """
        logits = [self.network(images), *(self.network(_scaled(images, scale)) for scale in self.scales)]
        if self.scales:
            size = logits[0].shape[-2:]
            same = [logits[0], *(interpolate(x, size, mode="bilinear", align_corners=False) for x in logits[1:])]
            logits.append(torch.stack(same).max(dim=0).values)
        return logits if self.training else logits[-1]


def multi_scale_loss(
    logits: Sequence[Float[torch.Tensor, "N C _ _"]], labels: Integer[torch.Tensor, "N H W"], loss: Loss = cross_entropy
) -> Float[torch.Tensor, ""]:
    """Sum of the losses of several logits, each against the labels at its own resolution.

    The labels are resized down; with other networks the loss resizes the logits up to the labels.

    Args:
        logits: outputs of `MultiScale` in training.
        labels: class numbers, 255 where ignored.
        loss: of each; by default the mean cross-entropy over labelled pixels, 0 with zero gradient if there are none.
    """
    return torch.stack([loss(each, resize_labels(labels, each.shape[-2:])) for each in logits]).sum()


def resize_labels(labels: Integer[torch.Tensor, "N H W"], size: Sequence[int]) -> Integer[torch.Tensor, "N h w"]:
    """Labels as int64 at another size (h, w): the pixel that contains the new pixel's centre, as in Pillow's NEAREST.

    Row r comes from row ⌊(r + 1/2) H/h⌋. That is torch's "nearest-exact" except for centres on the border of two
    pixels; torch's "nearest" takes the corner of the new pixel instead.
    """
    rows, columns = (
        torch.tensor(_centres(old, new), device=labels.device) for old, new in zip(labels.shape[-2:], size, strict=True)
    )
    return labels.long()[:, rows[:, None], columns]


def _centres(old: int, new: int) -> list[int]:
    """Pixel that contains the centre of each new pixel; summed as in Pillow, because rounding decides on borders."""
    step = old / new
    return [int(centre) for centre in accumulate(repeat(step, new - 1), initial=step / 2)]


def _scaled(images: torch.Tensor, scale: float) -> torch.Tensor:
    """Images resized by a factor; sizes are rounded down, to 1 at least."""
    height, width = images.shape[-2:]
    if min(height, width) * scale < 1:
        size = max(1, int(height * scale)), max(1, int(width * scale))
        return interpolate(images, size, mode="bilinear", align_corners=False)
    # By the factor and not to the size: if the size is rounded, the two sample at different positions.
    return interpolate(images, scale_factor=scale, mode="bilinear", align_corners=False)


def build(options: Options, encoder: EncoderOptions, classes: int, *, first_weights: bool = True) -> "DeepLabV2":
    """The network of some options, with the encoder's first weights or, before trained ones are loaded, without.

    Raises:
        SeedmaskError: the encoder cannot be built, or not with this output stride.
    """
    backbone = encoder_of(encoder, options.output_stride, first_weights=first_weights)
    return DeepLabV2(backbone, classes, rates=options.rates, scales=options.scales)


class DeepLabV2(SegmenterNetwork):
    """Dilated encoder and summed dilated convolutions, applied to several sizes of the image.

    At stride 8 the first blocks of a ResNet's last two stages have no dilation in I2CRC's code, which is
    `dilation: later_blocks`; timm's layer4 starts with 2.

    Args:
        encoder: the backbone.
        classes: number of classes, with background.
        rates: dilations of the convolutions that are summed, in steps of the features.
        scales: sizes of the image besides its own, in (0, 1].
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
        """Logits of RGB images in 0..1: in training those of `MultiScale`, else the maximum at every pixel."""
        return self.multi_scale(images) if self.training else self.coarse_logits(images).enlarged()

    def coarse_logits(self, images: Float[torch.Tensor, "N 3 H W"]) -> CoarseLogits:
        """The maximum of `MultiScale`, at the resolution of the features."""
        return CoarseLogits(self.multi_scale(images), images.shape[-2:])

    def training_loss(
        self, logits: Sequence[Float[torch.Tensor, "N C _ _"]], labels: torch.Tensor, loss: Loss
    ) -> Float[torch.Tensor, ""]:
        """Sum over all logits; the labels are resized to each of them."""
        return multi_scale_loss(logits, labels, loss)

    def pretrained(self) -> nn.Module:
        """The part that came with weights and learns slowly."""
        return self.multi_scale.network.get_submodule("encoder")


class SummedConvolutions(nn.Module):
    """Sum of 3x3 convolutions of the same features, one for each dilation: DeepLabV2's spatial pyramid (ASPP).

    Args:
        inputs: channels of the features.
        classes: channels of the sum.
        rates: dilations.
    """

    def __init__(self, inputs: int, classes: int, rates: Sequence[int]):
        super().__init__()
        branches = [nn.Conv2d(inputs, classes, 3, padding=rate, dilation=rate) for rate in rates]
        for branch in branches:
            nn.init.normal_(branch.weight, std=0.01)
            if branch.bias is not None:
                nn.init.zeros_(branch.bias)
        self.branches = nn.ModuleList(branches)

    def forward(self, features: Float[torch.Tensor, "N D h w"]) -> Float[torch.Tensor, "N C h w"]:
        """Logits at the resolution of the features."""
        return sum(branch(features) for branch in self.branches)  # pyright: ignore[reportReturnType]  never the int 0
