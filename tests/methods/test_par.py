import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from seedmask.methods.par import AROUND, par_mask, pixel_adaptive_refinement
from seedmask.testing.masks import MaskMethodContract, blobs


class TestPAR(MaskMethodContract):
    def mask(self, image, cams, classes):
        return par_mask(image, cams, classes, background=0.3)


def random_input(seed, height=7, width=9, count=3):
    generator = torch.Generator().manual_seed(seed)
    image = torch.rand(1, 3, height, width, generator=generator, dtype=torch.float64)
    scores = torch.rand(1, count, height, width, generator=generator, dtype=torch.float64)
    return image, scores / scores.sum(1, keepdim=True)


def naive_par(image, scores, dilations, iterations, w1, w2, w3):
    """The formulas of the paper, pixel by pixel."""
    offsets = np.array([(dy * d, dx * d) for d in dilations for dy, dx in AROUND])
    _, height, width = image.shape
    reach = np.hypot(*offsets.T)
    place = np.exp(-((reach / (w2 * reach.std(ddof=1))) ** 2))
    for _ in range(iterations):
        refined = np.empty_like(scores)
        for y in range(height):
            for x in range(width):
                rows = np.clip(y + offsets[:, 0], 0, height - 1)
                columns = np.clip(x + offsets[:, 1], 0, width - 1)
                near = image[:, rows, columns]
                contrast = np.abs(near - image[:, y, x, None]) / (w1 * near.std(axis=1, ddof=1)[:, None])
                colour = np.exp(-(contrast**2).mean(axis=0))
                weight = (colour / colour.sum() + w3 * place / place.sum()) / (1 + w3)
                refined[:, y, x] = scores[:, rows, columns] @ weight
        scores = refined
    return scores


@pytest.mark.parametrize("w3", [0.01, 0.5])
def test_the_refinement_equals_the_formulas_evaluated_pixel_by_pixel(w3):
    image, scores = random_input(1)
    refined = pixel_adaptive_refinement(image, scores, dilations=(1, 3), iterations=2, w1=0.3, w2=0.4, w3=w3)
    expected = naive_par(image[0].numpy(), scores[0].numpy(), (1, 3), 2, 0.3, 0.4, w3)
    np.testing.assert_allclose(refined[0], expected, rtol=1e-6)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 999))
def test_scores_that_sum_to_one_keep_doing_so_and_stay_in_range(seed):
    image, scores = random_input(seed)
    refined = pixel_adaptive_refinement(image, scores)
    torch.testing.assert_close(refined.sum(1), torch.ones(1, 7, 9, dtype=torch.float64))
    assert scores.min() <= refined.min()
    assert refined.max() <= scores.max()


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 999), st.sampled_from([(-1,), (-2,), (-1, -2)]))
def test_flipping_commutes_with_the_refinement(seed, axes):
    image, scores = random_input(seed)
    refined = pixel_adaptive_refinement(image.flip(axes), scores.flip(axes))
    torch.testing.assert_close(refined.flip(axes), pixel_adaptive_refinement(image, scores))


def test_permuting_the_labels_permutes_the_scores():
    image, scores = random_input(3)
    order = [2, 0, 1]
    torch.testing.assert_close(
        pixel_adaptive_refinement(image, scores[:, order]),
        pixel_adaptive_refinement(image, scores)[:, order],
    )


def test_constant_scores_and_constant_images_are_kept_and_finite():
    image, scores = random_input(4)
    flat = torch.full_like(scores, 0.25)
    torch.testing.assert_close(pixel_adaptive_refinement(image, flat), flat)
    refined = pixel_adaptive_refinement(torch.full_like(image, 0.5), scores)
    assert refined.isfinite().all()


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
def test_any_precision_comes_back_as_it_went_in(dtype):
    image, scores = random_input(5)
    refined = pixel_adaptive_refinement(image.to(dtype), scores.to(dtype), iterations=3)
    assert refined.dtype == dtype
    exact = pixel_adaptive_refinement(image.to(dtype).double(), scores.to(dtype).double(), iterations=3)
    torch.testing.assert_close(refined.double(), exact, atol=0.01, rtol=0.01)


def test_scores_stop_at_an_edge_and_spread_inside_it():
    image = torch.zeros(1, 3, 16, 24)
    image[..., 12:] = 1
    scores = torch.zeros(1, 1, 16, 24)
    scores[..., 16:] = 1
    refined = pixel_adaptive_refinement(image, scores)
    assert refined[..., 12:].min() > 0.3
    assert refined[..., :12].max() < 0.05


def test_no_iteration_changes_nothing():
    image, scores = random_input(6)
    assert torch.equal(pixel_adaptive_refinement(image, scores, iterations=0), scores)


def test_the_mask_fills_the_object_that_the_cam_covers_in_part():
    image, _ = blobs()
    image[:] = 20
    image[6:18, 8:24] = (200, 60, 60)
    cams = np.zeros((1, 24, 32), np.float32)
    cams[0, 8:16, 10:18] = 1
    mask = par_mask(image, cams, [3], background=0.3)
    assert (mask[6:18, 8:24] == 4).mean() > 0.95
    outside = np.ones_like(mask, bool)
    outside[6:18, 8:24] = False
    assert not mask[outside].any()
