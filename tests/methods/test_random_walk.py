from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.methods.random_walk import random_walk, walk_labels

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


def test_a_picture_without_classes_is_all_background():
    maps = np.zeros((1, 9, 10), np.float32)
    assert not walk_labels(maps, maps, np.zeros((3, 3), np.float32), [0]).any()


def test_labels_are_those_of_the_keys():
    rng = np.random.default_rng(0)
    maps = rng.random((3, 17, 22)).astype(np.float32)
    labels = walk_labels(maps, maps, np.zeros((5, 6), np.float32), [0, 4, 9])
    assert labels.shape == (17, 22)
    assert set(np.unique(labels)) <= {0, 4, 9}
