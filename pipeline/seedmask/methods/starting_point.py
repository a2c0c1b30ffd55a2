"""Weight decay towards where a training starts (L2-SP; Li, Grandvalet and Davoine, ICML 2018).

"Explicit Inductive Bias for Transfer Learning with Convolutional Networks".
The penalty is decay / 2 · |w - w0|^2 in the place of decay / 2 · |w|^2. The authors pull new layers to zero; here they
too are pulled to their first weights, which are near zero where they are drawn, and of use where they are not.
"""

import torch
from jaxtyping import Float


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
