import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from seedmask.evaluation.scores import confusion, mean, scores

matrices = arrays(np.int64, (4, 4), elements=st.one_of(st.just(0), st.integers(0, 10**12)))
NAMES = ("iou", "false_positive", "false_negative", "precision", "recall")

# class 0: TP 6; class 1: TP 3; class 2 only predicted; class 3 nowhere
EXAMPLE = np.array([[6, 1, 1, 0], [2, 3, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]])


def test_a_worked_example():
    result = scores(EXAMPLE)
    np.testing.assert_allclose(result.iou, [6 / 10, 3 / 6, 0, np.nan])
    np.testing.assert_allclose(result.false_positive, [2 / 10, 1 / 6, 1, np.nan])
    np.testing.assert_allclose(result.false_negative, [2 / 10, 2 / 6, 0, np.nan])
    np.testing.assert_allclose(result.precision, [6 / 8, 3 / 4, 0, np.nan])
    np.testing.assert_allclose(result.recall, [6 / 8, 3 / 5, np.nan, np.nan])
    assert result.pixel_accuracy == 9 / 13


@pytest.mark.parametrize(
    ("absent_class", "miou", "averaged"),
    [("skip_union", 1.1 / 3, 3), ("skip_truth", 1.1 / 2, 2), ("zero", 1.1 / 4, 4)],
)
def test_absent_classes_count_as_the_protocol_says(absent_class, miou, averaged):
    result = scores(EXAMPLE, absent_class)
    assert result.miou == pytest.approx(miou)
    assert result.classes_averaged == averaged


@given(matrices)
def test_union_is_split_into_right_false_positive_and_false_negative(matrix):
    result = scores(matrix)
    total = result.iou + result.false_positive + result.false_negative
    np.testing.assert_allclose(total[result.averaged], 1)


@given(matrices, st.permutations(range(4)), st.sampled_from(["skip_union", "skip_truth", "zero"]))
def test_permuting_the_classes_permutes_the_scores(matrix, order, absent_class):
    before, after = scores(matrix, absent_class), scores(matrix[np.ix_(order, order)], absent_class)
    for name in NAMES:
        np.testing.assert_allclose(getattr(after, name), getattr(before, name)[order])
    np.testing.assert_allclose(after.miou, before.miou)


@given(arrays(np.int64, (4,), elements=st.integers(0, 100)).filter(lambda counts: counts.any()))
def test_a_perfect_prediction_scores_one(counts):
    result = scores(np.diag(counts))
    assert result.miou == 1
    assert result.pixel_accuracy == 1
    assert result.classes_averaged == np.count_nonzero(counts)


def test_counts_past_32_bits_are_exact():
    result = scores(np.array([[3 * 10**12, 10**12], [0, 5]]))
    assert result.iou[0] == 0.75


def test_nothing_counted_gives_nan_without_a_warning():
    result = scores(np.zeros((3, 3), np.int64))
    assert math.isnan(result.miou)
    assert math.isnan(result.pixel_accuracy)
    assert result.classes_averaged == 0
    assert math.isnan(mean(np.array([np.nan])))


def test_scores_equal_those_of_the_reference_that_skips_what_is_not_in_the_truth():
    case = np.load(Path(__file__).parents[1] / "golden" / "i2crc" / "seg_scores.npz")
    count = int(case["n_class"])
    pairs = zip(case["gts"], case["preds"], strict=True)
    matrix = sum(confusion(truth.astype(np.uint8), labels.astype(np.uint8), count) for truth, labels in pairs)
    result = scores(matrix, "skip_truth")
    assert result.miou == pytest.approx(float(case["mean_iou"]), abs=1e-12)
    assert result.pixel_accuracy == pytest.approx(float(case["pixel_acc"]), abs=1e-12)
    assert mean(result.recall) == pytest.approx(float(case["mean_acc"]), abs=1e-12)
    np.testing.assert_allclose(scores(matrix).iou, case["class_iou"], atol=1e-12)


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


classed = arrays(np.uint8, (4, 5), elements=st.sampled_from([1, 2, 3, 255]))


@given(classed, classed)
def test_without_background_the_scores_are_those_of_the_classes_and_255_is_a_miss(truth, prediction):
    found = scores(confusion(truth, prediction, C, background=False), background=False)
    for number, label in enumerate((1, 2, 3)):
        counted = truth != 255
        there, said = (truth == label) & counted, (prediction == label) & counted
        union = int((there | said).sum())
        assert np.isnan(found.iou[number]) if not union else found.iou[number] == (there & said).sum() / union
    assert len(found.iou) == C - 1


def test_without_background_no_stray_0_makes_a_class():
    truth, mask = np.uint8([[1, 2, 3, 3]]), np.uint8([[1, 2, 3, 3]])
    for absent in ("skip_union", "skip_truth", "zero"):
        assert scores(confusion(truth, mask, C, background=False), absent, background=False).miou == 1
    for side in ("truth", "prediction"):
        sides = {"truth": truth, "prediction": mask, side: np.uint8([[0, 2, 3, 3]])}
        with pytest.raises(ValueError, match=f"{side} has label 0; expected 1 to 3"):
            confusion(**sides, classes=C, background=False)


def test_pixels_that_are_counted_in_parts_are_each_counted_once(monkeypatch):
    truth, prediction = np.random.default_rng(0).integers(0, 3, (2, 13, 11), dtype=np.uint8)
    truth[3, 4:9] = 255
    whole = confusion(truth, prediction, 3)
    assert whole.sum() == 13 * 11 - 5
    monkeypatch.setattr("seedmask.evaluation.scores.AT_ONCE", 10)
    assert np.array_equal(confusion(truth, prediction, 3), whole)
