"""Optimisers of trainings, and the learning rate of each step."""

from typing import Any

import torch
from torch import nn

from seedmask.config.length import Length
from seedmask.config.networks import Optimiser
from seedmask.methods.optimisation import coupled, decoupled, polynomial_decay, step_decay


class StartingPoint:
    """Takes the place of an optimiser's own weight decay, in the way in which the optimiser decays.

    It acts within each step: after gradients are scaled back and clipped, and not where a step is left out.

    Args:
        optimiser: with parameters as they are before the first step, also where a checkpoint is loaded afterwards.
    """

    def __init__(self, optimiser: torch.optim.Optimizer):
        self._decays = [group["weight_decay"] for group in optimiser.param_groups]
        self._starts = [[p.detach().clone() for p in group["params"]] for group in optimiser.param_groups]
        for group in optimiser.param_groups:
            group["weight_decay"] = 0.0
        optimiser.register_step_pre_hook(self._pull)

    @torch.no_grad()
    def _pull(self, optimiser: torch.optim.Optimizer, *_: Any) -> None:
        apart = isinstance(optimiser, torch.optim.AdamW)
        for group, decay, starts in zip(optimiser.param_groups, self._decays, self._starts, strict=True):
            for weights, start in zip(group["params"], starts, strict=True):
                if not decay or weights.grad is None:
                    continue
                if apart:
                    weights.copy_(decoupled(weights, start, decay, group["lr"]))
                else:
                    weights.grad.copy_(coupled(weights.grad, weights, start, decay))


def parameter_groups(network: nn.Module, pretrained: nn.Module, settings: Optimiser) -> list[dict[str, Any]]:
    """Trained parameters: new layers and biases with learning rates of their own."""
    old = {id(p) for p in pretrained.parameters()}
    groups: dict[tuple[bool, bool], list[nn.Parameter]] = {}
    for name, parameter in network.named_parameters():
        if parameter.requires_grad:
            groups.setdefault((id(parameter) not in old, name.endswith("bias")), []).append(parameter)
    return [
        {
            "params": parameters,
            "lr": settings.lr
            * (settings.head_lr_factor if is_new else 1)
            * (settings.bias_lr_factor if is_bias else 1),
            "weight_decay": settings.weight_decay if settings.decay_biases or not is_bias else 0.0,
        }
        for (is_new, is_bias), parameters in sorted(groups.items())
    ]


def learning_rate_factor(step: int, settings: Optimiser, length: Length) -> float:
    """Learning rate of a step over that of the first one.

    A training that is longer than `epochs` has the same rates at the same shares of its length, those of `decay_epochs`
    too: else all that is added would be at the last and lowest of them, and teach next to nothing.

    Args:
        step: number of the step, from 0.
        settings: the decay.
        length: of the training.
    """
    step -= step % settings.lr_every
    if settings.decay_epochs:
        epoch = step // length.steps_an_epoch * length.asked // length.epochs
        return step_decay(epoch, settings.decay_epochs, settings.decay_factor)
    return polynomial_decay(step, length.steps, settings.power, settings.min_lr / settings.lr)


def build_optimiser(groups: list[dict[str, Any]], settings: Optimiser) -> torch.optim.Optimizer:
    """For parameters as they are before the first step."""
    if settings.optimiser == "adamw":
        optimiser = torch.optim.AdamW(groups, weight_decay=settings.weight_decay)
    else:
        optimiser = torch.optim.SGD(
            groups, momentum=settings.momentum, weight_decay=settings.weight_decay, nesterov=settings.nesterov
        )
    if settings.decay_to == "start":
        StartingPoint(optimiser)
    return optimiser
