"""Which parameters learn, with which optimiser, and at which learning rate in each step."""

from typing import Any

import torch
from torch import nn

from seedmask.config.length import Length
from seedmask.config.networks import Freeze, Optimiser
from seedmask.errors import SeedmaskError
from seedmask.methods.optimisation import coupled, decoupled, polynomial_decay, step_decay
from seedmask.networks.encoders import Encoder


class StartingPoint:
    """Weight decay towards the first weights instead of zero, coupled or decoupled as the optimiser's own.

    It acts within each step, after gradients are scaled back and clipped.

    Args:
        optimiser: with the parameters before the first step, also if a checkpoint is loaded afterwards.
    """

    def __init__(self, optimiser: torch.optim.Optimizer):
        self._decays = [group["weight_decay"] for group in optimiser.param_groups]
        self._starts = [[p.detach().clone() for p in group["params"]] for group in optimiser.param_groups]
        for group in optimiser.param_groups:
            group["weight_decay"] = 0.0
        optimiser.register_step_pre_hook(self._pull)

    @torch.no_grad()
    def _pull(self, optimiser: torch.optim.Optimizer, *_: Any) -> None:
        is_decoupled = isinstance(optimiser, torch.optim.AdamW)
        for group, decay, starts in zip(optimiser.param_groups, self._decays, self._starts, strict=True):
            for weights, start in zip(group["params"], starts, strict=True):
                if not decay or weights.grad is None:
                    continue
                if is_decoupled:
                    weights.copy_(decoupled(weights, start, decay, group["lr"]))
                else:
                    weights.grad.copy_(coupled(weights.grad, weights, start, decay))


def freeze(encoder: Encoder, stages: Freeze) -> list[nn.Module]:
    """Stop the gradients of leading stages.

    Returns:
        the frozen parts; a trainer must keep them in eval mode, so that their batch statistics stay.

    Raises:
        SeedmaskError: the encoder has fewer stages.
    """
    parts = encoder.stages()
    if stages == "all":
        stages = len(parts)
    if stages > len(parts):
        raise SeedmaskError(f"frozen_stages {stages}: the encoder has {len(parts)} stages; use at most that or `all`")
    for part in parts[:stages]:
        part.requires_grad_(False)
    return parts[:stages]


def freeze_batch_norm(network: nn.Module) -> list[nn.Module]:
    """Stop the gradients of all batch norms.

    Returns:
        the frozen parts; `fit` must keep them in eval mode, so that their statistics stay.
    """
    norms: list[nn.Module] = [part for part in network.modules() if isinstance(part, nn.modules.batchnorm._BatchNorm)]
    for part in norms:
        part.requires_grad_(False)
    return norms


def parameter_groups(network: nn.Module, pretrained: nn.Module, settings: Optimiser) -> list[dict[str, Any]]:
    """Trained parameters; new layers and biases have their own learning rates."""
    known = {id(p) for p in pretrained.parameters()}
    groups: dict[tuple[bool, bool], list[nn.Parameter]] = {}
    for name, parameter in network.named_parameters():
        if parameter.requires_grad:
            groups.setdefault((id(parameter) not in known, name.endswith("bias")), []).append(parameter)
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
    """Learning rate of a step divided by that of the first step.

    A training that is longer than `epochs` has the same rates at the same fractions of its length, also those of
    `decay_epochs`. Otherwise all added steps would have the last and lowest rate.

    Args:
        step: number of the step, from 0.
        settings: the decay.
        length: of the training.
    """
    step -= step % settings.lr_every
    if settings.decay_epochs:
        epoch = step // length.steps_an_epoch * length.nominal_epochs // length.epochs
        return step_decay(epoch, settings.decay_epochs, settings.decay_factor)
    return polynomial_decay(step, length.steps, settings.power, settings.min_lr / settings.lr)


def build_optimiser(groups: list[dict[str, Any]], settings: Optimiser) -> torch.optim.Optimizer:
    """The optimiser of a training, for the parameters before the first step."""
    if settings.optimiser == "adamw":
        optimiser = torch.optim.AdamW(groups, weight_decay=settings.weight_decay)
    else:
        optimiser = torch.optim.SGD(
            groups, momentum=settings.momentum, weight_decay=settings.weight_decay, nesterov=settings.nesterov
        )
    if settings.decay_to == "start":
        StartingPoint(optimiser)
    return optimiser
