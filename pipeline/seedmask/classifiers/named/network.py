"""A classifier made from rows of an encoder's ImageNet head, without training."""

from collections.abc import Mapping
from typing import Any

import torch
from jaxtyping import Float, Integer

from seedmask.classifiers.named.options import NamedOptions as Options
from seedmask.methods.named import Weighting, centred, named_activation
from seedmask.networks.classifier import ClassifierNetwork
from seedmask.networks.encoders import Encoder, encoder_of
from seedmask.networks.imagenet_head import PreLogits

ROWS = ("rows", "bias", "class_of")
"""Tensors with an element for each row; the number of rows depends on more than the options."""


def build(options: Options, classes: int, *, first_weights: bool = True) -> "NamedClassifier":
    """The network of some options, still without rows; `set_rows` sets them, or the weights bring them."""
    encoder = encoder_of(options, options.output_stride, first_weights=first_weights)
    return NamedClassifier(encoder, classes, options.rows)


class NamedClassifier(ClassifierNetwork):
    """Encoder and the rows of its head that represent the classes.

    Args:
        encoder: the backbone.
        classes: number of classes, without background.
        weighting: how the rows of a class are combined.
    """

    rows: torch.Tensor
    bias: torch.Tensor
    class_of: torch.Tensor

    def __init__(self, encoder: Encoder, classes: int, weighting: Weighting):
        super().__init__()
        self.encoder = encoder
        self.classes = classes
        self.weighting: Weighting = weighting
        self.read = PreLogits(encoder)
        self.register_buffer("rows", torch.zeros(0, self.read.channels))
        self.register_buffer("bias", torch.zeros(0))
        self.register_buffer("class_of", torch.zeros(0, dtype=torch.long))

    def set_rows(
        self,
        weight: Float[torch.Tensor, "R D"],
        bias: Float[torch.Tensor, " R"],
        chosen: Integer[torch.Tensor, " M"],
        class_of: Integer[torch.Tensor, " M"],
    ) -> None:
        """Set the rows of the classes.

        Args:
            weight: all rows of the head.
            bias: of all rows.
            chosen: numbers of the rows that represent a class.
            class_of: 0-based class of each chosen row.
        """
        self.rows, self.bias, self.class_of = centred(weight)[chosen], bias[chosen], class_of

    def score_maps(self, images: Float[torch.Tensor, "N 3 H W"]) -> Float[torch.Tensor, "N C h w"]:
        """Score of each class at each position of the feature map, from RGB in 0..1; the mean is the logit."""
        features = self.read(self.encoder(images))
        return named_activation(features, self.rows, self.bias, self.class_of, self.classes, self.weighting)

    def forward(self, images: Float[torch.Tensor, "N 3 H W"]) -> Float[torch.Tensor, "N C"]:
        """Logit of each class; 0 is the logit of the mean of ImageNet's classes."""
        return self.score_maps(images).mean(dim=(2, 3))

    logits = forward

    def _load_from_state_dict(self, state_dict: Mapping[str, Any], prefix: str, *rest: Any) -> None:
        for name in ROWS:
            if (stored := state_dict.get(prefix + name)) is not None:
                setattr(self, name, torch.empty_like(stored, device=getattr(self, name).device))
        super()._load_from_state_dict(state_dict, prefix, *rest)
