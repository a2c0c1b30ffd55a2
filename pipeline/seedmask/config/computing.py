"""How a trained network is computed."""

from typing import ClassVar

from pydantic import model_validator

from seedmask.config.base import Engine, Precision, Settings, Threads


class ComputesNetwork(Settings):
    """Beside `Variant`: a job computes a network that is not trained any more, on a GPU where there is one."""

    gpu: ClassVar[bool] = True

    engine: Engine = "auto"
    """What computes the network: `onnx` (ONNX Runtime, faster on a CPU), `torch`, or `auto`: ONNX Runtime on a CPU
    where it is installed and has all that the network does, else torch."""
    precision: Precision = "float32"
    """Number format that it is computed in. `bfloat16`, by torch, is faster on a GPU and on a CPU that has it; another
    CPU refuses. It rounds: about one pixel in a hundred gets another label."""
    threads: Threads = 1
    """CPU threads of one job; part of the experiment because sums depend on it."""

    @model_validator(mode="after")
    def _engine_has_precision(self):
        if self.engine == "onnx" and self.precision != "float32":
            raise ValueError(f"precision {self.precision}: ONNX Runtime has it on no CPU; leave `engine` out")
        return self
