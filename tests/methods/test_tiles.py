from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from seedmask.methods.pmm import draw_tile, tile_grid, tile_labels

GOLDEN = np.load(Path(__file__).parents[1] / "golden" / "pmm" / "crop_geometry_labels.npz")
SCALES = tuple(GOLDEN["scales"].tolist())
CONFIDENT = GOLDEN["heat"][1:] > 0.9


@pytest.mark.parametrize("number", range(5))
def test_grids_equal_those_of_the_reference(number):
    width, height = GOLDEN["sizes_wh"][number]
    grids = [tile_grid(width, height, scale) for scale in SCALES]
    assert [len(grid) for grid in grids] == GOLDEN[f"counts_{number}"].tolist()
    assert np.array_equal([box for grid in grids for box in grid], GOLDEN[f"boxes_{number}"])


def test_grids_worked_by_hand():
    assert tile_grid(500, 375, 1) == [(0, 0, 300, 375), (52, 0, 500, 375)]
    assert tile_grid(500, 375, 0.75) == [(0, 0, 500, 374)]
    assert [len(tile_grid(500, 375, scale)) for scale in SCALES] == [1, 2, 4, 6, 6, 9, 12, 12, 15, 20]


sides = st.integers(1, 700)


@given(sides, sides, st.sampled_from(SCALES), st.integers(1, 200), st.integers(1, 200))
def test_tiles_lie_in_the_picture_and_hold_pixels(width, height, scale, size, tile):
    for x1, y1, x2, y2 in tile_grid(width, height, scale, size=size + tile, tile=tile + 3):
        assert 0 <= x1 < x2 <= width
        assert 0 <= y1 < y2 <= height


@given(sides, sides, st.integers(0, 200), st.integers(1, 200))
def test_at_scale_one_the_tiles_cover_every_pixel(width, height, more, tile):
    covered = np.zeros((height, width), bool)
    for x1, y1, x2, y2 in tile_grid(width, height, 1, size=tile + more, tile=tile):
        covered[y1:y2, x1:x2] = True
    assert covered.all()


@given(st.integers(1, 224), st.integers(1, 224), st.sampled_from([1, 2]))
def test_a_tile_larger_than_the_picture_is_the_picture(width, height, scale):
    assert tile_grid(width, height, scale) == [(0, 0, width, height)]


@pytest.mark.parametrize("scale", [0.3, 0.75, 1, 3])
def test_a_picture_one_pixel_high_has_tiles_of_that_height(scale):
    assert all((y1, y2) == (0, 1) for _, y1, _, y2 in tile_grid(500, 1, scale))


@pytest.mark.parametrize("kind", [np.asarray, torch.tensor, list])
def test_labels_of_tiles_equal_those_of_the_reference(kind):
    labels = kind(GOLDEN["label"].tolist())
    found = [tile_labels(CONFIDENT, box, labels) for box in GOLDEN["label_boxes_xyxy"]]
    assert np.array_equal(found, GOLDEN["new_labels"])


def test_a_plane_for_every_class_gives_the_same_as_one_for_each_present_class():
    planes = np.ones((5, 40, 60), bool)
    planes[np.flatnonzero(GOLDEN["label"])] = CONFIDENT
    for box in GOLDEN["label_boxes_xyxy"].tolist():
        assert np.array_equal(tile_labels(planes, box, GOLDEN["label"]), tile_labels(CONFIDENT, box, GOLDEN["label"]))


@given(st.integers(0, 999))
def test_the_whole_picture_keeps_exactly_the_classes_with_confident_pixels(seed):
    rng = np.random.default_rng(seed)
    confident = rng.random((3, 6, 8)) > rng.choice([0.5, 0.99], (3, 1, 1))
    labels = tile_labels(confident, (0, 0, 8, 6), np.array([1, 0, 1, 1]))
    assert labels[[0, 2, 3]].astype(bool).tolist() == confident.any(axis=(1, 2)).tolist()
    assert labels[1] == 0


def test_a_tile_away_from_a_class_drops_it():
    confident = np.zeros((1, 10, 20), bool)
    confident[0, :, :5] = True
    assert tile_labels(confident, (5, 0, 20, 10), np.array([0, 1])).tolist() == [0, 0]
    assert tile_labels(confident, (4, 0, 20, 10), np.array([0, 1])).tolist() == [0, 1]  # a fifth of the class


def test_a_tenth_is_not_enough_and_more_is():
    confident = np.zeros((1, 10, 10), bool)
    confident[0, :, 0] = True  # a tenth of the tile, and all of the class
    confident[0, 0, :] = True
    tile = (0, 1, 10, 2)
    assert tile_labels(confident, tile, np.array([1])).tolist() == [0]  # 1 of 10 pixels, 1 of 19 of the class
    confident[0, 1, 1] = True
    assert tile_labels(confident, tile, np.array([1])).tolist() == [1]


def test_planes_that_fit_no_classes_are_refused():
    with pytest.raises(ValueError, match="3 planes for 2 present classes"):
        tile_labels(np.zeros((3, 4, 4), bool), (0, 0, 4, 4), np.array([1, 1, 0, 0]))


def test_a_drawn_tile_has_the_labels_of_that_tile_and_comes_from_the_generator():
    first = draw_tile(CONFIDENT, GOLDEN["label"], SCALES, np.random.default_rng(3), size=20, tile=15)
    second = draw_tile(CONFIDENT, GOLDEN["label"], SCALES, np.random.default_rng(3), size=20, tile=15)
    assert first[0] == second[0]
    assert np.array_equal(first[1], tile_labels(CONFIDENT, first[0], GOLDEN["label"]))


def test_tiles_without_labels_are_drawn_again_but_not_for_ever():
    confident = np.zeros((1, 100, 100), bool)
    confident[0, :50, :50] = True
    drawn = [
        draw_tile(confident, np.array([1]), [1], np.random.default_rng(seed), size=50, tile=50) for seed in range(300)
    ]
    share = np.mean([labels.any() for _, labels in drawn])
    assert 0.58 < share < 0.78  # one of four tiles in four draws: 1 - 0.75^4 = 0.68
    _, nothing = draw_tile(np.zeros((1, 9, 9), bool), np.array([1]), [1], np.random.default_rng(0))
    assert not nothing.any()


def test_every_scale_is_drawn():
    confident = np.ones((1, 60, 60), bool)
    generator = np.random.default_rng(0)
    boxes = {draw_tile(confident, np.array([1]), [1, 2], generator, size=60, tile=60)[0] for _ in range(60)}
    assert boxes == {*tile_grid(60, 60, 1, size=60, tile=60), *tile_grid(60, 60, 2, size=60, tile=60)}
