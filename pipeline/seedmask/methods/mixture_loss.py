"""The loss of sparse labels: a mixture and a network that fit each other (AGMM, Wu et al., CVPR 2023, section 3)."""

from typing import Literal, NamedTuple

import torch
from jaxtyping import Float, Integer
from torch.nn.functional import interpolate

from seedmask.methods.mixture import (
    EPSILON,
    VOID,
    Deviation,
    Present,
    centres_of,
    distances_to,
    present_classes,
    scores_of,
    validity,
)

Separation = Literal["sum", "mean"]


class AGMMLoss(NamedTuple):
    """The terms, each a scalar; without anything to take a mean over they are 0."""

    partial_ce: Float[torch.Tensor, ""]
    absent: Float[torch.Tensor, ""]
    separation: Float[torch.Tensor, ""]
    consistency: Float[torch.Tensor, ""]
    fit: Float[torch.Tensor, ""]

    @property
    def total(self) -> Float[torch.Tensor, ""]:
        """Their sum, all weights 1."""
        return self.partial_ce + self.absent + self.separation + self.consistency + self.fit


def agmm_loss(
    features: Float[torch.Tensor, "B C h w"],
    logits: Float[torch.Tensor, "B K H W"],
    labels: Integer[torch.Tensor, "B H W"],
    image_labels: Float[torch.Tensor, "B K"],
    *,
    deviation: Deviation | None = None,
    separation: Separation = "sum",
    detach_scores: bool = False,
) -> AGMMLoss:
    """Partial cross-entropy, and what the mixture adds.

    With P the softmax, G the scores, a the present classes, A their number in an image, y the classes of the whole
    image, bce(q, t) = -t log(q + e) - (1 - t) log(1 - q + e) and e = 1e-6:

        partial_ce = mean over labelled pixels of -log P[label]
        absent = mean over pixels of Σ_k (1 - y_k) (-log(1 - P_k + e))
        separation = mean over pairs of classes of exp(-(mean |S_j - S_k|)^2), S a class's centres in the batch, summed
        consistency = mean over pixels of Σ_k a_k bce(P_k, G_k) / (2 A)
        fit = mean over labelled pixels of Σ_k a_k bce(G_k, 1[label = k]) / (2 A)

    Means are over the batch and leave padding out; an image without labelled pixels counts in that of `consistency`.

    Args:
        features: F, of a decoder, at any resolution.
        logits: of each class at each pixel.
        labels: 0..K-1, K for unlabelled, 255 for padding.
        image_labels: y, 1 for each class in the whole image, background among them, also where a crop has none of it.
        deviation: see `gaussian_scores`.
        separation: S as the sum of a class's centres, as in the code, or as their mean, as the paper is read.
        detach_scores: whether G gets no gradient.

    Raises:
        ValueError: see `present_classes`.
    """
    log_p = logits.log_softmax(dim=1)
    probabilities = log_p.exp()
    terms = mixture_terms(
        features,
        probabilities,
        labels,
        image_labels,
        deviation=deviation,
        separation=separation,
        detach_scores=detach_scores,
    )
    return AGMMLoss(*network_terms(log_p, labels, image_labels), *terms)


class MixtureTerms(NamedTuple):
    """The terms of `AGMMLoss` that depend on the mixture."""

    separation: Float[torch.Tensor, ""]
    consistency: Float[torch.Tensor, ""]
    fit: Float[torch.Tensor, ""]


