"""Settings of the pseudo-masks."""

from typing import Annotated, Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt

from pipeline.config.base import Settings, VariantOf


class FixedThreshold(Settings):
    """A background score that the user names."""

    mode: Literal["fixed"] = "fixed"
    """How the background score is chosen."""
    value: Annotated[float, Field(ge=0, le=1)] = 0.3
    """Background score, 0..1."""


class LabelFreeThreshold(Settings):
    """A background score found in the seeds' own histogram, without any pixel label."""

    mode: Literal["label_free"] = "label_free"
    """How the background score is chosen."""


class OracleThreshold(Settings):
    """The background score with the best mIoU against truth; for comparison only, it uses pixel labels."""

    mode: Literal["oracle"] = "oracle"
    """How the background score is chosen."""
    split: str = "train"
    """Split whose truth is used."""


Threshold = Annotated[FixedThreshold | LabelFreeThreshold | OracleThreshold, Field(discriminator="mode")]


class Crf(Settings):
    """Dense CRF (Kraehenbuehl & Koltun, NIPS 2011); the defaults are those for hard labels of IRN (CVPR 2019)."""

    iterations: PositiveInt = 10
    """Mean-field iterations."""
    gaussian_sxy: PositiveFloat = 3
    """Standard deviation of the smoothness kernel in pixels."""
    gaussian_compat: NonNegativeFloat = 3
    """Weight of the smoothness kernel."""
    bilateral_sxy: PositiveFloat = 50
    """Standard deviation of the appearance kernel in pixels."""
    bilateral_srgb: PositiveFloat = 5
    """Standard deviation of the appearance kernel in grey levels."""
    bilateral_compat: NonNegativeFloat = 10
    """Weight of the appearance kernel."""


class _FromSeeds(Settings):
    source: Annotated[str, VariantOf(("seeds",))] = Field(alias="from")
    """Seeds the masks are made from."""


class ThresholdMasks(_FromSeeds):
    """The class with the largest activation, or background where none exceeds the threshold."""

    method: Literal["threshold"] = "threshold"
    """Kind of mask."""
    threshold: Threshold = LabelFreeThreshold()
    """Background score."""


class CrfMasks(_FromSeeds):
    """Joint dense CRF over background and the classes present."""

    method: Literal["crf"] = "crf"
    """Kind of mask."""
    threshold: Threshold = LabelFreeThreshold()
    """Background score."""
    unary: Literal["labels", "scores"] = "labels"
    """What the CRF starts from: the thresholded labels with `confidence`, or the scores themselves."""
    confidence: Annotated[float, Field(gt=0, lt=1)] = 0.7
    """Probability given to a label; only for `unary: labels`."""
    crf: Crf = Crf()
    """Kernels of the CRF."""


class ParMasks(_FromSeeds):
    """Pixel-adaptive refinement (Ru et al., CVPR 2022); needs no compiler."""

    method: Literal["par"] = "par"
    """Kind of mask."""
    threshold: Threshold = LabelFreeThreshold()
    """Background score."""
    dilations: tuple[PositiveInt, ...] = (1, 2, 4, 8, 12, 24)
    """Distances of the eight neighbours in pixels."""
    iterations: PositiveInt = 10
    """Rounds of averaging."""
    threads: PositiveInt = 1
    """CPU threads of one job; part of the experiment because sums depend on it."""


Masks = Annotated[ThresholdMasks | CrfMasks | ParMasks, Field(discriminator="method")]
