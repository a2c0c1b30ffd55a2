import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from seedmask.config.networks import Augmentation
from seedmask.dataset.resizing import resized, resized_labels, view_size

SIDES = st.integers(1, 60)
DRAW = st.floats(0, 1, exclude_max=True)
ALMOST_ONE = np.nextafter(1, 0)


def noise(height, width):
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)


@given(SIDES, SIDES, DRAW)
def test_whole_lengths_lie_between_their_ends(height, width, draw):
    longest = max(height, width)
    drawn = max(view_size(Augmentation(whole_long_side=True, scale=(0.5, 2)), (height, width), draw))
    assert max(1, int(0.5 * longest)) <= drawn <= 2 * longest


def test_each_whole_length_is_drawn_as_often_and_both_ends_are_among_them():
    settings = Augmentation(whole_long_side=True, long_side=(448, 451))
    drawn = [max(view_size(settings, (300, 400), draw)) for draw in np.arange(0, 1, 1 / 400)]
    assert np.unique(drawn, return_counts=True)[1].tolist() == [100] * 4
    assert (min(drawn), max(drawn)) == (448, 451)


@pytest.mark.parametrize(
    ("options", "draw", "size"),
    [
        ({"scale": (0.5, 2)}, 0.5, (56, 80)),
        ({"scale": (0.5, 2), "rounding": "down"}, 0.5, (56, 80)),
        ({"scale": (1.1, 1.1), "rounding": "down"}, 0.0, (49, 70)),
        ({"long_side": (32, 96)}, 0.5, (45, 64)),
        ({"steps": (0.5, 2)}, 0.4, (22, 32)),
        ({"steps": (0.5, 2), "rounding": "half_up"}, 0.4, (23, 32)),
        ({"steps": (0.5, 2)}, ALMOST_ONE, (90, 128)),
        ({"square": 20}, 0.7, (20, 20)),
        ({"short_side": 30, "scale": (0.5, 1.5)}, 0.5, (30, 43)),
        ({"short_side": 30, "longest": 36, "scale": (0.5, 1.5)}, 0.5, (25, 36)),
        ({"short_side": 30, "longest": 36, "steps": (1, 2)}, ALMOST_ONE, (51, 72)),
        ({"whole_long_side": True, "long_side": (448, 768)}, 0.0, (315, 448)),
    ],
)
def test_sizes_of_a_picture_of_45_times_64_by_hand(options, draw, size):
    assert view_size(Augmentation(**options), (45, 64), draw) == size


@pytest.mark.parametrize("resample", ["bilinear", "pillow_bilinear", "pillow_bicubic", "opencv_bytes", "opencv_floats"])
def test_a_picture_has_the_size_that_is_asked_for_and_stays_where_it_is(resample):
    image = np.zeros((20, 30, 3), np.uint8)
    image[:, 15:, 0] = 200
    larger = resized(image, (40, 90), resample)
    assert larger.shape == (3, 40, 90)
    assert (larger[0, :, :40] == 0).all()
    assert (larger[0, :, 50:] == 200).all()
    assert not larger[1:].any()


def test_only_opencv_leaves_pixels_out_when_a_picture_shrinks():
    image = np.zeros((8, 8, 3), np.uint8)
    image[:, ::4] = 255
    found = {
        how: resized(image, (2, 2), how).float().mean().item()
        for how in ("bilinear", "pillow_bilinear", "opencv_bytes")
    }
    assert found["opencv_bytes"] == 0
    assert found["bilinear"] > 40
    assert found["pillow_bilinear"] > 40


@given(SIDES, SIDES, SIDES, SIDES, st.sampled_from(["nearest", "opencv", "pillow"]))
def test_labels_are_those_that_were_there(height, width, new_height, new_width, resample):
    labels = np.random.default_rng(1).integers(0, 5, (height, width), dtype=np.uint8)
    found = resized_labels(labels, (new_height, new_width), resample)
    assert found.shape == (new_height, new_width)
    assert set(found.unique().tolist()) <= set(np.unique(labels).tolist())


def test_labels_lie_at_the_corner_or_at_the_centre_of_their_places():
    labels = np.arange(4, dtype=np.uint8)[None]
    assert resized_labels(labels, (1, 2), "nearest").tolist() == [[0, 2]]
    assert resized_labels(labels, (1, 2), "opencv").tolist() == [[0, 2]]
    assert resized_labels(labels, (1, 2), "pillow").tolist() == [[1, 3]]


@given(SIDES, SIDES, SIDES, SIDES)
def test_pillow_resizes_what_is_named_after_it(height, width, new_height, new_width):
    image = noise(height, width)
    expected = Image.fromarray(image).resize((new_width, new_height), Image.Resampling.BICUBIC)
    assert np.array_equal(resized(image, (new_height, new_width), "pillow_bicubic").permute(1, 2, 0), expected)
