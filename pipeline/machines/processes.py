"""Numbers that the processes of one training share."""

import torch
from torch import distributed


def mean_over_processes(value: torch.Tensor) -> torch.Tensor:
    """Mean of a number over all processes of a training; the number itself where there is one.

    Gradients are averaged over processes, so a loss that is divided by the mean of their counts has the gradient of the
    whole batch divided by its count.
    """
    if not (distributed.is_available() and distributed.is_initialized()):
        return value
    total = value.detach().clone().float()
    distributed.all_reduce(total)
    return total / distributed.get_world_size()
