import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from seedmask.methods.saliency_zoom import PARTS, Surroundings, active_boxes, zoomed_map

levels = st.integers(0, 255).map(lambda byte: np.float32(byte / 255))


def cam(*boxes, height=40, width=60):
    """A class that is active in some boxes."""
    found = np.zeros((1, height, width), np.float32)
    for top, bottom, left, right in boxes:
        found[0, top:bottom, left:right] = 1
    return found


def grey(image):
    return image.mean(axis=2, dtype=np.float32) / 255


def test_a_part_has_its_surroundings_around_it():
    assert active_boxes(cam((10, 14, 20, 28)), margin=0.25) == [Surroundings(8, 16, 18, 30)]


def test_surroundings_end_with_the_picture():
    assert active_boxes(cam((0, 8, 52, 60)), margin=0.5) == [Surroundings(0, 12, 48, 60)]


def test_the_largest_parts_of_each_class_are_looked_at():
    parts = [(2, 4 + number, 10 * number, 10 * number + 4) for number in range(PARTS + 1)]
    found = active_boxes(np.concatenate([cam(*parts), cam((30, 36, 30, 36))]), margin=0)
    assert found == [*(Surroundings(*part) for part in parts[:0:-1]), Surroundings(30, 36, 30, 36)]


def test_specks_and_what_fills_the_picture_are_left_out():
    assert active_boxes(cam((5, 7, 5, 7)), margin=0) == []
    assert active_boxes(cam((0, 40, 0, 60)), margin=0) == []
    assert active_boxes(np.zeros((0, 40, 60), np.float32)) == []


def test_only_what_is_above_the_threshold_is_active():
    assert active_boxes(0.4 * cam((10, 14, 20, 28))) == []
    assert active_boxes(0.4 * cam((10, 14, 20, 28)), threshold=0.3, margin=0) == [Surroundings(10, 14, 20, 28)]


@given(arrays(np.float32, (2, 12, 16), elements=levels), st.floats(0, 2))
def test_boxes_lie_in_the_picture_and_hold_active_pixels(cams, margin):
    for top, bottom, left, right in active_boxes(cams, margin=margin):
        assert 0 <= top < bottom <= 12
        assert 0 <= left < right <= 16
        assert (cams[:, top:bottom, left:right] > 0.5).any()


def test_the_map_is_the_mean_of_both_looks():
    image = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    whole = np.full((20, 30), 0.5, np.float32)
    found = zoomed_map(grey, image, whole, [Surroundings(0, 10, 0, 10), Surroundings(5, 15, 5, 20)])
    expected = np.zeros((20, 30), np.float32)
    expected[:10, :10] = grey(image)[:10, :10]
    expected[5:15, 5:20] = np.maximum(expected[5:15, 5:20], grey(image)[5:15, 5:20])
    np.testing.assert_allclose(found, (whole + expected) / 2, atol=1e-6)
    assert found.dtype == np.float32


def test_the_brighter_of_two_looks_at_a_pixel_counts():
    image = np.zeros((10, 10, 3), np.uint8)
    looks = iter([np.full((10, 8), 0.2, np.float32), np.full((10, 8), 0.9, np.float32)])
    found = zoomed_map(
        lambda _: next(looks),
        image,
        np.zeros((10, 10), np.float32),
        [Surroundings(0, 10, 0, 8), Surroundings(0, 10, 2, 10)],
    )
    assert found[0, 5] == pytest.approx(0.45)
    assert found[0, 0] == pytest.approx(0.1)


def test_a_picture_without_active_places_keeps_its_map():
    whole = np.full((4, 5), 0.3, np.float32)

    def never(_):
        raise AssertionError

    np.testing.assert_array_equal(zoomed_map(never, np.zeros((4, 5, 3), np.uint8), whole, []), whole)
