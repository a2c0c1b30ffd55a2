import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from seedmask.methods.agreement import agreed_labels

labels = arrays(np.uint8, (3, 4), elements=st.sampled_from([0, 1, 7, 254, 255]))
several = st.lists(labels, min_size=1, max_size=4)


@given(several)
def test_a_pixel_has_the_only_label_that_the_deciding_masks_give_it(masks):
    found = agreed_labels(masks)
    assert found.dtype == np.uint8
    for y in range(3):
        for x in range(4):
            decided = {int(mask[y, x]) for mask in masks} - {255}
            assert found[y, x] == (decided.pop() if len(decided) == 1 else 255)


@given(several, st.randoms(use_true_random=False))
def test_the_order_does_not_matter(masks, random):
    shuffled = random.sample(masks, len(masks))
    np.testing.assert_array_equal(agreed_labels(shuffled), agreed_labels(masks))


@given(several)
def test_a_mask_agrees_with_itself_and_the_result_adds_nothing(masks):
    np.testing.assert_array_equal(agreed_labels([masks[0], masks[0]]), masks[0])
    found = agreed_labels(masks)
    np.testing.assert_array_equal(agreed_labels([*masks, found]), found)


def test_masks_of_other_sizes_and_none_at_all_are_refused():
    with pytest.raises(ValueError, match=r"masks of \(2, 3\) and \(2, 2\) pixels \(H, W\); expected one size"):
        agreed_labels([np.zeros((2, 3), np.uint8), np.zeros((2, 2), np.uint8)])
    with pytest.raises(ValueError, match="no masks to compare"):
        agreed_labels([])
