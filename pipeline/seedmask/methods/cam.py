"""Class activation maps (Zhou et al., CVPR 2016)."""

import torch
from jaxtyping import Float


def class_activation(
    features: Float[torch.Tensor, "N D h w"], weight: Float[torch.Tensor, "C D"]
) -> Float[torch.Tensor, "N C h w"]:
    """Score map of each class, M_c(x) = Σ_d weight[c, d] features[d](x) (equation 2); may be negative."""
    return torch.einsum("ndhw,cd->nchw", features, weight)
