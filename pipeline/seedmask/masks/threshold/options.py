"""Options of plain seed masks."""

from typing import ClassVar, Literal

from seedmask.config.threshold import FromScoredSeeds


class ThresholdOptions(FromScoredSeeds):
    """The class with the largest activation, or background where none exceeds the threshold."""

    is_seed_mask: ClassVar[bool] = True

    method: Literal["threshold"] = "threshold"
    """Kind of mask."""
