"""Options of masks by a random walk."""

from typing import Annotated, Literal

from pydantic import Field, PositiveFloat

from seedmask.config.base import Pixels, Same, VariantOf
from seedmask.config.computing import ComputesNetwork
from seedmask.config.threshold import FromScoredSeeds
from seedmask.config.variant import Fit


class RandomWalkOptions(ComputesNetwork, FromScoredSeeds):
    """Seeds spread by a random walk that learned boundaries stop (IRN, Ahn et al., CVPR 2019; SFC, AAAI 2024)."""

    method: Literal["random_walk"] = "random_walk"
    """Kind of mask."""
    boundary: Annotated[str, VariantOf(("classifiers",), gives="boundaries")]
    """Network of boundaries."""
    canvas: Annotated[int, Field(ge=0, le=4096)] = 0
    """Side in pixels that pictures are padded to, below and on the right with the mean colour, where boundaries are
    computed; 512 in the code of IRN and SFC, whose group norms see the padding. Larger pictures are not padded."""
    walk: Literal["single", "double"] = "single"
    """`single` is IRN's walk of the classes; `double` is SFC's two walks, which also use `threshold`."""
    power: PositiveFloat = 1.0
    """Exponent of the CAMs before a walk; SFC has 1.3."""
    background: Annotated[float, Field(ge=0, le=1)] | None = 0.25
    """Score of the background beside the walk of the classes, whose largest value is 1; `null` in a data set with
    `background: false`."""
    beta: PositiveFloat = 10
    """Exponent of the affinity of two positions; larger stops the walk at weaker boundaries."""
    log2_steps: Annotated[int, Field(ge=0, le=16)] = 8
    """The walk has 2 to the power of this many steps."""
    radius: Pixels = 5
    """A step leads to positions nearer than this; a position is 4 x 4 pixels."""

    def without_background(self: Same) -> Same:
        """The walks of the classes alone."""
        return super().without_background().unless_given(background=None)

    def fit(self) -> Fit | None:
        """The fit of a threshold of the double walk."""
        return super().fit() if self.walk == "double" else None

    def pixel_labels(self) -> str:
        """A single walk uses no threshold."""
        return super().pixel_labels() if self.walk == "double" else ""
