"""Several processes that train one network, each on its part of every batch; torch's DistributedDataParallel below.

Every process computes the loss of the whole batch. Only the network's answers are shared out: a process asks its own
copy for its own part, and gathers the answers of all. So whatever a loss counts, remembers or compares within a batch
is the same in all of them as in one process, and no loss knows of it.

Backwards each process has the gradients of its own part. They are multiplied by the number of processes, since torch's
module averages them.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import distributed, nn
from torch.nn.parallel import DistributedDataParallel

from pipeline.machines.batch_norm import OverProcesses
from pipeline.storage import processes

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
