"""Cross-entropy of logits of any size against labels with an ignore index."""

import torch
from jaxtyping import Float, Integer
from torch.nn.functional import cross_entropy as torch_cross_entropy
from torch.nn.functional import interpolate


def resize_logits(
    logits: Float[torch.Tensor, "N C h w"], labels: Integer[torch.Tensor, "N H W"]
) -> Float[torch.Tensor, "N C H W"]:
    """Logits at the size of the labels, bilinear."""
    if logits.shape[-2:] == labels.shape[-2:]:
        return logits
    return interpolate(logits, labels.shape[-2:], mode="bilinear", align_corners=False)


def cross_entropy(
    logits: Float[torch.Tensor, "N C h w"], labels: Integer[torch.Tensor, "N H W"], ignore_index: int = 255
) -> Float[torch.Tensor, ""]:
    """Mean of -log softmax(logits)[label] over the labelled pixels; 0 where none is labelled.

    In the precision of the logits, at least float32.
    """
    logits = logits.to(torch.promote_types(logits.dtype, torch.float32))
    total = torch_cross_entropy(resize_logits(logits, labels), labels, ignore_index=ignore_index, reduction="sum")
    return total / (labels != ignore_index).sum().clamp(min=1)
