"""Settings of the segmenters."""

from typing import Annotated, Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt

from pipeline.config.base import Settings, VariantOf
from pipeline.config.networks import Augmentation, Encoder, Optimiser


class CrossEntropy(Settings):
    """Mean cross-entropy over the labelled pixels."""

    name: Literal["cross_entropy"] = "cross_entropy"
    """Kind of loss."""


class UnderFitting(Settings):
    """Cross-entropy that stops learning the pixels that fit worst, once the fit is good (PMM, ICCV 2021)."""

    name: Literal["under_fitting"] = "under_fitting"
    """Kind of loss."""
    mode: Literal["clamp", "ignore", "pow"] = "clamp"
    """What happens to a pixel's loss l: min(l, limit), l where l <= limit, or l^limit."""
    gate: NonNegativeFloat = 0.5
    """Mean loss of a batch in nats below which pixels are limited."""
    limit: PositiveFloat = 0.5
    """Limit of a pixel's loss in nats, or the power."""


Loss = Annotated[CrossEntropy | UnderFitting, Field(discriminator="name")]


class Segmenter(Encoder, Optimiser, Settings):
    """Any segmentation-models-pytorch architecture, trained on pseudo-masks."""

    source: Annotated[str, VariantOf(("masks",), truth=True)] = Field(alias="from")
    """Masks to learn from; `truth` trains on the true masks and is named so in the report."""
    arch: str = "DeepLabV3Plus"
    """Architecture of segmentation-models-pytorch by name, or `DilatedPSP`: PSPNet of stride 8 with an FCN head."""
    auxiliary_weight: NonNegativeFloat = 0.4
    """Weight of the auxiliary head's loss, where the architecture has one."""
    loss: Loss = CrossEntropy()
    """Training loss."""
    epochs: PositiveInt = 8
    """Passes over the training pictures."""
    lr: PositiveFloat = 0.01
    """Learning rate of pretrained layers at the first step."""
    augmentation: Augmentation = Augmentation(scale=(0.5, 1.5))
    """Random views of picture and mask."""
