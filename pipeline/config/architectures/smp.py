"""Options of the networks of segmentation-models-pytorch."""

from typing import Literal

from pipeline.config.variant import Architecture


class Smp(Architecture):
    """Any architecture of segmentation-models-pytorch; a plain name in the place of these keys means `decoder`."""

    name: Literal["smp"] = "smp"
    """Kind of network."""
    decoder: str = "DeepLabV3Plus"
    """Architecture by its name there."""

    @property
    def title(self) -> str:
        """The architecture's own name."""
        return self.decoder
