"""Options of seeds that are carried to alike places."""

from typing import Annotated, Literal

from pydantic import Field, PositiveFloat, PositiveInt

from seedmask.config.base import Scale
from seedmask.config.computing import ComputesNetwork
from seedmask.config.networks import EncoderOptions
from seedmask.config.variant import FromSeeds


class AffinityOptions(ComputesNetwork, EncoderOptions, FromSeeds):
    """Seeds carried to places whose features are alike, as in SEAM (CVPR 2020), without training."""

    method: Literal["affinity"] = "affinity"
    """Kind of seed."""
    output_stride: PositiveInt = 16
    """Pixels of the picture to one place of the features."""
    scales: Annotated[tuple[Scale, ...], Field(min_length=1)] = (1.0, 1.5)
    """Sizes the picture is shown at, relative to its own; likeness is the mean over them."""
    power: PositiveFloat = 2
    """Exponent of likeness; larger leaves less to places that are a little alike."""
    keep: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """Share of the given activation in the result: 0.5 where maps mark objects well already, 0 where they are vague."""
    dtype: Literal["uint8", "float16"] = "uint8"
    """Number format of the stored CAMs: steps of 1/255, or half precision."""

    def network(self) -> str:
        """The module of the encoder."""
        return self.module_beside("network")

    def families(self) -> tuple[str, ...]:
        """The family of its encoder's weights too."""
        return (*super().families(), *["foundation"] * self.is_foundation_model())
