"""SEAM's classifier: CAMs refined by pixel correlation (Wang et al., CVPR 2020), over any timm encoder."""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import nn
from torch.nn.functional import interpolate

from seedmask.classifiers.seam.options import SeamOptions as Options
from seedmask.methods.seam import pixel_correlation
from seedmask.networks.encoders import Encoder, build_encoder
from seedmask.networks.stage_features import stage_channels, stage_maps

STAGES = (-3, -2)
"""The two stages before the last one; in ResNets those with 1/4 and 1/2 of the last one's channels."""
REDUCED = (64, 128)
"""Channels that each stage's features are reduced to for the correlation."""
CORRELATED = 192
"""Channels of the features that places are compared by."""


def build(options: Options, classes: int, *, first_weights: bool = True) -> "SeamClassifier":
    """The network of some options, with the encoder's first weights or, to be loaded over, without."""
    generator = torch.Generator().manual_seed(options.seed)
    encoder = build_encoder(options, options.output_stride, first_weights=first_weights)
    return SeamClassifier(encoder, classes, generator, options.dropout)


class SeamMaps(NamedTuple):
    """Scores and refined scores, background first, at the size of the pictures."""

    scores: Float[torch.Tensor, "N K H W"]
    refined: Float[torch.Tensor, "N K H W"]


class SeamClassifier(nn.Module):
    """Encoder, 1 x 1 score layer without bias, and a correlation of pixels that refines the scores.

    Places are compared by the colour and by reduced features of two stages; the stages get no gradient from it.

    Args:
        encoder: the backbone; the paper's has an output stride of 8.
        classes: number of classes, without background.
        generator: draws the first weights of the new layers.
        dropout: share of the feature channels left out in training.

    Raises:
        SeedmaskError: the encoder does not give the features of its stages.
    """

    def __init__(self, encoder: Encoder, classes: int, generator: torch.Generator, dropout: float = 0.5):
        super().__init__()
        self.encoder = encoder
        self.dropout = nn.Dropout2d(dropout)
        self.classifier = nn.Conv2d(encoder.channels, classes + 1, 1, bias=False)
        widths = stage_channels(encoder, STAGES)
        self.reductions = nn.ModuleList(
            nn.Conv2d(width, reduced, 1, bias=False) for width, reduced in zip(widths, REDUCED, strict=True)
        )
        self.correlated = nn.Conv2d(3 + sum(REDUCED), CORRELATED, 1, bias=False)
        nn.init.xavier_uniform_(self.classifier.weight, generator=generator)
        for reduction in self.reductions:
            nn.init.kaiming_normal_(reduction.weight, generator=generator)
        nn.init.xavier_uniform_(self.correlated.weight, gain=4, generator=generator)

    def forward(self, images: Float[torch.Tensor, "N 3 H W"]) -> SeamMaps:
        """Score maps of RGB pictures in 0..1."""
        stages, last = stage_maps(self.encoder, images, STAGES)
        scores = self.classifier(self.dropout(last))
        with torch.autocast(images.device.type, enabled=False):  # half precision loses the 1e-5 and the sums
            features = self._correlated(images, stages, last.shape[-2:])
            refined = pixel_correlation(scores.float(), features)
        return SeamMaps(_resized(scores, images.shape[-2:]), _resized(refined, images.shape[-2:]))

    def logits(self, images: Float[torch.Tensor, "N 3 H W"]) -> Float[torch.Tensor, "N C"]:
        """Logit of each class: the mean of its unrefined scores."""
        return self(images).scores[:, 1:].mean(dim=(2, 3))

    def score_maps(self, images: Float[torch.Tensor, "N 3 H W"]) -> Float[torch.Tensor, "N C H W"]:
        """Refined score of each class, without background, at every pixel; not negative."""
        return self(images).refined[:, 1:]

    def _correlated(
        self, images: torch.Tensor, stages: list[torch.Tensor], size: tuple[int, int]
    ) -> Float[torch.Tensor, "N D h w"]:
        """Features of unit length at the resolution of the scores."""
        colour = _resized(self.encoder.normalised(images), size)
        reduced = [
            _resized(reduction(stage.detach().float()).relu(), size)
            for reduction, stage in zip(self.reductions, stages, strict=True)
        ]
        features = self.correlated(torch.cat([colour.float(), *reduced], dim=1))
        return features / (features.norm(dim=1, keepdim=True) + 1e-5)


def _resized(maps: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    if maps.shape[-2:] == size:
        return maps
    return interpolate(maps, size, mode="bilinear", align_corners=True)
