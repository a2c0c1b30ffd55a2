import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from seedmask.evaluation.label_free import ClassCounts, TagAgreement, companions, found_classes, tag_agreement

MASK = np.array([[0, 1, 1, 3], [0, 0, 2, 255]], np.uint8)


def test_counts_of_a_hand_made_mask():
    found = tag_agreement([(MASK, [0, 3]), (np.zeros((2, 4), np.uint8), [1])], smallest=0)
    # Found are 0, 1 and 2; tagged 0 and 3, then 1.
    assert found == TagAgreement(images=2, right=1, wrong=2, missed=2, foreground=4, outside=2)
    assert found.precision == pytest.approx(1 / 3)
    assert found.recall == pytest.approx(1 / 3)
    assert found.f1 == pytest.approx(2 / 6)
    assert found.outside_share == 0.5


@pytest.mark.parametrize(("smallest", "right"), [(0.25, 1), (0.26, 0)])
def test_a_class_counts_from_a_share_of_the_image(smallest, right):
    found = tag_agreement([(MASK, [0])], smallest)
    assert (found.right, found.wrong, found.missed) == (right, 0, 1 - right)


def test_shares_of_nothing_are_undefined():
    nothing = tag_agreement([(np.zeros((2, 2), np.uint8), [])], 0.01)
    assert (nothing.precision, nothing.recall, nothing.f1, nothing.outside_share) == (None,) * 4


masks = arrays(np.uint8, (3, 4), elements=st.sampled_from([0, 1, 2, 3, 255]))
tags = st.sets(st.integers(0, 3)).map(sorted)


@given(st.lists(st.tuples(masks, tags), max_size=4))
def test_counts_add_up_and_a_mask_agrees_with_its_own_classes(images):
    each = [tag_agreement([image], 0) for image in images]
    assert tag_agreement(images, 0).right == sum(one.right for one in each)
    own = [(mask, [c for c in range(4) if (mask == c + 1).any()]) for mask, _ in images]
    agreeing = tag_agreement(own, 0)
    assert agreeing.wrong == agreeing.missed == agreeing.outside == 0
    assert agreeing.f1 in (None, 1)


def test_a_class_is_found_where_it_covers_enough():
    labels = np.zeros((10, 10), np.uint8)
    labels[0, :2], labels[1, 0], labels[2] = 1, 3, 255
    assert found_classes(labels, 0.02) == {0}
    assert found_classes(labels, 0) == {0, 2}


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


def test_cams_are_measured_where_the_mask_shows_their_class():
    counts = ClassCounts(3, 0.05)
    ramp = np.linspace(0, 1, 100).reshape(10, 10)
    counts.add_cams(mask(l0=50, l2=50), np.stack([ramp, ramp]), np.array([0, 1]))  # the first class is not shown
    counts.add_cams(mask(l2=100), np.stack([0 * ramp + 0.25]), np.array([1]))
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


def test_without_images_no_class_has_a_companion():
    assert companions([], 2) == [None, None]
