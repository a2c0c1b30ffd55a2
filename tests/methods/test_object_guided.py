import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from seedmask.methods.i2crc import refine_labels

A, B, X, N = 1, 2, 9, 255
"""Labels of two classes of the picture, of one that it does not show, and nothing."""


def row(*runs):
    """A row of pixels of (count, label)."""
    return np.concatenate([np.full(count, label, np.uint8) for count, label in runs])[None]


@pytest.mark.parametrize(
    ("classes", "prediction", "initial", "refined"),
    [
        ([A], row((60, 0), (40, A)), row((50, 0), (50, N)), row((60, 0), (40, A))),
        ([A], row((60, 0), (30, A), (10, X)), row((100, 0)), row((60, 0), (30, A), (10, N))),
        ([A], row((60, 0), (40, X)), row((100, A)), row((100, N))),
        ([A, B], np.uint8([[0, 0, A, A, B, 0]]), np.uint8([[0, B, B, 0, A, N]]), np.uint8([[0, B, A, A, B, N]])),
        ([A, B], row((50, 0), (50, A)), row((30, 0), (20, B), (50, 0)), row((30, 0), (20, B), (50, A))),
        ([A, B], row((50, 0), (50, A)), row((100, 0)), row((50, N), (50, A))),
        ([A], row((10, A), (1070, 0)), row((1080, 0)), row((1080, N))),
        ([A], row((11, A), (1069, 0)), row((1080, 0)), row((11, A), (1069, 0))),
        ([], row((60, 0), (40, A)), row((100, 0)), row((100, N))),
    ],
)
def test_the_hand_table(classes, prediction, initial, refined):
    np.testing.assert_array_equal(refine_labels(prediction, initial, [label - 1 for label in classes]), refined)


labels = arrays(np.uint8, (4, 6), elements=st.sampled_from([0, A, B, 3, N]))
tags = st.sets(st.integers(0, 2), max_size=3)


@given(labels, labels, tags)
def test_the_result_has_no_other_class_and_no_new_background(prediction, initial, classes):
    refined = refine_labels(prediction, initial, sorted(classes))
    assert set(np.unique(refined).tolist()) <= {0, N, *(c + 1 for c in classes)}
    assert (prediction[refined == 0] == 0).all()
    predicted = np.isin(prediction, [c + 1 for c in classes])
    assert ((refined == prediction) | (refined == N))[predicted].all()


@given(labels, labels, tags)
def test_refining_twice_changes_nothing(prediction, initial, classes):
    once = refine_labels(prediction, initial, sorted(classes))
    np.testing.assert_array_equal(refine_labels(once, initial, sorted(classes)), once)


@given(labels, labels, labels, st.integers(0, 2))
def test_first_labels_do_not_matter_where_there_is_one_class(prediction, initial, other, c):
    np.testing.assert_array_equal(refine_labels(prediction, initial, [c]), refine_labels(prediction, other, [c]))


@given(labels, labels, tags)
def test_what_is_given_is_left_as_it_was(prediction, initial, classes):
    before = prediction.copy(), initial.copy()
    refine_labels(prediction, initial, sorted(classes))
    np.testing.assert_array_equal((prediction, initial), before)


def test_the_least_share_can_be_moved():
    assert refine_labels(row((1, A), (99, 0)), row((100, 0)), [0], min_share=0.05).min() == N
