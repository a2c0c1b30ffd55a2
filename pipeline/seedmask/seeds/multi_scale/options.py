"""Options of the common CAM seeds."""

from typing import Annotated, Literal

from pydantic import Field

from seedmask.config.base import Name, Scale, VariantOf
from seedmask.config.computing import ComputesNetwork
from seedmask.config.variant import Variant


class MultiScaleOptions(ComputesNetwork, Variant):
    """Class activation maps summed over scales and flips, divided by their maximum."""

    source: Annotated[str, VariantOf(("classifiers",), gives="scores")] = Field(alias="from")
    """Classifier that the CAMs come from."""
    method: Literal["multi_scale"] = "multi_scale"
    """Kind of seed."""
    scales: tuple[Scale, ...] = (1.0, 1.5)
    """Sizes the picture is shown at, relative to its own."""
    flip: bool = True
    """Whether each size is shown mirrored too."""
    resample: Literal["bilinear", "bicubic"] = "bilinear"
    """How the picture is resized: `bilinear` in floating point, with antialiasing, or `bicubic` of bytes, as in PMM."""
    normalise: Literal["maximum", "min_max"] = "maximum"
    """`maximum` adds positive scores and divides by the maximum; `min_max` adds all scores and stretches the positive
    part of the sum from its minimum to its maximum, as in PMM."""
    dtype: Literal["uint8", "float16"] = "uint8"
    """Number format of the stored CAMs: steps of 1/255, or half precision."""
    splits: tuple[Name, ...] = ("train",)
    """Splits to make seeds for; their pictures need tags."""
