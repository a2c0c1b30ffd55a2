"""SEAM's classifier: CAMs refined by pixel correlation (Wang et al., CVPR 2020), over any timm encoder."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import nn
from torch.nn.functional import interpolate

from seedmask.classifiers.seam.options import SeamOptions as Options
from seedmask.methods.seam import pixel_correlation
from seedmask.networks.classifier import ClassifierNetwork
from seedmask.networks.encoders import Encoder, encoder_of

STAGES = (-3, -2)
"""The two stages before the last one; in ResNets those with 1/4 and 1/2 of the last one's channels."""
REDUCED = (64, 128)
"""Channels that each stage's features are reduced to for the correlation."""
CORRELATED = 192
"""Channels of the features that the correlation compares."""
PUBLISHED = (
    ("fc8.", "classifier."),
    ("f8_3.", "reductions.0."),
    ("f8_4.", "reductions.1."),
    ("f9.", "correlated."),
    ("", "encoder.model."),
)
"""Names of tensors in the code of SEAM and PMM."""


def build(options: Options, classes: int, *, first_weights: bool = True) -> "SeamClassifier":
    """The network of some options, with the encoder's first weights or, before trained ones are loaded, without."""
    generator = torch.Generator().manual_seed(options.seed)
    encoder = encoder_of(options, options.output_stride, first_weights=first_weights)
    return SeamClassifier(encoder, classes, generator, options.dropout)


class SeamCams(NamedTuple):
    """Scores and refined scores, background first, at the size of the images."""

    scores: Float[torch.Tensor, "N K H W"]
    refined: Float[torch.Tensor, "N K H W"]


class SeamClassifier(ClassifierNetwork):
    """Encoder, 1 x 1 score layer without bias, and a pixel correlation that refines the scores.

    The correlation compares colours and reduced features of two stages, without gradient to the stages.

    Args:
        encoder: the backbone; the paper's has an output stride of 8.
        classes: number of classes, without background.
        generator: draws the first weights of the new layers.
        dropout: share of the feature channels left out in training.

    Raises:
        SeedmaskError: the encoder does not return the features of its stages.
    """

    def __init__(self, encoder: Encoder, classes: int, generator: torch.Generator, dropout: float = 0.5):
        super().__init__()
        self.encoder = encoder
        self.dropout = nn.Dropout2d(dropout)
        self.classifier = nn.Conv2d(encoder.channels, classes + 1, 1, bias=False)
        widths = encoder.stage_channels(STAGES)
        reductions = [nn.Conv2d(width, reduced, 1, bias=False) for width, reduced in zip(widths, REDUCED, strict=True)]
        self.reductions = nn.ModuleList(reductions)
        self.correlated = nn.Conv2d(3 + sum(REDUCED), CORRELATED, 1, bias=False)
        nn.init.xavier_uniform_(self.classifier.weight, generator=generator)
        for reduction in reductions:
            nn.init.kaiming_normal_(reduction.weight, generator=generator)
        nn.init.xavier_uniform_(self.correlated.weight, gain=4, generator=generator)

    def forward(self, images: Float[torch.Tensor, "N 3 H W"]) -> SeamCams:
        """Scores of RGB images in 0..1."""
        stages, last = self.encoder.stage_features(images, STAGES)
        scores = self.classifier(self.dropout(last))
        with torch.autocast(images.device.type, enabled=False):  # half precision loses the 1e-5 and the sums
            features = self._correlated(images, stages, last.shape[-2:])
            refined = pixel_correlation(scores.float(), features)
        return SeamCams(_resized(scores, images.shape[-2:]), _resized(refined, images.shape[-2:]))

    def logits(self, images: Float[torch.Tensor, "N 3 H W"]) -> Float[torch.Tensor, "N C"]:
        """Logit of each class: the mean of its unrefined scores."""
        return self(images).scores[:, 1:].mean(dim=(2, 3))

    def score_maps(self, images: Float[torch.Tensor, "N 3 H W"]) -> Float[torch.Tensor, "N C H W"]:
        """Refined score of each class, without background, at every pixel; not negative."""
        return self(images).refined[:, 1:]

    def _correlated(
        self, images: torch.Tensor, stages: list[torch.Tensor], size: Sequence[int]
    ) -> Float[torch.Tensor, "N D h w"]:
        """Features of unit length at the resolution of the scores."""
        colour = _resized(self.encoder.normalised(images), size)
        reduced = [
            _resized(reduction(stage.detach().float()).relu(), size)
            for reduction, stage in zip(self.reductions, stages, strict=True)
        ]
        features = self.correlated(torch.cat([colour.float(), *reduced], dim=1))
        return features / (features.norm(dim=1, keepdim=True) + 1e-5)


def _resized(features: torch.Tensor, size: Sequence[int]) -> torch.Tensor:
    if features.shape[-2:] == size:
        return features
    return interpolate(features, tuple(size), mode="bilinear", align_corners=True)
