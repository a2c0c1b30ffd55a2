"""Options of SFC's seeds."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from seedmask.config.base import Name, Scale, VariantOf
from seedmask.config.computing import ComputesNetwork
from seedmask.config.variant import Variant


class PrototypeOptions(ComputesNetwork, Variant):
    """Two sets of CAMs, each with its background: `cam` of the weights, and `prototype` (SFC, AAAI 2024)."""

    needs_background: ClassVar[str] = "each of its sets has a map of the background"

    source: Annotated[str, VariantOf(("classifiers",), gives="prototypes")] = Field(alias="from")
    """Classifier that the CAMs come from."""
    method: Literal["prototype"] = "prototype"
    """Kind of seed."""
    scales: tuple[Scale, ...] = (1.0, 0.5, 1.5, 2.0)
    """Sizes the picture is shown at, relative to its own, each with its mirror image."""
    dtype: Literal["uint8", "float16"] = "uint8"
    """Number format of the stored CAMs: steps of 1/255, or half precision."""
    splits: tuple[Name, ...] = ("train",)
    """Splits to make seeds for; their pictures need tags."""
