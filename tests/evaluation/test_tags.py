import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from seedmask.evaluation.tags import TagAgreement, found_classes, tag_agreement

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


def test_where_there_is_nothing_to_count_there_is_no_share():
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
