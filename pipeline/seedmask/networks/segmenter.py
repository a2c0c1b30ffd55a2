"""Interfaces of the networks that are trained on masks, and of their losses."""

from collections.abc import Callable
from typing import Any

import torch
from jaxtyping import Float
from torch import nn

from seedmask.methods.coarse_logits import CoarseLogits

Loss = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
"""From logits (N, C, h, w) of any size and labels (N, H, W), 255 where ignored, to a scalar."""
WeakLoss = Callable[[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor], torch.Tensor]
"""From features (N, D, h, w), logits (N, C, H, W), labels (N, H2, W2) with C for unlabelled and 255 for padding, and
the classes (N, C) that each image may show, background among them, to a scalar. Labels are smaller than logits if the
network has padded the image on the right and below."""


class PretrainedNetwork(nn.Module):
    """A network with a pretrained part."""

    def pretrained(self) -> nn.Module:
        """The part that came with weights; it learns more slowly than the other layers."""
        raise NotImplementedError


class SegmenterNetwork(PretrainedNetwork):
    """A network from RGB images (N, 3, H, W) in 0..1 to logits, background first.

    In evaluation mode it returns logits (N, C, H, W) at every pixel, in training whatever `training_loss` takes.
    """

    def coarse_logits(self, images: Float[torch.Tensor, "N 3 H W"]) -> CoarseLogits:
        """Logits in evaluation mode before they are enlarged to every pixel, which `forward` does to them.

        An architecture that has them overrides this: the logits of many classes at every pixel need much memory.
        """
        return CoarseLogits(self(images), images.shape[-2:])

    def training_loss(self, logits: Any, labels: torch.Tensor, loss: Loss) -> Float[torch.Tensor, ""]:
        """Loss of the network's outputs in training.

        Args:
            logits: the outputs; an architecture may return several tensors.
            labels: (N, H, W), 255 where ignored.
            loss: of one tensor of logits and its labels.
        """
        raise NotImplementedError

    def decoded(
        self, images: Float[torch.Tensor, "N 3 H W"]
    ) -> tuple[Float[torch.Tensor, "N D h w"], Float[torch.Tensor, "N C H2 W2"]]:
        """Features and logits; only architectures whose options give `features` have it."""
        raise NotImplementedError


class PlainSegmenter(SegmenterNetwork):
    """An architecture from outside, which may be any module that gives logits at every pixel.

    Args:
        network: the module, in evaluation mode.
    """

    def __init__(self, network: nn.Module):
        super().__init__()
        self.network = network

    def forward(self, images: Float[torch.Tensor, "N 3 H W"]) -> Float[torch.Tensor, "N C H W"]:
        """Its logits."""
        return self.network(images)


def as_segmenter(network: nn.Module) -> SegmenterNetwork:
    """A network in evaluation mode with `coarse_logits`."""
    return network if isinstance(network, SegmenterNetwork) else PlainSegmenter(network).eval()
