"""Options of seeds from one squashed view."""

from typing import Annotated, Literal

from pydantic import Field

from seedmask.config.base import Name, Pixels, VariantOf
from seedmask.config.computing import ComputesNetwork
from seedmask.config.variant import Variant


class SingleScaleBytesOptions(ComputesNetwork, Variant):
    """CAMs from one view, squashed to a square, rounded down to bytes before they are resized (I2CRC, TMM 2023)."""

    source: Annotated[str, VariantOf(("classifiers",), gives="scores")] = Field(alias="from")
    """Classifier that the CAMs come from."""
    method: Literal["single_scale_bytes"] = "single_scale_bytes"
    """Kind of seed."""
    square: Pixels = 256
    """Side in pixels of the view."""
    splits: tuple[Name, ...] = ("train",)
    """Splits to make seeds for; their pictures need tags."""
