"""Logits on their way into a loss."""

import torch
from jaxtyping import Float, Integer
from torch.nn.functional import interpolate


def resize_logits(
    logits: Float[torch.Tensor, "N C h w"], labels: Integer[torch.Tensor, "N H W"]
) -> Float[torch.Tensor, "N C H W"]:
    """Logits at the size of the labels, bilinear."""
    if logits.shape[-2:] == labels.shape[-2:]:
        return logits
    return interpolate(logits, labels.shape[-2:], mode="bilinear", align_corners=False)
