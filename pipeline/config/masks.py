"""Settings of the pseudo-masks."""

from typing import Annotated, Literal

from pydantic import Field, PositiveFloat, PositiveInt

from pipeline.config.base import Name, Settings, VariantOf
from pipeline.config.crf import Crf, ProportionalCrf, SegmenterCrf


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


class ExponentThreshold(Settings):
    """A background score for each pixel, (1 - max)^value over the class scores."""

    mode: Literal["exponent"] = "exponent"
    """How the background score is chosen."""
    value: PositiveFloat = 4
    """Exponent; larger leaves less background."""


Threshold = Annotated[
    FixedThreshold | LabelFreeThreshold | OracleThreshold | ExponentThreshold, Field(discriminator="mode")
]


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


class ProportionalMasks(_FromSeeds):
    """One binary CRF for each class; a pixel goes to the class that it has the largest share of (PMM, ICCV 2021)."""

    method: Literal["proportional"] = "proportional"
    """Kind of mask."""
    exponent: PositiveFloat | Literal["label_free"] = 11
    """Background of a class's CRF: (1 - score)^exponent; larger leaves less background. `label_free` finds the one that
    leaves as much foreground before the CRF as a label-free threshold of the seeds does."""
    floor: Annotated[float, Field(ge=0, le=1)] = 0.05
    """Scores below it are 0."""
    smoothing: Annotated[float, Field(ge=0, le=0.47)] = 0.3
    """How much uneven maps are lifted, by their coefficient of variation; 0 switches it off."""
    shares: bool = True
    """Compare shares of the classes' activation where several claim a pixel; off: compare scores."""
    crf: ProportionalCrf | None = ProportionalCrf()
    """Kernels of the CRF; `null` leaves the pairwise terms out."""


class CyclicMasks(Settings):
    """A segmenter's predictions on its own training pictures, as masks for the next one (PMM, ICCV 2021)."""

    source: Annotated[str, VariantOf(("segmenters",))] = Field(alias="from")
    """Segmenter that predicts."""
    method: Literal["cyclic"] = "cyclic"
    """Kind of mask."""
    scales: tuple[PositiveFloat, ...] = (0.5, 0.75, 1.0, 1.25, 1.5, 1.75)
    """Sizes the picture is shown at, relative to `short_side`."""
    short_side: PositiveInt | None = None
    """Shorter side in pixels at scale 1; the picture's own when not given."""
    flip: bool = True
    """Whether each size is shown mirrored too."""
    window: PositiveInt = 512
    """Side in pixels of the sliding window that larger pictures are cut into."""
    window_stride: PositiveInt = 480
    """Step of the window in pixels."""
    crf: SegmenterCrf | None = SegmenterCrf()
    """CRF on the averaged scores; `null` leaves it out."""
    filter_by_tags: bool = True
    """Whether classes that are not among the picture's tags are left out; the paper leaves them in."""
    splits: tuple[Name, ...] = ("train",)
    """Splits to make masks for."""
    threads: PositiveInt = 1
    """CPU threads of one job; part of the experiment because sums depend on it."""


Masks = Annotated[ThresholdMasks | CrfMasks | ParMasks | ProportionalMasks | CyclicMasks, Field(discriminator="method")]
