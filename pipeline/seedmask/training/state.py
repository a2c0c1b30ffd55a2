"""All that changes while a training runs: what a checkpoint holds."""

import io
from collections.abc import Callable, Mapping
from typing import Any, Protocol, runtime_checkable

import torch
from torch import nn
from torch.optim.lr_scheduler import LambdaLR


@runtime_checkable
class LossState(Protocol):
    """What a training remembers from step to step beside its network."""

    def state_dict(self) -> dict[str, Any]:
        """Tensors and plain values."""

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from there."""


class TrainingState:
    """How far a training is.

    Args:
        network: in training.
        optimiser: of its parameters.
        decay: of the learning rates.
        memory: of the loss.
    """

    def __init__(self, network: nn.Module, optimiser: torch.optim.Optimizer, decay: LambdaLR, memory: LossState | None):
        self.network, self.optimiser, self.decay, self.memory = network, optimiser, decay, memory
        self.metrics: list[dict[str, Any]] = []
        """Of each epoch."""
        self.kept: dict[str, torch.Tensor] = {}
        """Weights of the best epoch."""
        self.parts = 1
        """Parts that a batch is cut into so that it fits."""
        self._best: dict[str, Any] = {}

    def judge(self, metrics: dict[str, Any], better: Callable[[Mapping[str, Any], Mapping[str, Any]], bool]) -> None:
        """End an epoch, and keep its weights if its metrics are better than the best so far."""
        self.metrics.append(metrics)
        if not self._best or better(metrics, self._best):
            self._best = metrics
            self.kept = {name: tensor.detach().cpu().clone() for name, tensor in self.network.state_dict().items()}

    def state_dict(self) -> dict[str, Any]:
        """What a checkpoint holds."""
        return {
            "network": self.network.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "decay": self.decay.state_dict(),
            "memory": self.memory.state_dict() if self.memory else None,
            "metrics": self.metrics,
            "kept": self.kept,
            "best": self._best,
            "parts": self.parts,
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from there."""
        self.network.load_state_dict(state["network"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.decay.load_state_dict(state["decay"])
        if self.memory:
            self.memory.load_state_dict(state["memory"])
        self.metrics, self.kept, self._best = state["metrics"], state["kept"], state["best"]
        self.parts = state["parts"]

    def copy(self) -> Callable[[], dict[str, Any]]:
        """The state as it is now, to be had later; outside the GPU."""
        buffer = io.BytesIO()
        torch.save(self.state_dict(), buffer)
        return lambda: torch.load(io.BytesIO(buffer.getvalue()), map_location="cpu", weights_only=True)
