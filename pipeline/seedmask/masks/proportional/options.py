"""Options of proportional pseudo-masks."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, PositiveFloat

from seedmask.config.crf import ProportionalCrf
from seedmask.config.variant import Fit, FromSeeds


class ProportionalOptions(FromSeeds):
    """One binary CRF for each class; a pixel goes to the class that it has the largest share of (PMM, ICCV 2021)."""

    needs_background: ClassVar[str] = "the CRF of each class is against a background"

    method: Literal["proportional"] = "proportional"
    """Kind of mask."""
    exponent: PositiveFloat | Literal["label_free"] = 11
    """Background of a class's CRF: (1 - score)^exponent; larger leaves less background. `label_free` takes the one
    that leaves as much foreground before the CRF as a label-free threshold of the seeds does."""
    threshold: Annotated[float, Field(ge=0, le=1)] = 0.05
    """τ: scores below it are 0."""
    scale: Annotated[float, Field(ge=0, le=0.47)] = 0.3
    """γ: how much smoothing lifts uneven CAMs, by their coefficient of variation; 0 switches it off."""
    shares: bool = True
    """Compare shares of the classes' activation where several claim a pixel; off: compare scores."""
    crf: ProportionalCrf | None = ProportionalCrf()
    """Kernels of the CRF; `null` leaves the pairwise terms out."""

    def fit(self) -> Fit | None:
        """The fit of a label-free exponent."""
        if self.exponent != "label_free":
            return None
        options = {"from": self.source, "threshold": self.threshold, "scale": self.scale, "cams": self.cams}
        return Fit("seedmask.masks.proportional.fit", options, (self.source,))
