"""Interface of the networks that score classes."""

import torch
from jaxtyping import Float
from torch import nn

from seedmask.networks.encoders import Encoder


class ClassifierNetwork(nn.Module):
    """A network that scores the classes of an image and each position of its feature map."""

    encoder: Encoder
    """The backbone, whose parameters learn more slowly than new layers."""

    def logits(self, images: Float[torch.Tensor, "N 3 H W"]) -> Float[torch.Tensor, "N C"]:
        """Logit of each class, without background, for RGB images in 0..1."""
        raise NotImplementedError

    def score_maps(self, images: Float[torch.Tensor, "N 3 H W"]) -> Float[torch.Tensor, "N C h w"]:
        """Score of each class, without background, at each position, for RGB images in 0..1."""
        raise NotImplementedError
