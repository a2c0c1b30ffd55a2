import numpy as np
import pytest

from pipeline.evaluation.ranking import mean_average_precision


def test_a_hand_example():
    scores = np.array([[0.9], [0.8], [0.7], [0.1]])
    wanted = np.array([[True], [False], [True], [False]])
    assert mean_average_precision(scores, wanted) == pytest.approx((1 + 2 / 3) / 2)


def test_a_perfect_ranking_is_one_and_classes_that_do_not_occur_are_left_out():
    wanted = np.array([[True, False], [False, False]])
    assert mean_average_precision(np.array([[2.0, 0.0], [1.0, 5.0]]), wanted) == 1


def test_without_any_class_it_is_not_a_number():
    assert np.isnan(mean_average_precision(np.zeros((2, 2)), np.zeros((2, 2), bool)))