def mixture_terms(
    features: Float[torch.Tensor, "B C h w"],
    probabilities: Float[torch.Tensor, "B K H W"],
    labels: Integer[torch.Tensor, "B H W"],
    image_labels: Float[torch.Tensor, "B K"],
    *,
    deviation: Deviation | None = None,
    separation: Separation = "sum",
    detach_scores: bool = False,
) -> MixtureTerms:
    """The terms of the mixture; only classes with labels are computed.

    Args and errors as for `agmm_loss`, with P in the place of logits.
    """
    present = present_classes(labels, probabilities.shape[1], features.dtype)
    centres = centres_of(features, present)
    inside = validity(labels, features.shape[-2:], features.dtype)
    shown = present.select(probabilities)
    distances = distances_to(features, centres, inside) * present.valid[..., None, None]
    small = scores_of(distances, inside, deviation, shown.detach() * present.select(image_labels)[..., None, None])
    scores = interpolate(small, labels.shape[-2:], mode="bilinear", align_corners=False)
    if detach_scores:
        scores = scores.detach()
    return terms_of(present, centres, scores, shown, labels, probabilities.shape[1], separation)


def terms_of(
    present: Present,
    centres: Float[torch.Tensor, "B S C"],
    scores: Float[torch.Tensor, "B S H W"],
    shown: Float[torch.Tensor, "B S H W"],
    labels: Integer[torch.Tensor, "B H W"],
    count: int,
    separation: Separation = "sum",
) -> MixtureTerms:
    """The terms of a mixture that is given.

    Args:
        present: its classes.
        centres: of each.
        scores: G of each.
        shown: P of each.
        labels: see `agmm_loss`.
        count: K.
        separation: see `agmm_loss`.
    """
    labelled, valid = (labels < count).to(shown.dtype), (labels != VOID).to(shown.dtype)
    shares = present.valid / (present.valid.sum(dim=1, keepdim=True) + EPSILON) / 2
    return MixtureTerms(
        centre_separation(centres, present, count, separation),
        _mean(_shared(_bce(shown, scores), shares), valid),
        _mean(_shared(_bce(scores, present.masks), shares), labelled),
    )


def network_terms(
    log_p: Float[torch.Tensor, "B K H W"],
    labels: Integer[torch.Tensor, "B H W"],
    image_labels: Float[torch.Tensor, "B K"],
) -> tuple[Float[torch.Tensor, ""], Float[torch.Tensor, ""]]:
    """`partial_ce` and `absent` of `agmm_loss`, from the logarithm of P."""
    count = log_p.shape[1]
    labelled, valid = (labels < count).to(log_p.dtype), (labels != VOID).to(log_p.dtype)
    named = log_p.gather(1, labels.long().clamp_max(count - 1)[:, None])[:, 0]
    impossible = (1 - image_labels)[..., None, None] * -(1 - log_p.exp() + EPSILON).log()
    return _mean(-named, labelled), _mean(impossible.sum(dim=1), valid)


def centre_separation(
    centres: Float[torch.Tensor, "B S C"], present: Present, count: int, how: Separation = "sum"
) -> Float[torch.Tensor, ""]:
    """Mean over pairs of classes of exp(-d^2) of their centres in the batch; 0 with fewer than two classes."""
    occurs = present.spread(torch.ones_like(present.valid), count).sum(dim=0)
    total = present.spread(centres, count).sum(dim=0)
    among = occurs > 0
    times = occurs[among, None]
    pooled = total[among] * (times / (times + EPSILON) if how == "sum" else 1 / times)
    if len(pooled) < 2:
        return centres.sum() * 0
    pairs = torch.pdist(pooled, p=1) / centres.shape[2]
    return (-(pairs**2)).exp().sum() / (len(pairs) + EPSILON)


def _bce(q: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
    return -(t * (q + EPSILON).log() + (1 - t) * (1 - q + EPSILON).log())


def _shared(costs: Float[torch.Tensor, "B S H W"], shares: Float[torch.Tensor, "B S"]) -> torch.Tensor:
    return (costs * shares[..., None, None]).sum(dim=1)


def _mean(costs: Float[torch.Tensor, "B H W"], chosen: Float[torch.Tensor, "B H W"]) -> Float[torch.Tensor, ""]:
    """Mean over some pixels; 0 with zero gradient where there is none."""
    return (costs * chosen).sum() / chosen.sum().clamp_min(1)
