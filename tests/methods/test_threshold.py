import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from seedmask.methods.threshold import score_probabilities, strongest, threshold_labels
from seedmask.testing.masks import MaskMethodContract

levels = st.integers(0, 10).map(lambda k: np.float32(k / 10))
cams_of_two = arrays(np.float32, (2, 3, 4), elements=levels)


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


def test_a_plane_is_the_background_of_each_pixel():
    cams = np.array([[[0.5, 0.5, 0.5]]], np.float32)
    plane = np.array([[0.4, 0.5, 0.6]], np.float32)
    assert np.array_equal(score_probabilities(cams, plane, "plane")[0], plane)
    assert threshold_labels(cams, [3], plane, "plane").tolist() == [[4, 0, 0]]
