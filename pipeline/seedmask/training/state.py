"""Everything that changes while a network trains: the content of a checkpoint."""

import io
from collections.abc import Callable, Mapping
from typing import Any, Protocol, runtime_checkable

import torch
from torch import nn
from torch.optim.lr_scheduler import LambdaLR


@runtime_checkable
class LossState(Protocol):
    """What a loss remembers from step to step."""

    def state_dict(self) -> dict[str, Any]:
        """Tensors and plain values."""
        ...

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue from that state."""
        ...


class TrainingState:
    """Progress of a training.

    Args:
        network: the network in training.
        optimiser: of its parameters.
        decay: of the learning rates.
        loss_state: of the loss, if it remembers anything.
    """

    def __init__(
        self, network: nn.Module, optimiser: torch.optim.Optimizer, decay: LambdaLR, loss_state: LossState | None
    ):
        self.network, self.optimiser, self.decay, self.loss_state = network, optimiser, decay, loss_state
        self.metrics: list[dict[str, Any]] = []
        """Of each epoch."""
        self.kept: dict[str, torch.Tensor] = {}
        """Weights of the best epoch."""
        self.parts = 1
        """Number of parts that a batch is cut into so that it fits in memory."""
        self._best: dict[str, Any] = {}

    def end_epoch(
        self, metrics: dict[str, Any], better: Callable[[Mapping[str, Any], Mapping[str, Any]], bool]
    ) -> None:
        """Add the metrics of an epoch, and keep its weights if they are better than the best so far."""
        self.metrics.append(metrics)
        if not self._best or better(metrics, self._best):
            self._best = metrics
            self.kept = {name: tensor.detach().cpu().clone() for name, tensor in self.network.state_dict().items()}

    def state_dict(self) -> dict[str, Any]:
        """Content of a checkpoint."""
        return {
            "network": self.network.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "decay": self.decay.state_dict(),
            "loss_state": self.loss_state.state_dict() if self.loss_state else None,
            "metrics": self.metrics,
            "kept": self.kept,
            "best": self._best,
            "parts": self.parts,
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue from a checkpoint."""
        self.network.load_state_dict(state["network"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.decay.load_state_dict(state["decay"])
        if self.loss_state:
            self.loss_state.load_state_dict(state["loss_state"])
        self.metrics, self.kept, self._best = state["metrics"], state["kept"], state["best"]
        self.parts = state["parts"]

    def copy(self) -> Callable[[], dict[str, Any]]:
        """A function that returns the present state later; the copy takes no GPU memory."""
        buffer = io.BytesIO()
        torch.save(self.state_dict(), buffer)
        return lambda: torch.load(io.BytesIO(buffer.getvalue()), map_location="cpu", weights_only=True)
