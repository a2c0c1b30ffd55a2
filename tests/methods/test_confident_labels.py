import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedmask.methods.confident_labels import sure_labels
from seedmask.methods.weak_labels import UNLABELLED


def test_two_levels_make_class_background_and_a_band_between():
    cams = np.float32([[[0.0, 0.29, 0.3, 0.5, 0.6, 1.0]], [[0.1, 0.1, 0.1, 0.1, 0.9, 0.2]]])
    found = sure_labels(cams, [6, 2], foreground=0.6, background=0.3)
    assert found.tolist() == [[0, 0, UNLABELLED, UNLABELLED, 3, 7]]


@given(st.integers(0, 100), st.floats(0, 1), st.floats(0, 1))
def test_nothing_below_a_level_is_of_a_class_and_nothing_above_the_other_background(seed, first, second):
    low, high = sorted((first, second))
    cams = np.random.default_rng(seed).random((2, 5, 6), np.float32)
    found, score = sure_labels(cams, [0, 1], foreground=high, background=low), cams.max(axis=0)
    of_class = (found != 0) & (found != UNLABELLED)
    assert (score[of_class] >= np.float32(high)).all()
    assert (score[found == 0] < low).all()
    assert (of_class | (score < np.float32(high))).all()


def test_without_a_class_all_is_background_and_an_empty_map_is_of_no_class():
    assert not sure_labels(np.zeros((0, 3, 4), np.float32), [], foreground=0.5, background=0.2).any()
    found = sure_labels(np.zeros((1, 3, 4), np.float32), [0], foreground=0, background=0)
    assert (found == UNLABELLED).all()


def test_levels_in_the_wrong_order_are_refused():
    with pytest.raises(ValueError, match=r"background below 0.6 and classes from 0.3 contradict each other"):
        sure_labels(np.zeros((1, 3, 4), np.float32), [0], foreground=0.3, background=0.6)
