import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from seedmask.methods.agmm import class_centres, maximisation_loss, mixture_labels, online_em

UNLABELLED, PADDING = 2, 255


def two_clusters(seed=0):
    """Features of two well separated kinds, left and right, one labelled pixel of each, and a network that knows."""
    draws = torch.Generator().manual_seed(seed)
    features = 0.2 * torch.randn(1, 4, 6, 8, generator=draws, dtype=torch.float64)
    features[..., 4:] += 3
    labels = torch.full((1, 6, 8), UNLABELLED)
    labels[0, 2, 1], labels[0, 3, 6] = 0, 1
    probabilities = torch.full((1, 2, 6, 8), 0.1, dtype=torch.float64)
    probabilities[:, 0, :, :4] = probabilities[:, 1, :, 4:] = 0.9
    return features, labels, probabilities, torch.ones(1, 2, dtype=torch.float64)


@given(st.integers(0, 1000))
def test_without_a_round_centres_are_those_of_the_labelled_pixels(seed):
    features, labels, probabilities, allowed = two_clusters(seed)
    centres, deviations = online_em(features, labels, probabilities, allowed, rounds=0)
    torch.testing.assert_close(centres, class_centres(features, labels, 2)[0])
    assert (deviations >= 1e-3).all()


@pytest.mark.parametrize("seed", range(5))
def test_unlabelled_places_bring_centres_to_the_middle_of_their_kind(seed):
    features, labels, probabilities, allowed = two_clusters(seed)
    middle = torch.stack([features[0, :, :, :4].mean(dim=(1, 2)), features[0, :, :, 4:].mean(dim=(1, 2))])[None]
    away = [
        (online_em(features, labels, probabilities, allowed, rounds=rounds)[0] - middle).abs().mean()
        for rounds in (0, 3)
    ]
    assert away[1] < 0.5 * away[0]


def test_features_learn_from_the_last_centres():
    features, labels, probabilities, allowed = two_clusters()
    centres, deviations = online_em(features.requires_grad_(), labels, probabilities, allowed)
    (gradient,) = torch.autograd.grad(centres.sum(), features)
    assert (gradient != 0).sum() > 4 * 2  # more places than the labelled ones
    assert not deviations.requires_grad


def test_classes_that_are_not_allowed_and_padding_take_no_part():
    features, labels, probabilities, allowed = two_clusters()
    allowed[0, 1] = 0
    centres, deviations = online_em(features, labels, probabilities, allowed)
    assert not centres[0, 1].any()
    assert deviations[0, 1] == 0
    features, labels, probabilities, allowed = two_clusters()
    labels[0, :, 4:] = PADDING
    moved = features.clone()
    moved[..., 5:] += 100
    for first, second in zip(
        online_em(features, labels, probabilities, allowed),
        online_em(moved, labels, probabilities, allowed),
        strict=True,
    ):
        torch.testing.assert_close(first, second)


def certain(label=0, score=0.9):
    scores = torch.full((1, 2, 2, 2), 0.1)
    scores[:, label] = score
    return scores, torch.tensor([[0, UNLABELLED], [PADDING, UNLABELLED]])[None]


def test_labels_are_taken_where_mixture_and_network_agree_and_given_ones_stay():
    scores, given_ = certain(label=1)
    labels, confidence = mixture_labels(scores, scores, torch.ones(1, 2), given_)
    assert labels.tolist() == [[[0, 1], [PADDING, 1]]]
    torch.testing.assert_close(confidence, torch.tensor([[[1, 0.9], [0, 0.9]]]))
    against = scores.flip(1)
    assert mixture_labels(scores, against, torch.ones(1, 2), given_)[0].tolist() == given_.tolist()


@pytest.mark.parametrize(("threshold", "label"), [(0.7, 1), (0.89, 1), (0.95, UNLABELLED)])
def test_an_unsure_mixture_says_nothing(threshold, label):
    scores, given_ = certain(label=1)
    assert mixture_labels(scores, scores, torch.ones(1, 2), given_, threshold=threshold)[0][0, 0, 1] == label


def test_a_class_that_is_not_allowed_gives_no_label():
    scores, given_ = certain(label=1)
    labels, _ = mixture_labels(scores, scores, torch.tensor([[1.0, 0]]), given_)
    assert labels[0, 0, 1] == 0  # the only one left
    nothing, confidence = mixture_labels(scores, scores, torch.zeros(1, 2), given_)
    assert nothing.tolist() == given_.tolist()
    assert confidence.sum() == 1  # of the given pixel


def test_the_maximisation_falls_as_scores_rise_and_leaves_padding_out():
    valid = torch.tensor([[True, True], [False, False]])[None]
    low, high = (maximisation_loss(torch.full((1, 2, 2, 2), level), torch.ones(1, 2), valid) for level in (0.2, 0.8))
    torch.testing.assert_close(low, -torch.tensor(0.2 + 1e-6).log())
    assert high < low
    assert maximisation_loss(torch.rand(1, 2, 2, 2), torch.ones(1, 2), torch.zeros(1, 2, 2)) == 0
