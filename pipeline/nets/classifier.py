"""Image classifier whose weights point at pixels (CAM; Zhou et al., CVPR 2016)."""

import torch
from jaxtyping import Float
from torch import nn

from pipeline.config.networks import Freeze
from pipeline.errors import SeedmaskError
from pipeline.methods.cam import class_activation
from pipeline.nets.encoders import Encoder


class CamClassifier(nn.Module):
    """Encoder, global average pooling, 1 x 1 classifier without bias.

    Args:
        encoder: the backbone.
        classes: number of classes, without background.
        generator: draws the first weights of the classifier.
    """

    def __init__(self, encoder: Encoder, classes: int, generator: torch.Generator):
        super().__init__()
        self.encoder = encoder
        self.classifier = nn.Linear(encoder.channels, classes, bias=False)
        nn.init.normal_(self.classifier.weight, std=0.01, generator=generator)

    def forward(self, images: Float[torch.Tensor, "N 3 H W"]) -> Float[torch.Tensor, "N C"]:
        """Logit of each class, from RGB in 0..1."""
        return self.classify(self.pool(images))

    logits = forward

    def pool(self, images: Float[torch.Tensor, "N 3 H W"]) -> Float[torch.Tensor, "N D"]:
        """Mean feature of each picture."""
        return self.encoder(images).mean(dim=(2, 3))

    def classify(self, pooled: Float[torch.Tensor, "N D"]) -> Float[torch.Tensor, "N C"]:
        """Logits from mean features."""
        return self.classifier(pooled)

    def score_maps(self, images: Float[torch.Tensor, "N 3 H W"]) -> Float[torch.Tensor, "N C h w"]:
        """Score of each class at each place of the feature map; their mean is the logit."""
        return class_activation(self.encoder(images), self.classifier.weight)


def freeze(encoder: Encoder, stages: Freeze) -> list[nn.Module]:
    """Stop the gradients of leading stages.

    Returns:
        the frozen parts; a trainer must keep them in eval mode, so that their batch statistics stay.

    Raises:
        SeedmaskError: the encoder has fewer stages.
    """
    parts = encoder.stages()
    if stages == "all":
        stages = len(parts)
    if stages > len(parts):
        raise SeedmaskError(f"frozen_stages {stages}: the encoder has {len(parts)} stages; use at most that or `all`")
    for part in parts[:stages]:
        part.requires_grad_(False)
    return parts[:stages]
