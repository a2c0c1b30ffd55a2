"""Options of scribbles."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, NonNegativeFloat

from seedmask.config.base import Pixels, Same
from seedmask.weak_labels.options import MarkedLabelsOptions


class ScribblesOptions(MarkedLabelsOptions):
    """A class along strokes: from polylines (JSON), from a folder of ScribbleSup's XML, or, with `codes`, from PNGs."""

    kind: ClassVar[str] = "scribbles"
    has_other_files: ClassVar[bool] = True

    method: Literal["scribbles"] = "scribbles"
    """Kind of labels."""
    width: Pixels = 3
    """Width of strokes in pixels; those of PNGs are taken as they are."""
    length: Annotated[float, Field(gt=0, le=1)] = 0.6
    """Length of simulated strokes as a share of the longest way along an object's medial axis."""
    jitter: NonNegativeFloat = 2
    """How far simulated strokes stray from the medial axis, standard deviation in pixels; they stay in the object."""
    background: bool = True
    """Whether background gets a simulated stroke too."""

    def without_background(self: Same) -> Same:
        """No stroke is one of background."""
        return super().without_background().unless_given(background=False)

    def simulation(self) -> str:
        """Shape of the strokes."""
        ground = ", of background too" * self.background
        return (
            f"{self.length:g} of the medial axis, jitter {self.jitter:g}, width {self.width}{ground}, seed {self.seed}"
        )
