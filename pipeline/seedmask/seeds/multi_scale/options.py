"""Options of the common CAM seeds."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from seedmask.config.base import Engine, Name, Scale, Threads, VariantOf
from seedmask.config.variant import Variant


class MultiScaleOptions(Variant):
    """Class activation maps summed over scales and flips, divided by their maximum."""

    gpu: ClassVar[bool] = True

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
    engine: Engine = "auto"
    """What computes the network: `onnx` (ONNX Runtime, faster on a CPU), `torch`, or `auto`: ONNX Runtime on a CPU
    where it is installed and has all that the network does, else torch."""
    threads: Threads = 1
    """CPU threads of one job; part of the experiment because sums depend on it."""
