"""Options of seeds from one squashed view."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from seedmask.config.base import Engine, Name, Pixels, Threads, VariantOf
from seedmask.config.variant import Variant


class SingleScaleBytesOptions(Variant):
    """CAMs from one view, squashed to a square, rounded down to bytes before they are resized (I2CRC, TMM 2023)."""

    gpu: ClassVar[bool] = True

    source: Annotated[str, VariantOf(("classifiers",), gives="scores")] = Field(alias="from")
    """Classifier that the CAMs come from."""
    method: Literal["single_scale_bytes"] = "single_scale_bytes"
    """Kind of seed."""
    square: Pixels = 256
    """Side in pixels of the view."""
    splits: tuple[Name, ...] = ("train",)
    """Splits to make seeds for; their pictures need tags."""
    engine: Engine = "auto"
    """What computes the network: `onnx` (ONNX Runtime, faster on a CPU), `torch`, or `auto`: ONNX Runtime on a CPU
    where it is installed and has all that the network does, else torch."""
    threads: Threads = 1
    """CPU threads of one job; part of the experiment because sums depend on it."""
