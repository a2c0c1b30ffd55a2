import pytest
import torch

from seedmask.methods.mixture_masks import mixture_mask
from seedmask.methods.weak_labels import of_channels

UNLABELLED, VOID = 3, 255


def scene(seed=0):
    """Features of two kinds, left and right, at half the resolution, with one label of each."""
    draws = torch.Generator().manual_seed(seed)
    features = 0.2 * torch.randn(6, 8, 10, generator=draws)
    features[..., 5:] += 2
    labels = torch.full((16, 20), UNLABELLED)
    labels[7, 3], labels[8, 16] = 0, 2
    return features, labels, torch.tensor([1.0, 0, 1])


@pytest.mark.parametrize("rounds", [0, 1, 3])
@pytest.mark.parametrize("seed", range(3))
def test_one_label_of_each_kind_spreads_over_its_side(rounds, seed):
    features, labels, allowed = scene(seed)
    mask, confidence, scores = mixture_mask(features, labels, allowed, rounds=rounds)
    assert scores.shape == (3, 16, 20)
    assert not scores[1].any()
    assert (scores[0, :, :9] > scores[2, :, :9]).float().mean() > 0.95
    assert (mask[:, :9] == 0).float().mean() > 0.95
    assert (mask[:, 11:] == 2).float().mean() > 0.95
    assert set(mask.unique().tolist()) <= {0, 2, VOID}
    assert ((confidence > 0) == (mask != VOID)).all()
    assert confidence.max() <= 1


def test_given_labels_stay_and_are_sure():
    features, labels, allowed = scene()
    labels[7, 4], labels[0] = 2, VOID
    mask, confidence, _ = mixture_mask(features, labels, allowed)
    assert mask[7, 4] == 2
    assert confidence[7, 4] == confidence[7, 3] == 1
    assert (mask[0] == VOID).all()
    assert not confidence[0].any()


def test_a_higher_threshold_labels_less_and_what_it_labels_alike():
    features, labels, allowed = scene()
    low, high = (mixture_mask(features, labels, allowed, threshold=t, rounds=0)[0] for t in (0.55, 0.95))
    assert (high != VOID).sum() < (low != VOID).sum()
    assert (low == high)[high != VOID].all()


def test_a_segmenter_must_see_the_same_class():
    features, labels, allowed = scene()
    probabilities = torch.zeros(3, 16, 20)
    probabilities[0] = 1
    mask, *_ = mixture_mask(features, labels, allowed, probabilities, rounds=0)
    assert mask[8, 16] == 2
    assert (mask[:, 11:] == 2).sum() == 1
    probabilities[0, :, 10:], probabilities[2, :, 10:] = 0, 1
    mask, *_ = mixture_mask(features, labels, allowed, probabilities, rounds=0)
    assert (mask[:, 11:] == 2).float().mean() > 0.95


def test_a_picture_without_labels_is_255():
    features, labels, allowed = scene()
    for label in (UNLABELLED, VOID):
        mask, confidence, _ = mixture_mask(features, torch.full_like(labels, label), allowed)
        assert (mask == VOID).all()
        assert not confidence.any()


def test_a_single_class_takes_all_that_is_like_it():
    features, labels, allowed = scene()
    labels[8, 16] = UNLABELLED
    mask, *_ = mixture_mask(features, labels, allowed, rounds=0)
    assert set(mask.unique().tolist()) <= {0, VOID}


@pytest.mark.parametrize("rounds", [0, 2])
@pytest.mark.parametrize("agree", [False, True])
def test_classes_that_an_image_may_not_show_change_nothing_by_being_left_out(rounds, agree):
    features, labels, allowed = scene()
    network = torch.rand(3, 16, 20, generator=torch.Generator().manual_seed(0)).softmax(dim=0) if agree else None
    every = mixture_mask(features, labels, allowed, network, rounds=rounds)
    codes = torch.from_numpy(of_channels(labels.numpy().astype("uint8"), [0, 2])).long()
    shown = None if network is None else network[[0, 2]]
    two = mixture_mask(features, codes, allowed[[0, 2]], shown, rounds=rounds)
    assert torch.equal(torch.tensor([0, 2, VOID])[two.mask.clamp_max(2)], every.mask)
    torch.testing.assert_close(two.confidence, every.confidence)
    torch.testing.assert_close(two.scores, every.scores[[0, 2]])
