"""Training of one network in several processes with torch's DistributedDataParallel.

Every process computes the loss of the whole batch. Only the network's outputs are divided: each process runs its copy
of the network on its own rows of the batch, and gathers the outputs of all processes. Whatever a loss counts, remembers
or compares within a batch is therefore the same as in one process, and a loss needs no code for it.

In the backward pass each process has the gradients of its own rows. They are multiplied by the number of processes,
because DistributedDataParallel averages them.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import torch
from torch import distributed, nn
from torch.nn.functional import batch_norm
from torch.nn.parallel import DistributedDataParallel
from torch.overrides import TorchFunctionMode

from seedmask.storage import processes


class SynchronisedBatchNorm(TorchFunctionMode):
    """A context in which batch norms in training use the statistics of all processes."""

    def __torch_function__(
        self,
        function: Any,
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Call a function of torch, with `batch_norm` replaced."""
        replaced = synchronised_batch_norm if function is batch_norm else function
        return replaced(*args, **(kwargs or {}))


def synchronised_batch_norm(
    input: torch.Tensor,  # noqa: A002  torch's names
    running_mean: torch.Tensor | None,
    running_var: torch.Tensor | None,
    weight: torch.Tensor | None = None,
    bias: torch.Tensor | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> torch.Tensor:
    """Torch's `batch_norm`; in training with the statistics of the whole batch, of which each process has a part."""
    if not training:
        return batch_norm(input, running_mean, running_var, weight, bias, training, momentum, eps)
    with torch.autocast(input.device.type, enabled=False):
        normalised, mean, variance, count = _Normalised.apply(input, eps)
        if running_mean is not None and running_var is not None:
            running_mean.lerp_(mean.to(running_mean.dtype), momentum)
            running_var.lerp_((variance * count / (count - 1)).to(running_var.dtype), momentum)
        if weight is not None:
            normalised = normalised * _along(weight, input)
        if bias is not None:
            normalised = normalised + _along(bias, input)
    return normalised.to(input.dtype)


class _Normalised(torch.autograd.Function):
    """x̂ = (x - μ) / σ in single precision, with μ and σ of each channel over all processes.

    ∂L/∂x = (g - mean(g) - x̂ mean(g x̂)) / σ, where the means are over all processes, too.
    """

    @staticmethod
    def forward(context: Any, x: torch.Tensor, eps: float) -> tuple[torch.Tensor, ...]:
        x, axes = x.float(), [0, *range(2, x.ndim)]
        count = _sum_over_processes(torch.full((1,), x.numel() / x.shape[1], device=x.device))
        mean = _sum_over_processes(x.sum(axes)) / count
        centred = x - _along(mean, x)
        variance = _sum_over_processes((centred**2).sum(axes)) / count
        deviation = (variance + eps).sqrt()
        normalised = centred / _along(deviation, x)
        context.save_for_backward(normalised, deviation, count)
        context.mark_non_differentiable(mean, variance, count)
        return normalised, mean, variance, count

    @staticmethod
    def backward(context: Any, gradient: torch.Tensor, *_: torch.Tensor) -> tuple[torch.Tensor, None]:
        normalised, deviation, count = context.saved_tensors
        axes = [0, *range(2, gradient.ndim)]
        sums = _sum_over_processes(torch.stack([gradient.sum(axes), (gradient * normalised).sum(axes)])) / count
        plain, along = (_along(each, gradient) for each in sums)
        return (gradient - plain - normalised * along) / _along(deviation, gradient), None


def _sum_over_processes(tensor: torch.Tensor) -> torch.Tensor:
    distributed.all_reduce(tensor)
    return tensor


def _along(channels: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """A number for each channel, shaped to broadcast over (N, C, ...)."""
    return channels.reshape(1, -1, *[1] * (x.ndim - 2))


Loss = Callable[[Any, tuple[torch.Tensor, ...]], torch.Tensor]

SPLIT_METHODS = ("decoded", "score_maps", "logits", "classify")
"""Methods of networks that losses call, from tensors (N, ...) to tensors (N, ...); each process computes its own rows.

Every process computes any other method for the whole batch, which gives the same numbers and takes longer."""


def own_rows(count: int) -> slice:
    """Rows of a batch that this process computes; all of them if there are fewer rows than processes."""
    total, mine = processes.count(), processes.number()
    if count < total:
        return slice(0, count)
    size, more = divmod(count, total)
    start = mine * size + min(mine, more)
    return slice(start, start + size + (mine < more))


def gather_rows(part: torch.Tensor, count: int) -> torch.Tensor:
    """All rows of a batch, gathered from all processes.

    Args:
        part: the rows of `own_rows`, on the device of the training.
        count: rows of the batch.
    """
    total = processes.count()
    if total == 1 or count < total:
        return part
    size, more = divmod(count, total)
    padded = part.new_zeros(size + (more > 0), *part.shape[1:])
    padded[: len(part)] = part
    parts = [torch.empty_like(padded) for _ in range(total)]
    distributed.all_gather(parts, padded)
    return torch.cat([rows[: size + (number < more)] for number, rows in enumerate(parts)])


def distributed_loss(network: nn.Module, loss: Loss) -> Callable[[tuple[torch.Tensor, ...]], torch.Tensor]:
    """The loss of a whole batch in one process or in several; the gradients are those of the whole batch.

    Args:
        network: on its device; all processes start from the weights of the first one.
        loss: of the network and a batch.
    """
    if processes.count() == 1:
        return partial(loss, network)
    # A loss may stop gradients, so a step may leave parameters unused. `find_unused_parameters` also keeps torch from
    # sorting the parameters again after the first step, so that a resumed training sums them in the same order.
    module = DistributedDataParallel(
        _LossModule(network, loss), forward_sync_buffers=False, find_unused_parameters=True
    )
    return lambda batch: module(*batch)


@torch.no_grad()
def average_buffers(network: nn.Module) -> None:
    """Replace each buffer that differs between processes, such as a running mean, by its mean over the processes.

    This is the buffer of one process if all processes have equally many rows. Batch norms do not differ.
    """
    if processes.count() == 1:
        return
    for buffer in filter(torch.is_floating_point, network.buffers()):
        low, high = buffer.clone(), buffer.clone()
        distributed.all_reduce(low, distributed.ReduceOp.MIN)
        distributed.all_reduce(high, distributed.ReduceOp.MAX)
        if not torch.equal(low, high):  # a mean of equal numbers would move them by a rounding error
            distributed.all_reduce(buffer)
            buffer /= processes.count()


class _LossModule(nn.Module):
    """A loss as a module with the network's parameters, as DistributedDataParallel needs it."""

    def __init__(self, network: nn.Module, loss: Loss):
        super().__init__()
        self.network, self._loss = network, loss

    def forward(self, *batch: torch.Tensor) -> torch.Tensor:
        return self._loss(_DividedNetwork(self.network), batch)


class _DividedNetwork:
    """A network that computes the rows of this process, and returns the gathered rows of all processes."""

    def __init__(self, network: nn.Module):
        self._network = network

    def __call__(self, *tensors: torch.Tensor) -> Any:
        return self._divided(self._network, *tensors)

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self._network, name)
        return partial(self._divided, attribute) if name in SPLIT_METHODS else attribute

    def _divided(self, function: Callable[..., Any], *tensors: torch.Tensor) -> Any:
        count = len(tensors[0])
        if count < processes.count():
            return function(*tensors)
        with SynchronisedBatchNorm():
            outputs = function(*(tensor[own_rows(count)] for tensor in tensors))
        return _map_tensors(outputs, lambda part: _Gathered.apply(part, count))


class _Gathered(torch.autograd.Function):
    """`gather_rows` with a gradient: that of the own rows, multiplied by the number of processes."""

    @staticmethod
    def forward(context: Any, part: torch.Tensor, count: int) -> torch.Tensor:
        context.count = count
        return gather_rows(part, count)

    @staticmethod
    def backward(context: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, None]:
        return gradient[own_rows(context.count)] * processes.count(), None


def _map_tensors(outputs: Any, function: Callable[[torch.Tensor], torch.Tensor]) -> Any:
    """The outputs of a network, with a function applied to each tensor in dicts, lists, tuples and named tuples."""
    if isinstance(outputs, torch.Tensor):
        return function(outputs)
    if isinstance(outputs, dict):
        return {name: _map_tensors(output, function) for name, output in outputs.items()}
    if isinstance(outputs, tuple | list):
        parts = [_map_tensors(output, function) for output in outputs]
        return type(outputs)(*parts) if hasattr(outputs, "_fields") else type(outputs)(parts)
    return outputs
