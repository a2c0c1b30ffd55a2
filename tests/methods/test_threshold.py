import numpy as np
import pytest
from contracts.mask_methods import MaskMethodContract
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pipeline.methods.threshold import (
    check_cams,
    cross_entropy_threshold,
    score_histogram,
    score_probabilities,
    strongest,
    threshold_labels,
)

levels = st.integers(0, 10).map(lambda k: np.float32(k / 10))
cams_of_two = arrays(np.float32, (2, 3, 4), elements=levels)
histograms = arrays(np.int64, st.integers(2, 40), elements=st.integers(0, 50)).filter(lambda h: h.any())


class TestThreshold(MaskMethodContract):
    def mask(self, image, cams, classes):
        return threshold_labels(cams, classes, 0.3)


@given(cams_of_two, levels)
def test_the_largest_score_wins_and_ties_go_to_background_then_the_first_class(cams, background):
    labels = threshold_labels(cams, [8, 3], float(background))
    for y in range(3):
        for x in range(4):
            a, b = cams[:, y, x]
            expected = 0 if max(a, b) <= background else 9 if a >= b else 4
            assert labels[y, x] == expected


@given(cams_of_two, levels)
def test_a_mirrored_cam_gives_a_mirrored_mask(cams, background):
    mirrored = threshold_labels(cams[..., ::-1], [8, 3], float(background))
    assert np.array_equal(mirrored, threshold_labels(cams, [8, 3], float(background))[:, ::-1])


def test_the_exponent_background_follows_its_formula():
    cams = np.array([[[0.2, 0.9]], [[0.5, 0.1]]], np.float32)
    scores = score_probabilities(cams, 11, "exponent")
    np.testing.assert_allclose(scores[0], [[0.5**11, 0.1**11]], rtol=1e-5)
    assert np.array_equal(scores[1:], cams)


@pytest.mark.parametrize(("alpha", "theta"), [(4, 0.2755), (11, 0.1556), (24, 0.0939)])
def test_an_exponent_acts_as_the_threshold_where_both_sides_are_equal(alpha, theta):
    cams = np.array([[[theta - 1e-3, theta + 1e-3]]], np.float32)
    assert score_probabilities(cams, alpha, "exponent").argmax(axis=0).tolist() == [[0, 1]]


@pytest.mark.parametrize(
    ("classes", "shape", "message"),
    [([1], (2, 2), "2 maps for 1"), ([1, 2], (2, 3), "image of"), ([1, 1], None, "different"), ([1, 254], None, "253")],
)
def test_maps_without_a_defined_mask_are_refused(classes, shape, message):
    with pytest.raises(ValueError, match=message):
        check_cams(np.zeros((2, 2, 2), np.float32), classes, shape)


@given(histograms)
def test_the_cross_entropy_cut_makes_two_means_tell_most_about_the_values(histogram):
    level = np.linspace(0, 1, len(histogram))
    values = np.repeat(level, histogram)

    def divergence(threshold):
        means = np.empty_like(values)
        for side in (values <= threshold, values > threshold):
            means[side] = values[side].mean() if side.any() else 0
        told = values > 0
        return (values[told] * np.log(values[told] / means[told])).sum()

    assert divergence(cross_entropy_threshold(histogram)) == pytest.approx(min(map(divergence, level)), abs=1e-9)


class TestLabelFreeThresholds:
    def test_two_groups_are_split_in_the_middle_of_the_gap(self):
        histogram = np.zeros(101, np.int64)
        histogram[[30, 70]] = 500, 900
        assert cross_entropy_threshold(histogram) == pytest.approx(0.49, abs=0.011)

    def test_one_level_leaves_only_background(self):
        assert cross_entropy_threshold(np.array([0, 0, 9, 0, 0])) == 0.5

    def test_an_empty_histogram_is_refused(self):
        with pytest.raises(ValueError, match="empty"):
            cross_entropy_threshold(np.zeros(4, np.int64))


@given(cams_of_two, levels)
def test_the_strongest_class_above_the_background_is_the_label(cams, background):
    label, score = strongest(cams, [8, 3])
    expected = np.where(score > background, label, 0)
    assert np.array_equal(threshold_labels(cams, [8, 3], float(background)), expected)


def test_without_classes_nothing_is_strongest():
    label, score = strongest(np.zeros((0, 2, 3), np.float32), [])
    assert label.shape == score.shape == (2, 3)
    assert not label.any()
    assert not score.any()


def test_the_histogram_counts_each_stored_level():
    stored = np.arange(256, dtype=np.uint8)[None].repeat(2, 0)
    for dtype in (np.float16, np.float32):
        assert (score_histogram((stored / np.float32(255)).astype(dtype)) == 2).all()
