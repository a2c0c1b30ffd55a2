import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedmask.evaluation.ranking import average_precisions, mean_average_precision


def test_a_hand_example():
    scores = np.array([[0.9], [0.8], [0.7], [0.1]])
    wanted = np.array([[True], [False], [True], [False]])
    assert mean_average_precision(scores, wanted) == pytest.approx((1 + 2 / 3) / 2)


def test_a_perfect_ranking_is_one_and_classes_that_do_not_occur_are_left_out():
    wanted = np.array([[True, False], [False, False]])
    assert mean_average_precision(np.array([[2.0, 0.0], [1.0, 5.0]]), wanted) == 1


def test_without_any_class_it_is_not_a_number():
    assert np.isnan(mean_average_precision(np.zeros((2, 2)), np.zeros((2, 2), bool)))


def test_each_class_has_its_own_and_an_absent_one_has_none():
    scores = np.array([[0.9, 0.1, 0.5], [0.8, 0.9, 0.5], [0.7, 0.2, 0.5]])
    wanted = np.array([[True, False, False], [False, False, False], [True, True, False]])
    found = average_precisions(scores, wanted)
    assert found[:2] == pytest.approx([(1 + 2 / 3) / 2, 1 / 2])
    assert np.isnan(found[2])


@given(st.integers(0, 10_000))
def test_a_monotone_change_of_the_scores_changes_no_average_precision(seed):
    random = np.random.default_rng(seed)
    scores, wanted = random.normal(size=(12, 3)), random.random((12, 3)) < 0.4
    np.testing.assert_array_equal(average_precisions(scores, wanted), average_precisions(np.exp(scores), wanted))
