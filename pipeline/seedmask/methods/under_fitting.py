"""Pretended under-fitting: a loss that stops learning the pixels that fit worst (PMM, Li et al., ICCV 2021).

Pixels that still disagree with a good fit are taken for errors of the pseudo-mask.
"""

from typing import Literal

import torch
from jaxtyping import Float, Integer
from torch.nn.functional import cross_entropy

from seedmask.methods.cams import Number
from seedmask.methods.cross_entropy import resize_logits

Mode = Literal["none", "clamp", "ignore", "pow"]


def under_fitting_loss(
    logits: Float[torch.Tensor, "N C h w"],
    labels: Integer[torch.Tensor, "N H W"],
    *,
    mode: Mode = "clamp",
    gate: Number = 0.5,
    limit: Number = 0.5,
    ignore_index: int = 255,
) -> Float[torch.Tensor, ""]:
    """Mean over all pixels, the ignored ones included as 0, of a cross-entropy ℓ that is limited once it is small.

    With β the gate, κ the limit: where the mean of ℓ over the batch is below β,

        clamp    min(ℓ, κ)
        ignore   ℓ [ℓ ≤ κ]       the gradient of clamp, another value
        pow      (ℓ + 1e-9)^κ
        none     ℓ

    so that with clamp a pixel teaches nothing while the probability of its label is below e^-κ. The divisor is the
    number of all pixels: pixels left out make the step smaller, and padding alone can open the gate.

    Args:
        logits: of any size; resized to the labels.
        labels: class numbers, or `ignore_index`.
        mode: what happens to ℓ.
        gate: β, in nats.
        limit: κ, in nats, or the power.
        ignore_index: pixels without label.

    Returns:
        In the precision of the logits, at least float32. 0 where all pixels are ignored, but (1e-9)^κ with `pow`.

    Raises:
        ValueError: an unknown mode.
    """
    logits = logits.to(torch.promote_types(logits.dtype, torch.float32))
    loss = cross_entropy(resize_logits(logits, labels), labels.long(), ignore_index=ignore_index, reduction="none")
    limited = _limited(loss, mode, limit)
    return torch.where(loss.mean() < gate, limited, loss).mean()


def _limited(loss: torch.Tensor, mode: Mode, limit: Number) -> torch.Tensor:
    match mode:
        case "none":
            return loss
        case "clamp":
            return loss.clamp(max=limit)
        case "ignore":
            return loss * (loss <= limit)
        case "pow":
            return (loss + 1e-9) ** limit
    raise ValueError(f"mode {mode!r}; expected none, clamp, ignore or pow")
