import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from seedmask.methods.mean_cams import mean_cams

levels = st.integers(0, 255).map(lambda byte: np.float32(byte / 255))
members = st.lists(arrays(np.float32, (2, 3, 4), elements=levels), min_size=1, max_size=4)
positive = st.floats(0.01, 100)


@given(members, st.data())
def test_the_mean_is_that_of_the_formula_and_between_its_members(cams, data):
    weights = data.draw(st.lists(positive, min_size=len(cams), max_size=len(cams)))
    found = mean_cams(cams, weights)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, np.average(cams, axis=0, weights=weights), atol=1e-6)
    assert (found >= np.min(cams, axis=0) - 1e-6).all()
    assert (found <= np.max(cams, axis=0) + 1e-6).all()


@given(members, positive)
def test_equal_weights_are_none_whatever_their_size(cams, weight):
    np.testing.assert_allclose(mean_cams(cams, [weight] * len(cams)), mean_cams(cams), atol=1e-6)


def test_members_are_left_alone():
    first = np.ones((1, 2, 2), np.float32)
    mean_cams([first, 0 * first])
    assert (first == 1).all()


def test_a_picture_without_tags_has_no_cam():
    assert mean_cams([np.zeros((0, 3, 4), np.float32)] * 2).shape == (0, 3, 4)


@pytest.mark.parametrize(
    ("shapes", "weights", "message"),
    [
        ([], None, "0 members"),
        ([(1, 2, 2)] * 2, [1], r"2 members with weights \[1\]; expected one above 0 for each"),
        ([(1, 2, 2)] * 2, [1, 0], "above 0"),
        ([(1, 2, 2)] * 2, [1, float("nan")], "above 0"),
        ([(1, 2, 2), (1, 2, 3)], None, r"CAMs of \(1, 2, 2\) and \(1, 2, 3\) \(K, H, W\); expected one shape"),
        ([(1, 2, 2), (2, 2, 2)], None, "expected one shape"),
    ],
)
def test_what_has_no_mean_is_refused(shapes, weights, message):
    with pytest.raises(ValueError, match=message):
        mean_cams([np.zeros(shape, np.float32) for shape in shapes], weights)
