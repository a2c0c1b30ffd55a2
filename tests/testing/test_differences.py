import numpy as np
import pytest

from seedmask.testing.differences import Difference, largest_difference


def test_bytes_are_subtracted_without_wrapping():
    assert largest_difference(np.array([0, 255], np.uint8), np.array([3, 250], np.uint8)) == 5


def test_another_shape_is_infinitely_far():
    assert largest_difference(np.zeros((2, 3)), np.zeros((3, 2))) == float("inf")


@pytest.mark.parametrize(("largest", "passed"), [(0.1, True), (0.2, False), (float("nan"), False)])
def test_what_is_farther_than_the_tolerance_or_not_a_number_fails(largest, passed):
    assert Difference("case.npz", "logits", largest, 0.1).passed is passed
