"""Options of blocks."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from seedmask.config.base import Pixels
from seedmask.weak_labels.options import DrawnLabelsOptions


class BlocksOptions(DrawnLabelsOptions):
    """All pixels of some rectangles, from PNGs."""

    kind: ClassVar[str] = "blocks"

    method: Literal["blocks"] = "blocks"
    """Kind of labels."""
    file: None = None
    """Blocks are read from a folder of PNGs."""
    share: Annotated[float, Field(gt=0, le=1)] = 0.1
    """Share of the picture that simulated blocks cover; studies have 0.1, 0.2 and 0.5."""
    side: Pixels = 32
    """Side of simulated blocks in pixels; they lie on a grid."""

    def simulation(self) -> str:
        """Share and size."""
        return f"{self.share:.0%} of the picture in blocks of {self.side} pixels, seed {self.seed}"
