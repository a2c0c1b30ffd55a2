"""Image classifier with class activation maps (CAM; Zhou et al., CVPR 2016)."""

import torch
from jaxtyping import Float
from torch import nn

from seedmask.classifiers.cam.options import CamOptions as Options
from seedmask.networks.classifier import ClassifierNetwork
from seedmask.networks.encoders import Encoder, encoder_of


def build(options: Options, classes: int, *, first_weights: bool = True) -> "CamClassifier":
    """The network of some options, with the encoder's first weights or, before trained ones are loaded, without."""
    generator = torch.Generator().manual_seed(options.seed)
    return CamClassifier(encoder_of(options, options.output_stride, first_weights=first_weights), classes, generator)


class CamClassifier(ClassifierNetwork):
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
        """Mean features of each image."""
        return self.encoder(images).mean(dim=(2, 3))

    def classify(self, pooled: Float[torch.Tensor, "N D"]) -> Float[torch.Tensor, "N C"]:
        """Logits from mean features."""
        return self.classifier(pooled)

    def score_maps(self, images: Float[torch.Tensor, "N 3 H W"]) -> Float[torch.Tensor, "N C h w"]:
        """Score of each class at each position of the feature map; the mean is the logit."""
        return class_activation(self.encoder(images), self.classifier.weight)


def class_activation(
    features: Float[torch.Tensor, "N D h w"], weight: Float[torch.Tensor, "C D"]
) -> Float[torch.Tensor, "N C h w"]:
    """Score map of each class, M_c(x) = Σ_d weight[c, d] features[d](x) (equation 2); may be negative."""
    return torch.einsum("ndhw,cd->nchw", features, weight)
