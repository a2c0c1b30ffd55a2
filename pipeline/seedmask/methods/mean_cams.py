"""Weighted mean of the CAMs of several classifiers: an ensemble."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from seedmask.methods.cams import Number


def mean_cams(
    members: Sequence[Float[np.ndarray, "_ _ _"]], weights: Sequence[Number] | None = None
) -> Float[np.ndarray, "K H W"]:
    """Σ_i w_i A_i / Σ_i w_i.

    Args:
        members: A_i, CAMs (K, H, W) in 0..1 of one image by each member, of the same classes in the same order.
        weights: w_i, above 0; all equal when not given.

    Returns:
        float32, between the smallest and the largest of the members at each pixel, but for rounding.

    Raises:
        ValueError: there is no member, their shapes differ, or the weights are not one above 0 for each.
    """
    weights = [1.0] * len(members) if weights is None else weights
    if not members or len(weights) != len(members) or not all(weight > 0 for weight in weights):
        raise ValueError(f"{len(members)} members with weights {list(weights)}; expected one above 0 for each")
    if len(shapes := dict.fromkeys(cams.shape for cams in members)) > 1:
        raise ValueError(f"CAMs of {' and '.join(map(str, shapes))} (K, H, W); expected one shape")
    total = np.zeros(members[0].shape, np.float32)
    for weight, cams in zip(weights, members, strict=True):
        total += np.float32(weight) * cams
    return total / np.float32(sum(weights))
