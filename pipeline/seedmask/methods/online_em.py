"""A mixture that unlabelled pixels take part in, and the labels that it gives them.

Ours, after what the abstract of "Modeling the Label Distributions for Weakly-Supervised Semantic Segmentation" (Wu et
al., TPAMI 2025) says of an online EM, a maximisation loss and labels from the mixture; their code is not published.
"""

import torch
from jaxtyping import Bool, Float, Integer
from torch.nn.functional import interpolate

from seedmask.methods.cams import Number
from seedmask.methods.mixture import EPSILON, centres_of, distances_to, labelled_shares, present_classes, validity

LEAST_DEVIATION = 1e-3


def online_em(
    features: Float[torch.Tensor, "B C h w"],
    labels: Integer[torch.Tensor, "B H W"],
    probabilities: Float[torch.Tensor, "B K H W"],
    allowed: Float[torch.Tensor, "B K"],
    *,
    rounds: int = 1,
) -> tuple[Float[torch.Tensor, "B K C"], Float[torch.Tensor, "B K"]]:
    """Centres and deviations after some rounds of expectation and maximisation at the positions of the features.

    It starts from the labelled pixels. Each round gives every position its share in each class,

        γ_k = P_k g_k / σ_k over their sum, g = exp(-d^2 / (2 σ^2))

    labelled positions belong to their class alone, padding to none, and then takes the shares' mean features and mean
    squared distances. The last centres are taken once more from fixed shares, so that the features learn from them.

    Args:
        features: F.
        labels: 0..K-1, K for unlabelled, 255 for padding.
        probabilities: P, of the network.
        allowed: 1 for each class that may have pixels; of these only the ones with a label take part.
        rounds: 0 leaves it at the labelled pixels.

    Returns:
        Centres, and deviations of at least 0.001; 0 for classes that take no part.

    Raises:
        ValueError: see `present_classes`.
    """
    count = probabilities.shape[1]
    present = present_classes(labels, count, features.dtype)
    part = present.valid * present.select(allowed)
    inside = validity(labels, features.shape[-2:], features.dtype)
    with torch.no_grad():
        labelled = labelled_shares(features, present)
        given = (labelled == labelled.amax(dim=1, keepdim=True)) & (labelled > 0)
        known = given.any(dim=1, keepdim=True)
        shares = (given & (part[..., None, None] > 0)).to(features.dtype)
        size = features.shape[-2:]
        small = interpolate(present.select(probabilities), size, mode="bilinear", align_corners=False)
        centres = centres_of(features, present)
        deviations = _deviations(distances_to(features, centres, inside), shares, part)
        for _ in range(rounds):
            distances = distances_to(features, centres, inside)
            scale = deviations.clamp_min(LEAST_DEVIATION)[..., None, None]
            # In logarithms: one labelled position has the least deviation, at which every other score is 0.
            likely = (small + EPSILON).log() - distances**2 / (2 * scale**2) - scale.log()
            likely = likely.masked_fill(part[..., None, None] == 0, float("-inf"))
            expected = likely.softmax(dim=1).nan_to_num(0)
            shares = torch.where(known, given * part[..., None, None], expected) * (inside[:, None] > 0)
            centres = _means(features, shares)
            deviations = _deviations(distances_to(features, centres, inside), shares, part)
    last = centres_of(features, present) if rounds == 0 else _means(features, shares)
    return present.spread(last * part[..., None], count), present.spread(deviations, count)


def em_scores(
    features: Float[torch.Tensor, "B C h w"],
    centres: Float[torch.Tensor, "B S C"],
    deviations: Float[torch.Tensor, "B S"],
    inside: Float[torch.Tensor, "B h w"],
) -> Float[torch.Tensor, "B S h w"]:
    """G = exp(-d^2 / (2 σ^2)) at the positions of the features, each class with its own deviation; 0 where that is 0.

    Args:
        features: F.
        centres: of each class.
        deviations: σ of each class, 0 for one that takes no part.
        inside: share of each position that is image.
    """
    distances = distances_to(features, centres, inside)
    variance = deviations.clamp_min(LEAST_DEVIATION)[..., None, None] ** 2
    return (-(distances**2) / (2 * variance)).exp() * (deviations > 0)[..., None, None]


def posterior(
    scores: Float[torch.Tensor, "B K H W"], allowed: Float[torch.Tensor, "B K"]
) -> Float[torch.Tensor, "B K H W"]:
    """R = G / (Σ_k G + 1e-6): share of each class in the mixture of the allowed ones."""
    among = scores * allowed[..., None, None]
    return among / (among.sum(dim=1, keepdim=True) + EPSILON)


def mixture_labels(
    scores: Float[torch.Tensor, "B K H W"],
    probabilities: Float[torch.Tensor, "B K H W"],
    allowed: Float[torch.Tensor, "B K"],
    given: Integer[torch.Tensor, "B H W"],
    *,
    threshold: Number = 0.7,
) -> tuple[Integer[torch.Tensor, "B H W"], Float[torch.Tensor, "B H W"]]:
    """Labels where the mixture is sure and the network agrees; what was given stays.

    The class with the largest R of `posterior` is taken where R reaches the threshold and it is also the network's, and
    K elsewhere.

    Args:
        scores: G.
        probabilities: P, of the network.
        allowed: 1 for each class that may have pixels.
        given: 0..K-1, K for unlabelled, 255 for padding.
        threshold: smallest R.

    Returns:
        Labels as int64, in the same codes, and a confidence: G of the label, which falls with the distance to the
        centre, 1 where it was given, 0 where there is none.
    """
    count, given = scores.shape[1], given.long()
    surest, best = posterior(scores, allowed).max(dim=1)
    agreed = (probabilities * allowed[..., None, None]).argmax(dim=1) == best
    chosen = (given == count) & agreed & (surest >= threshold) & (surest > 0)
    labels = torch.where(chosen, best, given)
    confidence = torch.where(chosen, scores.gather(1, best[:, None])[:, 0], (given < count).to(scores.dtype))
    return labels, confidence


def maximisation_loss(
    scores: Float[torch.Tensor, "B K H W"],
    allowed: Float[torch.Tensor, "B K"],
    valid: Bool[torch.Tensor, "B H W"] | Float[torch.Tensor, "B H W"],
) -> Float[torch.Tensor, ""]:
    """Mean over valid pixels of -log(mean of G over the allowed classes + 1e-6); 0 without one.

    Args:
        scores: G.
        allowed: 1 for each class that may have pixels.
        valid: 0 on padding.
    """
    valid = valid.to(scores.dtype) * (allowed.sum(dim=1) > 0)[:, None, None]
    mean = (scores * allowed[..., None, None]).sum(dim=1) / allowed.sum(dim=1).clamp_min(1)[:, None, None]
    return (-(mean + EPSILON).log() * valid).sum() / valid.sum().clamp_min(1)


def _means(
    features: Float[torch.Tensor, "B C h w"], shares: Float[torch.Tensor, "B S h w"]
) -> Float[torch.Tensor, "B S C"]:
    total = shares.sum(dim=(2, 3))[..., None]
    return shares.flatten(2) @ features.flatten(2).transpose(1, 2) / (total + EPSILON)


def _deviations(
    distances: Float[torch.Tensor, "B S h w"], shares: Float[torch.Tensor, "B S h w"], part: Float[torch.Tensor, "B S"]
) -> Float[torch.Tensor, "B S"]:
    variance = (shares * distances**2).sum(dim=(2, 3)) / (shares.sum(dim=(2, 3)) + EPSILON)
    return variance.sqrt().clamp_min(LEAST_DEVIATION) * part
