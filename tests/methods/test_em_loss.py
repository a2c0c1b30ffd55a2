import pytest
import torch

from seedmask.methods.em_loss import em_loss
from seedmask.methods.mixture import class_centres, present_classes
from seedmask.methods.mixture_loss import agmm_loss, terms_of
from seedmask.methods.online_em import em_scores, maximisation_loss, mixture_labels, online_em

UNLABELLED, PADDING = 3, 255


def scene(seed=0, size=(6, 8)):
    """Features of two kinds, left and right, a few labels of each, a third class that is nowhere, and logits."""
    draws = torch.Generator().manual_seed(seed)
    features = 0.3 * torch.randn(2, 5, *size, generator=draws, dtype=torch.float64)
    features[..., 4:] += 2
    labels = torch.full((2, *size), UNLABELLED)
    labels[:, 1:4, 1], labels[:, 1:4, 6] = 0, 1
    labels[:, -1] = PADDING
    logits = torch.randn(2, 3, *size, generator=draws, dtype=torch.float64)
    logits[:, 0, :, :4] += 3
    logits[:, 1, :, 4:] += 3
    return features, logits, labels, torch.tensor([[1.0, 1, 0]] * 2, dtype=torch.float64)


def test_its_parts_are_those_of_the_public_functions():
    features, logits, labels, shown = scene()
    found = em_loss(features, logits, labels, shown, rounds=2, threshold=0.6)
    probabilities = logits.softmax(dim=1)
    centres, deviations = online_em(features, labels, probabilities, shown, rounds=2)
    inside = (labels != PADDING).double()
    scores = em_scores(features, centres, deviations, inside)
    torch.testing.assert_close(found.maximisation, maximisation_loss(scores[:, :2], shown[:, :2], inside))
    taught, confidence = mixture_labels(scores, probabilities, shown, labels, threshold=0.6)
    chosen = (labels == UNLABELLED) & (taught < UNLABELLED)
    assert 10 < chosen.sum() < 80
    named = -logits.log_softmax(dim=1).gather(1, taught.clamp_max(2)[:, None])[:, 0]
    torch.testing.assert_close(found.mixture_labels, (named * confidence)[chosen].sum() / chosen.sum())
    present = present_classes(labels, 3, torch.float64)
    terms = terms_of(present, centres[:, :2], scores[:, :2], probabilities[:, :2], labels, 3)
    for name, value in terms._asdict().items():
        torch.testing.assert_close(getattr(found.terms, name), value)


def test_terms_that_need_no_mixture_are_those_without_online_em():
    batch = scene()
    found, plain = em_loss(*batch).terms, agmm_loss(*batch)
    assert found.partial_ce == plain.partial_ce
    assert found.absent == plain.absent
    assert found.consistency != plain.consistency


def test_given_labels_are_never_taught_otherwise():
    features, logits, labels, shown = scene()
    swapped = torch.where(labels < 2, 1 - labels, labels)  # a user who contradicts features and network
    centres, deviations = online_em(features, swapped, logits.softmax(dim=1), shown)
    scores = em_scores(features, centres, deviations, (labels != PADDING).double())
    taught, _ = mixture_labels(scores, logits.softmax(dim=1), shown, swapped, threshold=0.5)
    assert torch.equal(taught[swapped < 2], swapped[swapped < 2])


@pytest.mark.parametrize("detach", [False, True])
def test_everything_learns_unless_the_mixture_is_detached(detach):
    features, logits, labels, shown = scene()
    found = em_loss(features.requires_grad_(), logits.requires_grad_(), labels, shown, detach_scores=detach)
    by_features = torch.autograd.grad(
        found.terms.consistency + found.terms.fit, features, retain_graph=True, allow_unused=True
    )[0]
    assert (by_features is None) == detach
    (by_logits,) = torch.autograd.grad(found.terms.consistency + found.mixture_labels, logits, retain_graph=True)
    assert by_logits.abs().sum() > 0
    if not detach:
        (gradient,) = torch.autograd.grad(found.maximisation, features)
        assert gradient.abs().sum() > 0


@pytest.mark.parametrize("label", [UNLABELLED, PADDING])
def test_a_batch_without_labels_costs_nothing_but_absent_classes(label):
    features, logits, labels, shown = scene()
    found = em_loss(features.requires_grad_(), logits.requires_grad_(), torch.full_like(labels, label), shown, rounds=1)
    terms = found.terms
    rest = terms.partial_ce + terms.consistency + terms.fit + terms.separation + found.maximisation
    total = rest + found.mixture_labels
    assert total == 0
    total.backward()
    assert not features.grad.any()
    assert not logits.grad.any()


def test_a_picture_with_a_class_that_its_tags_exclude_leaves_it_out_of_the_mixture():
    features, logits, labels, shown = scene()
    shown[:, 1] = 0
    found = em_loss(features, logits, labels, shown)
    centres, present = class_centres(features, labels, 3)
    assert present[0, 1] == 1
    assert torch.isfinite(torch.stack([*found.terms, found.maximisation, found.mixture_labels])).all()
    assert found.terms.separation == 0  # one class takes part
    assert centres[0, 1].any()
