import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from seedmask.evaluation.cross_validation import cross_validated_scores, stratified_folds

SEEDS = st.integers(0, 10_000)


def tags(seed, pictures=40):
    """Tags of some pictures: five with the first class, many with the second, the third now and then."""
    wanted = np.random.default_rng(seed).random((pictures, 3)) < (0, 0.7, 0.2)
    wanted[np.random.default_rng(seed).permutation(pictures)[:5], 0] = True
    return wanted


@given(SEEDS)
def test_a_class_of_five_pictures_is_in_five_folds(seed):
    wanted = tags(seed)
    assert sorted(stratified_folds(wanted, 5, seed)[wanted[:, 0]].tolist()) == [0, 1, 2, 3, 4]


@given(SEEDS, st.integers(1, 60))
def test_every_picture_is_in_one_fold_and_folds_are_about_equal(seed, pictures):
    fold = stratified_folds(tags(seed, max(pictures, 5)), 5, seed)
    sizes = np.bincount(fold, minlength=5)
    assert len(sizes) == 5
    assert sizes.max() - sizes.min() <= 6


@given(SEEDS)
def test_frequent_classes_are_spread_too(seed):
    wanted = tags(seed, 100)
    counts = np.array([wanted[stratified_folds(wanted, 5, seed) == fold].sum(axis=0) for fold in range(5)])
    assert np.all(np.ptp(counts, axis=0) <= [0, 4, 3])


def test_the_same_seed_deals_the_same_folds():
    wanted = tags(1)
    assert stratified_folds(wanted, 5, 3).tolist() == stratified_folds(wanted, 5, 3).tolist()
    assert stratified_folds(wanted, 5, 3).tolist() != stratified_folds(wanted, 5, 4).tolist()


def test_no_pictures_and_pictures_without_a_class_are_dealt_too():
    assert stratified_folds(np.zeros((0, 2), bool), 5, 0).tolist() == []
    assert sorted(stratified_folds(np.zeros((5, 2), bool), 5, 0).tolist()) == [0, 1, 2, 3, 4]


def test_tags_that_features_determine_are_predicted_and_others_are_not():
    features = torch.randn(60, 6, generator=torch.Generator().manual_seed(0))
    wanted = np.stack([features[:, 0].numpy() > 0, np.random.default_rng(0).random(60) < 0.5], axis=1)
    correct = ((cross_validated_scores(features, wanted, 5, 0) > 0) == wanted).mean(axis=0)
    assert correct[0] > 0.85
    assert correct[1] < 0.7


def test_a_picture_alone_has_nothing_to_learn_from():
    assert not cross_validated_scores(torch.ones(1, 3), np.ones((1, 2), bool), 5, 0).any()
