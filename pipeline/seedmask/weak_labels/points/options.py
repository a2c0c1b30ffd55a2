"""Options of points."""

from typing import ClassVar, Literal

from seedmask.config.base import NonNegativeInt, PositiveInt, Same
from seedmask.weak_labels.options import MarkedLabelsOptions


class PointsOptions(MarkedLabelsOptions):
    """A class at a few pixels: from a table (`image,x,y,class` as CSV, or the same as JSON), or from PNGs.

    The JSON of What's the Point (Bearman et al., ECCV 2016) is read too.
    """

    kind: ClassVar[str] = "points"

    method: Literal["points"] = "points"
    """Kind of labels."""
    per: Literal["object", "class"] = "object"
    """What gets `count` simulated points: each object, that is each connected part of a class, or each class."""
    count: PositiveInt = 1
    """Simulated points an object or class."""
    background: NonNegativeInt = 1
    """Simulated points of background a picture."""
    radius: NonNegativeInt = 0
    """Points are discs of this radius in pixels, 0 for the pixel alone; later ones do not cover earlier ones."""

    def without_background(self: Same) -> Same:
        """No point is one of background."""
        return super().without_background().unless_given(background=0)

    def simulation(self) -> str:
        """Number and place."""
        ground = f", {self.background} of background" * bool(self.background)
        return f"{self.count} per {self.per}{ground}, seed {self.seed}"
