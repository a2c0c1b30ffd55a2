"""Several processes that train one network, each on its part of every batch; torch's DistributedDataParallel below.

Every process computes the loss of the whole batch. Only the network's answers are shared out: a process asks its own
copy for its own part, and gathers the answers of all. So whatever a loss counts, remembers or compares within a batch
is the same in all of them as in one process, and no loss knows of it.

Backwards each process has the gradients of its own part. They are multiplied by the number of processes, since torch's
module averages them.
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


class OverProcesses(TorchFunctionMode):
    """Within it batch norms in training take their statistics over the pictures of all processes."""

    def __torch_function__(
        self,
        function: Any,
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Call a function of torch, or what stands for it here."""
        chosen = shared_batch_norm if function is batch_norm else function
        return chosen(*args, **(kwargs or {}))


def shared_batch_norm(
    input: torch.Tensor,  # noqa: A002  torch's names
    running_mean: torch.Tensor | None,
    running_var: torch.Tensor | None,
    weight: torch.Tensor | None = None,
    bias: torch.Tensor | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> torch.Tensor:
    """Torch's `batch_norm`; in training of the batch that all processes have a part of."""
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

    ∂L/∂x = (g - mean(g) - x̂ mean(g x̂)) / σ, these means over all processes, too.
    """

    @staticmethod
    def forward(context: Any, x: torch.Tensor, eps: float) -> tuple[torch.Tensor, ...]:
        x, axes = x.float(), [0, *range(2, x.ndim)]
        count = _summed(torch.full((1,), x.numel() / x.shape[1], device=x.device))
        mean = _summed(x.sum(axes)) / count
        centred = x - _along(mean, x)
        variance = _summed((centred**2).sum(axes)) / count
        deviation = (variance + eps).sqrt()
        normalised = centred / _along(deviation, x)
        context.save_for_backward(normalised, deviation, count)
        context.mark_non_differentiable(mean, variance, count)
        return normalised, mean, variance, count

    @staticmethod
    def backward(context: Any, gradient: torch.Tensor, *_: torch.Tensor) -> tuple[torch.Tensor, None]:
        normalised, deviation, count = context.saved_tensors
        axes = [0, *range(2, gradient.ndim)]
        sums = _summed(torch.stack([gradient.sum(axes), (gradient * normalised).sum(axes)])) / count
        plain, along = (_along(each, gradient) for each in sums)
        return (gradient - plain - normalised * along) / _along(deviation, gradient), None


def _summed(tensor: torch.Tensor) -> torch.Tensor:
    distributed.all_reduce(tensor)
    return tensor


def _along(channels: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """A number for each channel, to be multiplied with maps."""
    return channels.reshape(1, -1, *[1] * (x.ndim - 2))


Loss = Callable[[Any, tuple[torch.Tensor, ...]], torch.Tensor]

QUESTIONS = ("decoded", "score_maps", "logits", "classify")
"""What losses ask of a network beside calling it: methods of tensors (N, ...) whose answers are such tensors, too.

Any other method is asked of the whole batch in every process, which gives the same numbers and takes longer."""


def share(count: int) -> slice:
    """Rows of a batch that are this process's own; all of them where there are fewer than processes."""
    total, mine = processes.count(), processes.number()
    if count < total:
        return slice(0, count)
    size, more = divmod(count, total)
    start = mine * size + min(mine, more)
    return slice(start, start + size + (mine < more))


def gathered(part: torch.Tensor, count: int) -> torch.Tensor:
    """All rows of a batch, from those of every process.

    Args:
        part: the rows that `share` says, on the device of the training.
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


def over_processes(network: nn.Module, loss: Loss) -> Callable[[tuple[torch.Tensor, ...]], torch.Tensor]:
    """The loss of a whole batch, in one process or in several whose gradients are then those of the batch.

    Args:
        network: on its device; its first weights are made those of the first process.
        loss: of the network and a batch.
    """
    if processes.count() == 1:
        return partial(loss, network)
    # Parameters that a step leaves out are looked for, since losses may stop gradients. It also keeps torch from
    # sorting the parameters anew after the first step, so that a resumed training sums them in the same order.
    together = DistributedDataParallel(_Lesson(network, loss), forward_sync_buffers=False, find_unused_parameters=True)
    return lambda batch: together(*batch)


@torch.no_grad()
def agree(network: nn.Module) -> None:
    """Give each buffer that processes have run a mean of, each over its own parts, the mean of all.

    It is that of one process where the parts are equal; batch norms are, whatever the parts.
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


class _Lesson(nn.Module):
    """A loss as a module with the network's parameters, which torch's module averages the gradients of."""

    def __init__(self, network: nn.Module, loss: Loss):
        super().__init__()
        self.network, self._loss = network, loss

    def forward(self, *batch: torch.Tensor) -> torch.Tensor:
        return self._loss(_Shared(self.network), batch)


class _Shared:
    """A network that asks itself for this process's rows alone, and answers with those of all."""

    def __init__(self, network: nn.Module):
        self._network = network

    def __call__(self, *tensors: torch.Tensor) -> Any:
        return self._asked(self._network, *tensors)

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._network, name)
        return partial(self._asked, found) if name in QUESTIONS else found

    def _asked(self, question: Callable[..., Any], *tensors: torch.Tensor) -> Any:
        count = len(tensors[0])
        if count < processes.count():
            return question(*tensors)
        with OverProcesses():
            answers = question(*(tensor[share(count)] for tensor in tensors))
        return _mapped(answers, lambda part: _Gathered.apply(part, count))


class _Gathered(torch.autograd.Function):
    """`gathered` with a gradient: that of the own rows, as often as there are processes."""

    @staticmethod
    def forward(context: Any, part: torch.Tensor, count: int) -> torch.Tensor:
        context.count = count
        return gathered(part, count)

    @staticmethod
    def backward(context: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, None]:
        return gradient[share(context.count)] * processes.count(), None


def _mapped(answers: Any, change: Callable[[torch.Tensor], torch.Tensor]) -> Any:
    """Answers of any make, tuples with names among them, with each tensor changed."""
    if isinstance(answers, torch.Tensor):
        return change(answers)
    if isinstance(answers, dict):
        return {name: _mapped(answer, change) for name, answer in answers.items()}
    if isinstance(answers, tuple | list):
        parts = [_mapped(answer, change) for answer in answers]
        return type(answers)(*parts) if hasattr(answers, "_fields") else type(answers)(parts)
    return answers
