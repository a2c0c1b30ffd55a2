"""Options of plain seed masks."""

from typing import ClassVar, Literal

from pipeline.config.threshold import FromScoredSeeds


class ThresholdMasks(FromScoredSeeds):
    """The class with the largest activation, or background where none exceeds the threshold."""

    is_seed_mask: ClassVar[bool] = True

    method: Literal["threshold"] = "threshold"
    """Kind of mask."""
