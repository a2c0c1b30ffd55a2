"""AGMM's loss with a mixture that unlabelled pixels take part in.

Ours; see `online_em`.
"""

from typing import NamedTuple

import torch
from jaxtyping import Float, Integer
from torch.nn.functional import interpolate

from seedmask.methods.cams import Number
from seedmask.methods.mixture import VOID, Present, present_classes, validity
from seedmask.methods.mixture_loss import AGMMLoss, Separation, network_terms, terms_of
from seedmask.methods.online_em import em_scores, maximisation_loss, mixture_labels, online_em


class EMLoss(NamedTuple):
    """The terms, each a scalar."""

    terms: AGMMLoss
    """Those of `agmm_loss`, with the scores and centres of this mixture."""
    maximisation: Float[torch.Tensor, ""]
    """See `maximisation_loss`; at the positions of the features."""
    mixture_labels: Float[torch.Tensor, ""]
    """Mean cross-entropy of the unlabelled pixels that the mixture labels, weighted by their scores."""


def em_loss(
    features: Float[torch.Tensor, "B C h w"],
    logits: Float[torch.Tensor, "B K H W"],
    labels: Integer[torch.Tensor, "B H W"],
    image_labels: Float[torch.Tensor, "B K"],
    *,
    rounds: int = 1,
    threshold: Number = 0.7,
    separation: Separation = "sum",
    detach_scores: bool = False,
) -> EMLoss:
    """Centres and deviations by `online_em`, scores exp(-d^2 / (2 σ^2)) of them, and the loss of both.

    Args:
        features: F, of a decoder, at any resolution.
        logits: of each class at each pixel.
        labels: 0..K-1, K for unlabelled, 255 for padding; those that are given are never overridden.
        image_labels: 1 for each class that the image may show.
        rounds: of expectation and maximisation.
        threshold: see `mixture_labels`.
        separation: see `agmm_loss`.
        detach_scores: whether the mixture gets no gradient.

    Raises:
        ValueError: see `present_classes`.
    """
    log_p = logits.log_softmax(dim=1)
    probabilities = log_p.detach().exp()
    centres, deviations = online_em(features, labels, probabilities, image_labels, rounds=rounds)
    labelled = present_classes(labels, logits.shape[1], features.dtype)
    part = labelled.valid * labelled.select(image_labels)
    present = Present(labelled.classes, part, labelled.masks * part[..., None, None])
    inside = validity(labels, features.shape[-2:], features.dtype)
    rows = present.select(centres)
    small = em_scores(features, rows, present.select(deviations) * part, inside)
    scores = interpolate(small, labels.shape[-2:], mode="bilinear", align_corners=False)
    if detach_scores:
        small, scores = small.detach(), scores.detach()
    terms = terms_of(present, rows, scores, present.select(log_p).exp(), labels, logits.shape[1], separation)
    return EMLoss(
        AGMMLoss(*network_terms(log_p, labels, image_labels), *terms),
        maximisation_loss(small, part, inside > 0),
        _pseudo_label_loss(scores.detach(), log_p, labels, present, threshold),
    )


def _pseudo_label_loss(
    scores: Float[torch.Tensor, "B S H W"],
    log_p: Float[torch.Tensor, "B K H W"],
    labels: Integer[torch.Tensor, "B H W"],
    present: Present,
    threshold: Number,
) -> Float[torch.Tensor, ""]:
    """Cross-entropy of the labels that the mixture gives; classes are numbered as in `present`."""
    rows, count = scores.shape[1], log_p.shape[1]
    given = torch.where(labels == VOID, VOID, torch.where(labels == count, rows, 0))
    shown = present.select(log_p)
    pseudo, confidence = mixture_labels(scores, shown.detach().exp(), present.valid, given, threshold=threshold)
    chosen = (given == rows) & (pseudo < rows)
    named = shown.gather(1, pseudo.clamp_max(rows - 1)[:, None])[:, 0]
    return -(named * confidence * chosen).sum() / chosen.sum().clamp_min(1)
