from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from seedmask.methods.random_walk import WalkSettings, double_walk_mask, random_walk, single_walk_mask, walk_labels
from seedmask.methods.threshold import score_probabilities
from seedmask.testing.masks import MaskMethodContract

CASE = np.load(Path(__file__).parents[1] / "golden" / "sfc" / "rw_labels_single.npz")


@pytest.mark.parametrize("rows", ["fg", "all"])
def test_a_walk_equals_that_of_the_reference(rows):
    found = random_walk(torch.as_tensor(CASE[f"walk_in_{rows}"]), torch.as_tensor(CASE["edge"][0]))
    np.testing.assert_allclose(found, CASE[f"walk_out_{rows}"][:, 0], rtol=0, atol=1e-4)


def test_labels_after_two_walks_equal_those_of_the_reference():
    labels = walk_labels(CASE["IS_CAM1"], CASE["IS_CAM"], CASE["edge"][0], CASE["keys"])
    assert labels.dtype == np.uint8
    assert np.array_equal(labels, CASE["label"])


def dense_walk(scores, boundary, beta, log2_steps, radius):
    """Place by place, with the whole matrix."""
    height, width = boundary.shape
    matrix = np.zeros((height, width, height, width))
    for y, x, y2, x2 in np.ndindex(matrix.shape):
        dy, dx = y2 - y, x2 - x
        squared = dy * dy + dx * dx
        if squared == 0:
            matrix[y, x, y2, x2] = 1
        elif squared < radius * radius:
            box = boundary[min(y, y2) : max(y, y2) + 1, min(x, x2) : max(x, x2) + 1]
            rows, columns = np.mgrid[min(y, y2) : max(y, y2) + 1, min(x, x2) : max(x, x2) + 1]
            near = (dy * (columns - x) - dx * (rows - y)) ** 2 / squared < 1
            matrix[y, x, y2, x2] = (1 - box[near].max()) ** beta
    walk = matrix.reshape(height * width, -1)
    walk = np.linalg.matrix_power(walk / walk.sum(axis=0), 2**log2_steps)
    return ((scores * (1 - boundary)).reshape(len(scores), -1) @ walk).reshape(scores.shape)


@settings(max_examples=10)
@given(st.integers(1, 9), st.integers(1, 9), st.integers(0, 99), st.sampled_from([(10, 8, 5), (1, 3, 3), (4, 0, 2)]))
def test_a_walk_equals_the_dense_computation(height, width, seed, options):
    beta, steps, radius = options
    rng = np.random.default_rng(seed)
    scores, boundary = rng.random((2, height, width)), rng.random((height, width)) ** 2
    found = random_walk(torch.tensor(scores), torch.tensor(boundary), beta=beta, log2_steps=steps, radius=radius)
    np.testing.assert_allclose(found, dense_walk(scores, boundary, beta, steps, radius), rtol=0, atol=1e-5)


def test_a_closed_boundary_keeps_a_seed_on_its_side():
    scores, boundary = torch.zeros(1, 9, 12), torch.zeros(9, 12)
    scores[0, 4, 2], boundary[:, 6] = 1, 1
    spread = random_walk(scores, boundary)[0]
    assert (spread[:, :6] > 0).all()
    assert spread[:, 7:].abs().max() == 0


def test_without_boundaries_a_constant_stays():
    scores = torch.full((2, 6, 7), 0.3)
    torch.testing.assert_close(random_walk(scores, torch.zeros(6, 7)), scores)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_walk_keeps_the_precision_of_the_scores(dtype):
    assert random_walk(torch.rand(2, 4, 4, dtype=dtype), torch.zeros(4, 4)).dtype == dtype


def open_grid(shape):
    return np.zeros((-(-shape[0] // 4), -(-shape[1] // 4)), np.float32)


SHORT = WalkSettings(log2_steps=2)


class TestSingleWalk(MaskMethodContract):
    def mask(self, image, cams, classes):
        return single_walk_mask(cams, open_grid(image.shape), classes, settings=SHORT)


class TestDoubleWalk(MaskMethodContract):
    def mask(self, image, cams, classes):
        return double_walk_mask(score_probabilities(cams, 0.3), open_grid(image.shape), classes, settings=SHORT)


def test_two_walks_do_not_depend_on_a_common_factor_of_the_scores():
    rng = np.random.default_rng(0)
    scores, boundary = rng.random((3, 21, 30)).astype(np.float32), rng.random((6, 8)).astype(np.float32)
    mask = double_walk_mask(scores, boundary, [4, 1])
    assert len(np.unique(mask)) > 1
    assert np.array_equal(mask, double_walk_mask(scores * np.float32(0.25), boundary, [4, 1]))


def test_a_single_walk_fills_what_a_boundary_encloses():
    """A seed at one end of a closed region spreads through the region and not out of it."""
    boundary = np.zeros((12, 16), np.float32)
    boundary[[2, 9], 3:13] = boundary[2:10, [3, 12]] = 1
    cams = np.zeros((1, 48, 64), np.float32)
    cams[0, 14:34, 17:24] = 1
    before = cams[0, 14:34, 30:44].any()
    mask = single_walk_mask(cams, boundary, [6])
    assert not before
    assert (mask[16:34, 30:44] == 7).all()
    assert not mask[:, 56:].any()
    assert not mask[:6].any()


def test_seeds_without_any_activation_are_all_background():
    cams, boundary = np.zeros((2, 12, 16), np.float32), np.zeros((3, 4), np.float32)
    assert not single_walk_mask(cams, boundary, [0, 1]).any()
    assert not double_walk_mask(score_probabilities(cams, 0.3), boundary, [0, 1]).any()


def test_a_picture_without_classes_is_all_background():
    maps = np.zeros((1, 9, 10), np.float32)
    assert not walk_labels(maps, maps, np.zeros((3, 3), np.float32), [0]).any()


def test_labels_are_those_of_the_keys():
    rng = np.random.default_rng(0)
    maps = rng.random((3, 17, 22)).astype(np.float32)
    labels = walk_labels(maps, maps, np.zeros((5, 6), np.float32), [0, 4, 9])
    assert labels.shape == (17, 22)
    assert set(np.unique(labels)) <= {0, 4, 9}
