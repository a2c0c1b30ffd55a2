"""Weight decay that pulls parameters to where they started, for any optimiser of ours."""

from typing import Any

import torch

from pipeline.methods.starting_point import coupled, decoupled


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
