"""Options of the common CAM seeds."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from seedmask.config.base import Name, Scale, Threads, VariantOf
from seedmask.config.variant import Variant


class MultiScaleOptions(Variant):
    """Class activation maps summed over scales and flips, divided by their maximum."""

    gpu: ClassVar[bool] = True

    source: Annotated[str, VariantOf(("classifiers",), gives="scores")] = Field(alias="from")
    """Classifier the maps come from."""
    method: Literal["multi_scale"] = "multi_scale"
    """Kind of seed."""
    scales: tuple[Scale, ...] = (1.0, 1.5)
    """Sizes the picture is shown at, relative to its own."""
    flip: bool = True
    """Whether each size is shown mirrored too; always so with `normalisation: min_max`."""
    normalisation: Literal["maximum", "min_max"] = "maximum"
    """Divide each map by its maximum, or stretch it from its minimum to its maximum as PMM does."""
    dtype: Literal["uint8", "float16"] = "uint8"
    """Number format of the stored maps: steps of 1/255, or half precision."""
    splits: tuple[Name, ...] = ("train",)
    """Splits to make seeds for; their pictures need tags."""
    threads: Threads = 1
    """CPU threads of one job; part of the experiment because sums depend on it."""
