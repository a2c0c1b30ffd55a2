"""Batch norm over the batches of several processes, of networks as they are.

torch's own conversion takes the place of the modules, and those of timm lose the activation that they have inside. So
what every batch norm calls is intercepted instead. Works on CPUs, too.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import distributed
from torch.nn.functional import batch_norm
from torch.overrides import TorchFunctionMode


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
