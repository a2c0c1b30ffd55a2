"""A linear classifier of features for several classes at once: logistic regression with an L2 penalty."""

import torch
from jaxtyping import Float
from torch.nn.functional import binary_cross_entropy_with_logits

USUAL_LOGIT = 10.0
"""Standard deviation of a logit under the penalty; 3 to 100 do equally well on stamps."""
STEPS = 200
"""Most steps of L-BFGS; the loss is convex, and far fewer do."""


def linear_scores(
    features: Float[torch.Tensor, "N D"], targets: Float[torch.Tensor, "N C"], others: Float[torch.Tensor, "M D"]
) -> Float[torch.Tensor, "M C"]:
    """Logits of `others` by the head that fits `features` to `targets` best.

    Features are standardised by those that are fitted and divided by D^1/2, so that an image x has a length of about
    1. The head minimises sum of log(1 + exp(-+(w x + b))) + |w|^2 / (2 USUAL_LOGIT^2), each class for itself.

    Args:
        features: of the images that are fitted.
        targets: 1 for each class in the image, else 0.
        others: features of the images to score.
    """
    mean, deviation = features.mean(dim=0), features.std(dim=0, correction=0)
    length = torch.where(deviation > 0, deviation, 1) * features.shape[1] ** 0.5
    weights = torch.zeros(features.shape[1], targets.shape[1], dtype=features.dtype, device=features.device)
    biases = torch.zeros_like(weights[0])
    shown = (features - mean) / length
    optimiser = torch.optim.LBFGS(
        [weights.requires_grad_(), biases.requires_grad_()], max_iter=STEPS, line_search_fn="strong_wolfe"
    )

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        misfit = binary_cross_entropy_with_logits(shown @ weights + biases, targets, reduction="sum")
        value = misfit + weights.square().sum() / (2 * USUAL_LOGIT**2)
        value.backward()
        return value

    optimiser.step(loss)
    return ((others - mean) / length @ weights + biases).detach()
