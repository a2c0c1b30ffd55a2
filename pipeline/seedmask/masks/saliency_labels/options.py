"""Options of labels from seeds and saliency."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from seedmask.config.base import VariantOf
from seedmask.config.threshold import LabelFreeThreshold, threshold_fit
from seedmask.config.variant import Fit, FromSeeds


class SaliencyLabelsOptions(FromSeeds):
    """Labels where activation and saliency agree, 255 where they do not (I2CRC, Chen et al., TMM 2023)."""

    needs_background: ClassVar[str] = "saliency divides objects from the background"

    method: Literal["saliency_labels"] = "saliency_labels"
    """Kind of mask."""
    saliency: Annotated[str, VariantOf(("saliency",))]
    """Saliency maps."""
    conflict: Annotated[float, Field(ge=0, le=1)] = 0.9
    """Two scores above it contradict each other; the pixel is 255."""
    foreground: Annotated[float, Field(ge=0, le=1)] | Literal["label_free"] = 0.3
    """Smallest score that counts, of classes and of background; `label_free` takes it from the seeds' own histogram."""
    background: Annotated[int, Field(ge=0, le=256)] = 32
    """Saliency, 0 to 255, from which a pixel is not surely background."""
    attention_limit: Annotated[float, Field(ge=0, le=1)] = 0.5
    """Activation above which a pixel is not surely background."""
    min_share: Annotated[float, Field(ge=0, le=1)] = 0.01
    """Share of the picture that must be of some class; below it the whole picture is 255."""

    def fit(self) -> Fit | None:
        """The fit of a label-free smallest score."""
        if self.foreground != "label_free":
            return None
        return threshold_fit(LabelFreeThreshold(), self.source, self.cams)
