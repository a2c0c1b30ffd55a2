"""Masks from weak labels: a mixture over an image's features says which class its unlabelled pixels belong to.

Ours, after "Modeling the Label Distributions for Weakly-Supervised Semantic Segmentation" (Wu et al., TPAMI 2025); see
`online_em`.
"""

from typing import NamedTuple

import torch
from jaxtyping import Float, Integer
from torch.nn.functional import interpolate

from seedmask.methods.cams import Number
from seedmask.methods.mixture import VOID, class_centres, gaussian_scores, validity
from seedmask.methods.online_em import LEAST_DEVIATION, em_scores, mixture_labels, online_em


class MixtureMask(NamedTuple):
    """Mask of one image, with confidence and scores."""

    mask: Integer[torch.Tensor, "H W"]
    """int64; 255 where no class reaches the threshold."""
    confidence: Float[torch.Tensor, "H W"]
    """γ of the label: 1 where it was given, 0 at 255."""
    scores: Float[torch.Tensor, "K H W"]
    """G of each class, 0 for those that take no part."""


def mixture_mask(
    features: Float[torch.Tensor, "C h w"],
    labels: Integer[torch.Tensor, "H W"],
    allowed: Float[torch.Tensor, " K"],
    probabilities: Float[torch.Tensor, "K H W"] | None = None,
    *,
    rounds: int = 1,
    threshold: Number = 0.7,
) -> MixtureMask:
    """Mask, confidence and scores of one image.

    A pixel's share in each class is the posterior that `online_em` takes its means with,

        γ_k = P_k G_k / σ_k over their sum

    and makes a label where it reaches the threshold and the network sees the same class.

    Args:
        features: F, of a network, of the whole image.
        labels: 0..K-1, K for unlabelled, 255 for padding.
        allowed: 1 for each class that the image may show; only those with a label can get pixels.
        probabilities: P of a segmenter; without them the mixture decides alone, all P_k alike.
        rounds: see `online_em`; with 0 the scores are `gaussian_scores` with the uniform deviation, and σ_k alike.
        threshold: smallest γ that makes a label.

    Raises:
        ValueError: see `present_classes`.
    """
    count, batch = len(allowed), labels[None]
    if probabilities is None:
        network = torch.full((1, count, *labels.shape), 1 / count, dtype=features.dtype, device=features.device)
    else:
        network = probabilities[None]
    scores, deviations = _mixture(features[None], batch, network, allowed[None], rounds)
    density = network * scores / deviations.clamp_min(LEAST_DEVIATION)[..., None, None]
    shares = density / density.sum(dim=1, keepdim=True).clamp_min(torch.finfo(density.dtype).tiny)
    agreeing = shares if probabilities is None else network
    labelled = mixture_labels(shares, agreeing, allowed[None], batch, threshold=threshold)[0][0]
    sure = labelled < count
    share = shares[0].gather(0, labelled.clamp_max(count - 1)[None])[0]
    confidence = torch.where(labels < count, 1.0, share) * sure
    return MixtureMask(torch.where(sure, labelled, VOID), confidence.clamp(0, 1), scores[0].clamp(0, 1))


def _mixture(
    features: Float[torch.Tensor, "1 C h w"],
    labels: Integer[torch.Tensor, "1 H W"],
    probabilities: Float[torch.Tensor, "1 K H W"],
    allowed: Float[torch.Tensor, "1 K"],
    rounds: int,
) -> tuple[Float[torch.Tensor, "1 K H W"], Float[torch.Tensor, "1 K"]]:
    """G and σ of each class."""
    if rounds == 0:
        centres, present = class_centres(features, labels, allowed.shape[1])
        part = present * allowed
        return gaussian_scores(features, centres, part, labels, deviation="uniform"), torch.ones_like(part)
    centres, deviations = online_em(features, labels, probabilities, allowed, rounds=rounds)
    small = em_scores(features, centres, deviations, validity(labels, features.shape[-2:], features.dtype))
    return interpolate(small, labels.shape[-2:], mode="bilinear", align_corners=False), deviations
