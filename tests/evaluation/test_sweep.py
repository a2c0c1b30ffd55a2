import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from seedmask.evaluation.scores import confusion, scores
from seedmask.evaluation.sweep import ThresholdSweep
from seedmask.methods.threshold import threshold_labels

C = 4
truths = arrays(np.uint8, (4, 5), elements=st.sampled_from([0, 1, 2, 3, 255]))
stored_cams = arrays(np.uint8, (3, 4, 5), elements=st.integers(0, 255))


def winner_and_score(cams):
    return (cams.argmax(axis=0) + 1).astype(np.uint8), cams.max(axis=0)


@settings(max_examples=20, deadline=None)
@given(truths, stored_cams)
def test_each_matrix_equals_thresholding_the_stored_cams_and_counting(truth, stored):
    cams = stored / np.float32(255)
    sweep = ThresholdSweep(C)
    sweep.add(truth, *winner_and_score(cams))
    thresholds, matrices = sweep.confusions()
    assert matrices.shape == (256, C, C)
    for threshold, matrix in zip(thresholds, matrices, strict=True):
        labels = threshold_labels(cams, [0, 1, 2], float(threshold))
        assert np.array_equal(matrix, confusion(truth, labels, C)), threshold


def test_every_stored_level_ties_with_its_own_threshold():
    levels = (np.arange(256, dtype=np.uint8) / np.float32(255))[None]
    sweep = ThresholdSweep(2)
    sweep.add(np.ones_like(levels, np.uint8), np.ones_like(levels, np.uint8), levels)
    _, matrices = sweep.confusions()
    assert matrices[:, 1, 1].tolist() == list(range(255, -1, -1))


@settings(max_examples=30, deadline=None)
@given(
    truths,
    arrays(np.float32, (3, 4, 5), elements=st.floats(0, 1, width=32)),
    st.integers(2, 20),
)
def test_any_scores_and_number_of_thresholds_are_exact(truth, cams, bins):
    sweep = ThresholdSweep(C, bins)
    sweep.add(truth, *winner_and_score(cams))
    for threshold, matrix in zip(*sweep.confusions(), strict=True):
        labels = threshold_labels(cams, [0, 1, 2], float(threshold))
        assert np.array_equal(matrix, confusion(truth, labels, C))


@given(truths, stored_cams, truths, stored_cams)
def test_images_add_up_in_any_order(truth_a, cams_a, truth_b, cams_b):
    pairs = [(truth_a, cams_a / np.float32(255)), (truth_b, cams_b / np.float32(255))]
    forth, back = ThresholdSweep(C), ThresholdSweep(C)
    for truth, cams in pairs:
        forth.add(truth, *winner_and_score(cams))
    for truth, cams in reversed(pairs):
        back.add(truth, *winner_and_score(cams))
    assert np.array_equal(forth.counts, back.counts)


@settings(max_examples=20, deadline=None)
@given(truths, stored_cams)
def test_the_best_threshold_has_the_largest_miou(truth, stored):
    sweep = ThresholdSweep(C, 18)
    sweep.add(truth, *winner_and_score(stored / np.float32(255)))
    threshold, result = sweep.best("zero")
    every = [scores(matrix, "zero").miou for matrix in sweep.confusions()[1]]
    assert result.miou == max(every)
    assert threshold == every.index(max(every)) / 17


def test_an_image_without_classes_is_background_at_every_threshold():
    sweep = ThresholdSweep(C, 5)
    truth = np.array([[0, 2]], np.uint8)
    sweep.add(truth, np.zeros_like(truth), np.zeros((1, 2), np.float32))
    assert (sweep.confusions()[1][:, [0, 2], 0] == 1).all()


@pytest.mark.parametrize("value", [np.nan, -0.1, 1.1])
def test_scores_outside_their_range_are_refused(value):
    truth = np.zeros((1, 2), np.uint8)
    with pytest.raises(ValueError, match="expected 0 to 1"):
        ThresholdSweep(C).add(truth, truth, np.array([[0.5, value]], np.float32))


def test_a_winner_of_255_is_refused():
    truth = np.zeros((1, 2), np.uint8)
    with pytest.raises(ValueError, match="predicted 255"):
        ThresholdSweep(C).add(truth, truth + np.uint8(255), np.zeros((1, 2), np.float32))
