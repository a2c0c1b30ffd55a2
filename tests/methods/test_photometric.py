import colorsys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedmask.methods.photometric import Distortion, distorted, to_hsv, to_rgb

IMAGE = np.random.default_rng(0).integers(0, 256, (16, 32, 3), dtype=np.uint8)
LEVEL = st.integers(0, 255)


@given(LEVEL, LEVEL, LEVEL)
def test_hsv_is_that_of_the_definition_within_rounding(red, green, blue):
    hue, saturation, value = to_hsv(np.array([[[red, green, blue]]], np.uint8))[0, 0].tolist()
    expected = np.array(colorsys.rgb_to_hsv(red / 255, green / 255, blue / 255)) * (180, 255, 255)
    assert min(abs(hue - expected[0]), 180 - abs(hue - expected[0])) <= 0.6
    assert abs(saturation - expected[1]) <= 0.6
    assert value == round(expected[2])


def test_colours_come_back_from_hsv_within_what_bytes_lose():
    difference = np.abs(to_rgb(to_hsv(IMAGE)).astype(int) - IMAGE)
    assert difference.max() <= 5
    np.testing.assert_array_equal(to_rgb(to_hsv(IMAGE)).max(axis=-1), IMAGE.max(axis=-1))


def test_hsv_is_that_of_opencv():
    cv2 = pytest.importorskip("cv2")
    np.testing.assert_array_equal(to_hsv(IMAGE), cv2.cvtColor(IMAGE, cv2.COLOR_RGB2HSV))
    hsv = to_hsv(IMAGE)
    np.testing.assert_array_equal(to_rgb(hsv), cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB))


def test_nothing_drawn_changes_nothing():
    assert np.array_equal(distorted(IMAGE, Distortion()), IMAGE)


def test_levels_are_rounded_down_and_cut_to_bytes():
    row = np.array([[[0, 101, 250]]], np.uint8)
    assert distorted(row, Distortion(contrast=1.5))[0, 0].tolist() == [0, 151, 255]
    assert distorted(row, Distortion(brightness=-1.25))[0, 0].tolist() == [0, 99, 248]
    assert distorted(row, Distortion(brightness=10.0, contrast=0.5))[0, 0].tolist() == [5, 55, 127]


def test_contrast_comes_second_or_last():
    changes = {"contrast": 1.4, "saturation": 0.6}
    first, last = (distorted(IMAGE, Distortion(contrast_first=order, **changes)) for order in (True, False))
    saturated = distorted(IMAGE, Distortion(saturation=0.6))
    np.testing.assert_array_equal(last, distorted(saturated, Distortion(contrast=1.4)))
    assert not np.array_equal(first, last)


def test_hues_turn_around_the_circle_and_greys_stay():
    red = np.array([[[200, 0, 0]]], np.uint8)
    assert distorted(red, Distortion(hue=60))[0, 0].tolist() == [0, 200, 0]
    assert distorted(red, Distortion(hue=-60))[0, 0].tolist() == [0, 0, 200]
    grey = np.full((1, 1, 3), 90, np.uint8)
    assert np.array_equal(distorted(grey, Distortion(hue=17, saturation=1.5)), grey)
