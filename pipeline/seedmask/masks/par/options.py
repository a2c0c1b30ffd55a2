"""Options of pixel-adaptive refinement."""

from typing import ClassVar, Literal

from seedmask.config.base import PositiveInt, Rounds, Threads
from seedmask.config.threshold import FromScoredSeeds


class ParOptions(FromScoredSeeds):
    """Pixel-adaptive refinement (Ru et al., CVPR 2022); needs no compiler."""

    gpu: ClassVar[bool] = True

    method: Literal["par"] = "par"
    """Kind of mask."""
    dilations: tuple[PositiveInt, ...] = (1, 2, 4, 8, 12, 24)
    """Distances of the eight neighbours in pixels."""
    iterations: Rounds = 10
    """Rounds of averaging."""
    threads: Threads = 1
    """CPU threads of one job; part of the experiment because sums depend on it."""
