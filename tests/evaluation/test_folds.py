import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from seedmask.evaluation.folds import stratified_folds

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
