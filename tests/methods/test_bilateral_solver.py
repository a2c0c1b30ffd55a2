import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seedmask.methods.bilateral_solver import NORMALISATIONS, bilateral_solver, bilateral_solver_mask, occupied_cells
from seedmask.testing.masks import MaskMethodContract, blobs

CELLS = {"spatial": 3, "luma": 30, "chroma": 30}


class TestBilateralSolver(MaskMethodContract):
    def mask(self, image, cams, classes):
        return bilateral_solver_mask(image, cams, classes, background=0.3)


def random_input(seed, height=7, width=9, count=3):
    """A noisy picture of two colours, shares of some labels and confidences."""
    random = np.random.default_rng(seed)
    image = np.where(np.arange(width) < width // 2, 60, 180)[None, :, None] + random.normal(0, 15, (height, width, 3))
    shares = random.random((count, height, width))
    return image.clip(0, 255).astype(np.uint8), shares / shares.sum(0), random.random((height, width))


def plain_cells(image, spatial, luma, chroma):
    """Coordinates of the cell of each pixel."""
    red, green, blue = image.astype(float).transpose(2, 0, 1)
    y, x = np.mgrid[: image.shape[0], : image.shape[1]]
    bright = 0.299 * red + 0.587 * green + 0.114 * blue
    u, v = -0.168736 * red - 0.331264 * green + 0.5 * blue, 0.5 * red - 0.418688 * green - 0.081312 * blue
    parts = y / spatial, x / spatial, bright / luma, u / chroma, v / chroma
    return np.stack([np.rint(part).astype(int) for part in parts], -1).reshape(-1, 5)


def plain_solver(image, targets, confidence, spatial, luma, chroma, smoothness):
    """The formulas of the paper with dense matrices."""
    cells, cell = np.unique(plain_cells(image, spatial, luma, chroma), axis=0, return_inverse=True)
    splat = (cell.reshape(-1) == np.arange(len(cells))[:, None]).astype(float)
    apart = np.abs(cells[:, None] - cells)
    blur = np.where(apart.sum(-1) == 0, 10.0, np.where(apart.sum(-1) == 1, 1.0, 0.0))
    n, count = np.ones(len(cells)), splat.sum(1)
    for _ in range(NORMALISATIONS):
        n = np.sqrt(n * count / (blur @ n))
    m = n * (blur @ n)
    c = confidence.reshape(-1)
    system = smoothness * (np.diag(m) - n[:, None] * blur * n) + np.diag(splat @ c)
    planes = targets.reshape(len(targets), -1)
    return (np.linalg.solve(system, splat @ (c * planes).T)[cell.reshape(-1)]).T.reshape(targets.shape)


@pytest.mark.parametrize("smoothness", [0.5, 128.0])
def test_the_scores_are_those_of_the_formulas_with_dense_matrices(smoothness):
    image, shares, sure = random_input(1)
    found = bilateral_solver(image, shares, sure, **CELLS, smoothness=smoothness, iterations=200)
    np.testing.assert_allclose(found, plain_solver(image, shares, sure, **CELLS, smoothness=smoothness), atol=1e-5)


def test_cells_and_their_neighbours_are_those_of_all_pairs():
    image, *_ = random_input(2)
    grid = occupied_cells(image, **CELLS, device="cpu")
    cells, cell = np.unique(plain_cells(image, **CELLS), axis=0, return_inverse=True)
    np.testing.assert_array_equal(grid.cell.numpy(), cell.reshape(-1))
    apart = np.abs(cells[:, None] - cells).sum(-1)
    for number, beside in enumerate(grid.neighbours.tolist()):
        found = sorted(other for other in beside if other < len(cells))
        assert found == np.flatnonzero(apart[number] == 1).tolist()


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 999))
def test_shares_keep_summing_to_one(seed):
    image, shares, sure = random_input(seed)
    np.testing.assert_allclose(bilateral_solver(image, shares, sure, **CELLS).sum(0), 1, atol=1e-4)


def test_without_smoothness_each_cell_has_the_mean_of_its_own_pixels():
    image, shares, sure = random_input(3)
    found = bilateral_solver(image, shares, sure, spatial=1, luma=1, chroma=1, smoothness=0)
    np.testing.assert_allclose(found, shares, atol=1e-6)


def test_permuting_the_labels_permutes_the_scores():
    image, shares, sure = random_input(4)
    order = [2, 0, 1]
    found = bilateral_solver(image, shares[order], sure, **CELLS)
    np.testing.assert_allclose(found, bilateral_solver(image, shares, sure, **CELLS)[order], atol=1e-6)


def test_nothing_that_is_sure_gives_finite_scores():
    image, shares, sure = random_input(5)
    assert np.isfinite(bilateral_solver(image, shares, np.zeros_like(sure), **CELLS)).all()


def test_the_mask_follows_the_object_that_the_cam_covers_for_the_most_part():
    image, _ = blobs()
    image[:] = 20
    image[6:18, 8:24] = (200, 60, 60)
    cams = np.zeros((1, 24, 32), np.float32)
    cams[0, 4:16, 10:22] = 1  # two rows lie outside
    mask = bilateral_solver_mask(image, cams, [3], background=0.3)
    assert (mask[6:18, 8:24] == 4).all()
    outside = np.ones_like(mask, bool)
    outside[6:18, 8:24] = False
    assert not mask[outside].any()
