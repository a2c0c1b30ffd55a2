import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedmask.evaluation.class_counts import ClassCounts, companions

PIXELS = 10


def mask(**pixels):
    """A mask of 100 pixels with as many of each label as asked for, `l1=20`; the rest is background."""
    flat = np.zeros(PIXELS * PIXELS, np.uint8)
    start = 0
    for name, count in pixels.items():
        flat[start : start + count] = int(name[1:])
        start += count
    return flat.reshape(PIXELS, PIXELS)


def test_masks_of_a_class_are_implausible_where_they_are_nearly_empty_or_nearly_full():
    counts = ClassCounts(3, 0.05)
    for pixels in ({"l1": 4}, {"l1": 5}, {"l1": 90}, {"l1": 91, "l2": 9}):
        counts.add_sizes(mask(**pixels), [0, 1])
    assert counts.implausible()[:2].tolist() == [0.5, 0.75]
    assert np.isnan(counts.implausible()[2])


def test_a_class_of_other_pictures_is_not_looked_for():
    counts = ClassCounts(2, 0.01)
    counts.add_sizes(mask(l1=50), [1])
    assert np.isnan(counts.implausible()[0])
    assert counts.implausible()[1] == 1


def test_ignored_pixels_fill_no_mask():
    counts = ClassCounts(1, 0.01)
    counts.add_sizes(mask(l255=95), [0])
    assert counts.implausible().tolist() == [1]


def test_maps_are_looked_at_where_the_mask_shows_their_class():
    counts = ClassCounts(3, 0.05)
    ramp = np.linspace(0, 1, 100).reshape(10, 10)
    counts.add_maps(mask(l0=50, l2=50), np.stack([ramp, ramp]), np.array([0, 1]))  # the first class is not shown
    counts.add_maps(mask(l2=100), np.stack([0 * ramp + 0.25]), np.array([1]))
    assert counts.clear()[1] == pytest.approx((ramp[5:].mean() + 0.25) / 2)
    assert np.isnan(counts.clear()[[0, 2]]).all()


def test_f1_is_that_of_the_pictures_of_each_class():
    counts = ClassCounts(3, 0.05)
    counts.add_tags(mask(l1=20, l2=20), [0])  # the second is wrong
    counts.add_tags(mask(l1=20, l2=4), [0, 1])  # the second is missed
    counts.add_tags(mask(l2=20), [1])
    assert counts.f1()[:2].tolist() == [1, 0.5]
    assert np.isnan(counts.f1()[2])


def test_agreement_pools_pixels_of_all_pictures_where_both_decide():
    counts = ClassCounts(2, 0.01)
    counts.add_masks(mask(l1=30), mask(l1=20))
    counts.add_masks(mask(l1=10, l255=10), mask(l1=20))
    counts.add_masks(mask(l1=20), mask(l255=100))
    assert counts.agreement()[0] == pytest.approx((20 + 10) / (30 + 10))
    assert np.isnan(counts.agreement()[1])


@given(st.integers(0, 10_000))
def test_a_mask_agrees_with_itself_and_agreement_has_no_direction(seed):
    first, second = np.random.default_rng(seed).integers(0, 4, (2, 6, 7), np.uint8)
    same, there, back = (ClassCounts(3, 0.01) for _ in range(3))
    same.add_masks(first, first)
    there.add_masks(first, second)
    back.add_masks(second, first)
    found = same.agreement()
    assert set(found[~np.isnan(found)].tolist()) <= {1.0}
    np.testing.assert_array_equal(there.agreement(), back.agreement())


def test_the_most_frequent_companion_comes_with_its_share():
    tags = [(0, 1), (0, 1), (0, 2), (0,), (3,)]
    assert companions(tags, 5) == [(1, 0.5), (0, 1.0), (0, 1.0), None, None]


def test_without_pictures_there_is_no_company():
    assert companions([], 2) == [None, None]
