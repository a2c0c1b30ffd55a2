"""Options of DeepLabV3+ as AGMM has it."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from seedmask.config.base import PositiveInt
from seedmask.config.variant import Architecture


class DeepLabV3PlusOptions(Architecture):
    """DeepLabV3+ with plain convolutions (Chen et al., ECCV 2018), as AGMM trains it.

    That of segmentation-models-pytorch, `DeepLabV3Plus`, has separable ones and a fifth of the decoder's parameters.
    """

    gives: ClassVar[tuple[str, ...]] = ("features",)

    name: Literal["deeplab_v3_plus"] = "deeplab_v3_plus"
    """Kind of network."""
    output_stride: PositiveInt = 8
    """Pixels of the picture to one of the encoder's last features."""
    rates: Annotated[tuple[PositiveInt, ...], Field(min_length=1)] = (6, 12, 18)
    """Dilations of the pyramid's 3 x 3 convolutions, in steps of the last features."""
