"""AGMM's loss: a Gaussian mixture over the features supervises the network, and the network the mixture."""

import torch
from torch.nn.functional import pad

from seedmask.losses.mixture.options import MixtureLossOptions
from seedmask.methods.em_loss import em_loss
from seedmask.methods.mixture import VOID
from seedmask.methods.mixture_loss import agmm_loss
from seedmask.networks.segmenter import WeakLoss


def build(options: MixtureLossOptions) -> WeakLoss:
    """Loss of features, logits, labels and classes; in single precision even if the network has half."""

    def loss(features: torch.Tensor, logits: torch.Tensor, labels: torch.Tensor, shown: torch.Tensor) -> torch.Tensor:
        height, width = (large - small for large, small in zip(logits.shape[-2:], labels.shape[-2:], strict=True))
        labels = pad(labels, (0, width, 0, height), value=VOID)
        with torch.autocast(features.device.type, enabled=False):
            return _weighted(options, features.float(), logits.float(), labels, shown)

    return loss


def _weighted(options: MixtureLossOptions, *batch: torch.Tensor) -> torch.Tensor:
    em = options.online_em
    further = 0.0
    if em.rounds:
        em_terms = em_loss(
            *batch,
            rounds=em.rounds,
            threshold=em.threshold,
            separation=options.separation,
            detach_scores=options.detach,
        )
        terms = em_terms.terms
        further = em.w_maximisation * em_terms.maximisation + em.w_mixture_labels * em_terms.mixture_labels
    else:
        terms = agmm_loss(
            *batch, deviation=options.deviation, separation=options.separation, detach_scores=options.detach
        )
    return (
        options.w_partial * terms.partial_ce
        + options.w_consistency * terms.consistency
        + options.w_fit * terms.fit
        + options.w_separation * terms.separation
        + options.w_absent * terms.absent
        + further
    )
