"""Learning rates over a training, and weight decay towards the weights that it starts from.

The decay is L2-SP (Li, Grandvalet and Davoine, "Explicit Inductive Bias for Transfer Learning with Convolutional
Networks", ICML 2018): a penalty of decay / 2 · |w - w0|^2 in the place of decay / 2 · |w|^2. The authors pull new
layers to zero; here new layers too are pulled to their first weights, which are near zero where they are drawn, and
useful where they are not.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Float

from seedmask.methods.cams import Number


def polynomial_decay(step: int, last_step: int, power: Number, floor: Number = 0) -> float:
    """(1 - floor) (1 - step / last_step)^power + floor (Chen et al., DeepLab, TPAMI 2018)."""
    return (1 - floor) * max(0, 1 - step / last_step) ** power + floor


def step_decay(epoch: int, epochs: Sequence[int], factor: Number) -> float:
    """factor^(how many of some epochs have begun)."""
    return factor ** sum(epoch >= other for other in epochs)


def coupled(
    gradient: Float[torch.Tensor, "*shape"],
    weights: Float[torch.Tensor, "*shape"],
    start: Float[torch.Tensor, "*shape"],
    decay: float,
) -> Float[torch.Tensor, "*shape"]:
    """Gradient of loss and penalty, g + decay · (w - w0), as SGD decays."""
    return gradient + decay * (weights - start)


def decoupled(
    weights: Float[torch.Tensor, "*shape"], start: Float[torch.Tensor, "*shape"], decay: float, rate: float
) -> Float[torch.Tensor, "*shape"]:
    """A step of its own, w - rate · decay · (w - w0), as AdamW decays (Loshchilov and Hutter, ICLR 2019)."""
    return weights - rate * decay * (weights - start)
