"""Settings of the segmenters."""

from typing import Annotated, Literal

from pydantic import Field, PositiveFloat, PositiveInt

from pipeline.config.base import Settings, VariantOf
from pipeline.config.networks import Augmentation, Encoder, Optimiser


class CrossEntropy(Settings):
    """Mean cross-entropy over the labelled pixels."""

    name: Literal["cross_entropy"] = "cross_entropy"
    """Kind of loss."""


class Segmenter(Encoder, Optimiser, Settings):
    """Any segmentation-models-pytorch architecture, trained on pseudo-masks."""

    source: Annotated[str, VariantOf(("masks",), truth=True)] = Field(alias="from")
    """Masks to learn from; `truth` trains on the true masks and is named so in the report."""
    arch: str = "DeepLabV3Plus"
    """Architecture of segmentation-models-pytorch by name."""
    loss: CrossEntropy = CrossEntropy()
    """Training loss."""
    epochs: PositiveInt = 8
    """Passes over the training pictures."""
    lr: PositiveFloat = 0.01
    """Learning rate of pretrained layers at the first step."""
    augmentation: Augmentation = Augmentation(scale=(0.5, 1.5))
    """Random views of picture and mask."""
