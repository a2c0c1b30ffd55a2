import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedmask.methods.resizing import (
    bilinear_bytes,
    bilinear_floats,
    nearest_labels,
    scaled_size,
    size_in_box,
    size_with_long_side,
    whole,
)

SIDES = st.integers(1, 90)
LENGTHS = st.integers(1, 3000)


def noise(height, width, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


@pytest.mark.parametrize(
    ("rounding", "found"), [("half_even", [1, 2, 2, 4]), ("half_up", [1, 2, 3, 4]), ("down", [1, 1, 2, 3])]
)
def test_lengths_become_whole_in_three_ways(rounding, found):
    assert [whole(length, rounding) for length in (0.2, 1.5, 2.5, 3.75)] == found


@given(LENGTHS, LENGTHS, st.floats(0.5, 2), st.sampled_from([None, 512, 2048]))
def test_a_picture_fills_its_box_and_never_leaves_it(height, width, factor, longest):
    found = size_in_box((height, width), 512, longest, factor)
    limits = int(512 * factor), int(longest * factor) if longest else np.inf
    assert min(found) <= limits[0]
    assert max(found) <= limits[1]
    assert min(found) == limits[0] or max(found) == limits[1]


@pytest.mark.parametrize(
    ("size", "factor", "found"),
    [
        ((375, 500), 1, (512, 683)),
        ((375, 500), 0.5, (256, 341)),
        ((500, 333), 1.75, (1345, 896)),
        ((100, 900), 1, (228, 2048)),
    ],
)
def test_sizes_of_a_box_are_those_of_mmcv_computed_by_hand(size, factor, found):
    assert size_in_box(size, 512, 2048, factor) == found


@given(LENGTHS, LENGTHS, LENGTHS)
def test_the_longer_side_is_as_long_as_said_and_the_shorter_one_in_proportion(height, width, length):
    found = size_with_long_side((height, width), length)
    assert max(found) == length
    assert abs(min(found) - length * min(height, width) / max(height, width)) <= 1


def test_other_roundings_of_a_scaled_size():
    assert scaled_size((45, 38), 1.25) == (56, 48)
    assert scaled_size((45, 38), 1.25, "down") == (56, 47)
    assert scaled_size((3, 5), 0.5) == (2, 2)
    assert scaled_size((3, 5), 0.5, "half_up") == (2, 3)


@given(SIDES, SIDES)
def test_nothing_changes_at_the_same_size(height, width):
    image = noise(height, width)
    for resize in (bilinear_bytes, bilinear_floats):
        np.testing.assert_array_equal(resize(image, (height, width)), image)
    np.testing.assert_array_equal(nearest_labels(image[..., 0], (height, width)), image[..., 0])


@given(SIDES, SIDES, SIDES, SIDES, st.integers(0, 255))
def test_one_colour_stays(height, width, new_height, new_width, level):
    image = np.full((height, width, 3), level, np.uint8)
    for resize in (bilinear_bytes, bilinear_floats):
        np.testing.assert_allclose(resize(image, (new_height, new_width)), level, atol=1e-4)


@given(SIDES, SIDES, SIDES, SIDES)
def test_bytes_are_those_of_floats_within_a_level(height, width, new_height, new_width):
    image, size = noise(height, width), (new_height, new_width)
    assert np.abs(bilinear_bytes(image, size) - bilinear_floats(image, size)).max() < 1.05


def test_pixels_between_two_are_left_out_when_an_image_shrinks():
    image = np.zeros((8, 8, 3), np.uint8)
    image[:, ::4] = 255  # between the pixels that are looked at
    assert not bilinear_bytes(image, (2, 2)).any()


@given(SIDES, SIDES, SIDES, SIDES)
def test_every_pixel_is_that_of_opencv(height, width, new_height, new_width):
    cv2 = pytest.importorskip("cv2")
    image, size = noise(height, width), (new_height, new_width)
    linear = cv2.resize(image, size[::-1], interpolation=cv2.INTER_LINEAR)
    np.testing.assert_array_equal(bilinear_bytes(image, size), linear)
    floats = cv2.resize(image.astype(np.float32), size[::-1], interpolation=cv2.INTER_LINEAR)
    np.testing.assert_allclose(bilinear_floats(image, size), floats, atol=0.01)
    labels = image[..., 0].copy()
    nearest = cv2.resize(labels, size[::-1], interpolation=cv2.INTER_NEAREST)
    np.testing.assert_array_equal(nearest_labels(labels, size), nearest)
