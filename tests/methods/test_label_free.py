import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from seedmask.methods.label_free import cross_entropy_threshold, score_histogram

histograms = arrays(np.int64, st.integers(2, 40), elements=st.integers(0, 50)).filter(lambda h: h.any())


@given(histograms)
def test_the_cross_entropy_cut_makes_two_means_tell_most_about_the_values(histogram):
    level = np.linspace(0, 1, len(histogram))
    values = np.repeat(level, histogram)

    def divergence(threshold):
        means = np.empty_like(values)
        for side in (values <= threshold, values > threshold):
            means[side] = values[side].mean() if side.any() else 0
        positive = values > 0
        return (values[positive] * np.log(values[positive] / means[positive])).sum()

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


def test_the_histogram_counts_each_stored_level():
    stored = np.arange(256, dtype=np.uint8)[None].repeat(2, 0)
    for dtype in (np.float16, np.float32):
        assert (score_histogram((stored / np.float32(255)).astype(dtype)) == 2).all()
