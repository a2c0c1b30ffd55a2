"""Losses as a segmenter's stage gets them."""

import pytest
import torch

from seedmask.losses.mixture.loss import build
from seedmask.losses.mixture.options import MixtureLossOptions
from seedmask.methods.em_loss import em_loss
from seedmask.methods.mixture_loss import agmm_loss

WEIGHTS = {
    "w_partial": "partial_ce",
    "w_consistency": "consistency",
    "w_fit": "fit",
    "w_separation": "separation",
    "w_absent": "absent",
}
NONE = dict.fromkeys(WEIGHTS, 0.0)


def batch(dtype=torch.float32):
    """Features, logits, labels of two classes in one picture and one in the other, and their classes."""
    draws = torch.Generator().manual_seed(0)
    features = torch.rand(2, 6, 8, 8, generator=draws).to(dtype)
    logits = torch.randn(2, 4, 32, 32, generator=draws).to(dtype)
    labels = torch.full((2, 32, 32), 4)
    labels[0, 3:9, 4], labels[0, 20, 20], labels[1, 5, 5] = 0, 2, 1
    return features, logits, labels, torch.tensor([[1.0, 0, 1, 0], [1, 1, 0, 0]])


@pytest.mark.parametrize("name", WEIGHTS)
def test_each_weight_is_that_of_its_term(name):
    terms = agmm_loss(*batch(), separation="mean")
    found = build(MixtureLossOptions(**{**NONE, name: 2.0}, separation="mean"))(*batch())
    torch.testing.assert_close(found, 2 * getattr(terms, WEIGHTS[name]))


def test_all_weights_are_one_as_in_the_authors_code():
    torch.testing.assert_close(build(MixtureLossOptions())(*batch()), agmm_loss(*batch()).total)


@pytest.mark.parametrize("options", [{"deviation": "uniform"}, {"deviation": "weighted"}, {"separation": "mean"}])
def test_options_reach_the_loss(options):
    torch.testing.assert_close(build(MixtureLossOptions(**options))(*batch()), agmm_loss(*batch(), **options).total)


def test_online_em_adds_its_terms_with_their_weights():
    terms = em_loss(*batch(), rounds=2, threshold=0.4)
    options = {"online_em": {"rounds": 2, "threshold": 0.4, "w_maximisation": 3.0, "w_mixture_labels": 5.0}}
    expected = terms.terms.total + 3 * terms.maximisation + 5 * terms.mixture_labels
    assert terms.mixture_labels > 0
    torch.testing.assert_close(build(MixtureLossOptions(**options))(*batch()), expected)


def test_a_detached_mixture_teaches_without_learning():
    features, *rest = batch()
    loss = build(MixtureLossOptions(**{**NONE, "w_consistency": 1.0}, detach=True))
    value = loss(features.requires_grad_(), rest[0].requires_grad_(), *rest[1:])
    of_features, of_logits = torch.autograd.grad(value, [features, rest[0]])
    assert not of_features.any()
    assert of_logits.abs().sum() > 0


@pytest.mark.parametrize("rounds", [0, 1])
def test_half_precision_ends_before_the_loss(rounds):
    """1 - P + 1e-6 is 0 in half precision where P is 1, and its logarithm infinite."""
    loss = build(MixtureLossOptions(online_em={"rounds": rounds}))
    features, logits, labels, shown = batch(torch.bfloat16)
    logits[:, 3] = 60  # an absent class, as sure as can be
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = loss(features, logits, labels, shown)
    assert found.dtype == torch.float32
    assert torch.isfinite(found)
    torch.testing.assert_close(found, loss(features.float(), logits.float(), labels, shown))


def test_labels_of_a_padded_picture_are_padded_with_void():
    features, logits, labels, shown = batch()
    whole = labels.clone()
    whole[:, 28:], whole[:, :, 24:] = 255, 255
    cut = labels[:, :28, :24]
    torch.testing.assert_close(
        build(MixtureLossOptions())(features, logits, cut, shown),
        build(MixtureLossOptions())(features, logits, whole, shown),
    )
