"""Options of DeepLabV2."""

from typing import Annotated, Literal

from pydantic import Field

from seedmask.config.base import PositiveInt
from seedmask.config.variant import Architecture


class DeepLabV2Options(Architecture):
    """Summed dilated convolutions and the maximum over sizes of the picture (Chen et al., TPAMI 2018)."""

    name: Literal["deeplab_v2"] = "deeplab_v2"
    """Kind of network."""
    rates: Annotated[tuple[PositiveInt, ...], Field(min_length=1)] = (6, 12, 18, 24)
    """Dilations of the convolutions that are summed, in steps of the features."""
    output_stride: PositiveInt = 8
    """Pixels of the picture to one of the features."""
    scales: tuple[Annotated[float, Field(gt=0, le=1)], ...] = (0.5, 0.75)
    """Sizes the picture is shown at besides its own, in training and after; an empty list leaves its own size only."""
