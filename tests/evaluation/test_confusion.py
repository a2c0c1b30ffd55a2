import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from seedmask.evaluation.confusion import confusion

C = 4
labels = arrays(np.uint8, (5, 6), elements=st.sampled_from([0, 1, 2, 3, 255]))
decided = arrays(np.uint8, (5, 6), elements=st.integers(0, C - 1))


@given(labels, labels, st.sampled_from(["background", "ignore"]))
def test_the_counts_equal_those_made_pixel_by_pixel(truth, prediction, ignore_pred):
    expected = np.zeros((C, C), int)
    for t, p in zip(truth.flat, prediction.flat, strict=True):
        if t == 255 or (p == 255 and ignore_pred == "ignore"):
            continue
        expected[t, 0 if p == 255 else p] += 1
    counts = confusion(truth, prediction, C, ignore_pred)
    assert counts.dtype == np.int64
    assert np.array_equal(counts, expected)


@given(labels, decided, decided)
def test_predictions_at_ignored_pixels_change_nothing(truth, prediction, other):
    changed = np.where(truth == 255, other, prediction)
    assert np.array_equal(confusion(truth, prediction, C), confusion(truth, changed, C))


@given(labels, decided, st.permutations(range(C)))
def test_permuting_the_labels_permutes_the_matrix(truth, prediction, order):
    table = np.arange(256, dtype=np.uint8)
    table[:C] = order
    permuted = confusion(table[truth], table[prediction], C)
    assert np.array_equal(permuted[np.ix_(order, order)], confusion(truth, prediction, C))


@given(labels, decided)
def test_parts_of_an_image_add_up_to_the_whole(truth, prediction):
    top = confusion(truth[:2], prediction[:2], C)
    assert np.array_equal(top + confusion(truth[2:], prediction[2:], C), confusion(truth, prediction, C))


def test_a_predicted_255_is_refused_where_the_protocol_says_so():
    mask = np.array([[0, 255]], np.uint8)
    with pytest.raises(ValueError, match="1 pixels are predicted 255"):
        confusion(np.zeros_like(mask), mask, C, "error")


@pytest.mark.parametrize("side", ["truth", "prediction"])
def test_a_label_outside_the_classes_is_refused_with_its_value(side):
    sides = {"truth": np.zeros((2, 2), np.uint8), "prediction": np.zeros((2, 2), np.uint8)}
    sides[side][0, 1] = 4
    with pytest.raises(ValueError, match=f"{side} has label 4; expected 0 to 3"):
        confusion(**sides, classes=C)


def test_different_sizes_are_refused():
    with pytest.raises(ValueError, match="resize with nearest"):
        confusion(np.zeros((2, 2), np.uint8), np.zeros((2, 3), np.uint8), C)


def test_a_full_palette_of_255_labels_is_counted():
    every = np.arange(255, dtype=np.uint8)
    assert np.array_equal(confusion(every, every, 255), np.eye(255))
