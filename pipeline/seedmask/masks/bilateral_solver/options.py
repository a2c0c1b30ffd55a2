"""Options of the fast bilateral solver."""

from typing import ClassVar, Literal

from pydantic import PositiveFloat

from seedmask.config.base import Rounds, Threads
from seedmask.config.threshold import FromScoredSeeds


class BilateralSolverOptions(FromScoredSeeds):
    """Fast bilateral solver (Barron and Poole, ECCV 2016); needs no compiler. The defaults are those of its authors."""

    gpu: ClassVar[bool] = True

    method: Literal["bilateral_solver"] = "bilateral_solver"
    """Kind of mask."""
    spatial: PositiveFloat = 24
    """Side in pixels of a cell, in which all pixels of like colour get the same scores."""
    luma: PositiveFloat = 4
    """Side of a cell in grey levels of brightness."""
    chroma: PositiveFloat = 4
    """Side of a cell in grey levels of colour."""
    smoothness: PositiveFloat = 128
    """How much cells that lie side by side are made alike, against staying close to the seeds."""
    iterations: Rounds = 25
    """Rounds of the solver at most."""
    threads: Threads = 1
    """CPU threads of one job; part of the experiment because sums depend on it."""
