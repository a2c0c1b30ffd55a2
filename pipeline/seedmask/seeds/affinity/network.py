"""The encoder whose features say what is alike."""

import torch
from jaxtyping import Float
from torch import nn

from seedmask.networks.encoders import Encoder, encoder_of
from seedmask.seeds.affinity.options import AffinityOptions as Options


class LastStage(nn.Module):
    """The encoder without what follows its last stage.

    Args:
        encoder: the backbone.
    """

    def __init__(self, encoder: Encoder):
        super().__init__()
        self.encoder = encoder

    def features(self, images: Float[torch.Tensor, "N 3 H W"]) -> Float[torch.Tensor, "N D h w"]:
        """Features of RGB images in 0..1."""
        return self.encoder.stage_features(images, [-1])[0][0]


def build(options: Options, classes: int, *, first_weights: bool = True) -> LastStage:  # noqa: ARG001  no class has a part
    """The network of some options in evaluation mode, with the encoder's first weights or without.

    Raises:
        SeedmaskError: it does not return the features of its stages; see `encoder_of`.
    """
    encoder = encoder_of(options, options.output_stride, first_weights=first_weights)
    encoder.stage_channels([-1])
    return LastStage(encoder).eval()
