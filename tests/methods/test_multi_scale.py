import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.functional import interpolate

from seedmask.methods.multi_scale import multi_scale_cam
from seedmask.testing.seeds import NetworkSeedContract, example_image
from seedmask.testing.seeds import toy_scores as network


class TestMultiScale(NetworkSeedContract):
    def network_cams(self, score_maps, image, classes):
        return multi_scale_cam(score_maps, image, classes, (1.0, 1.5))


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 9), st.integers(1, 11), st.integers(2, 40), st.integers(2, 40))
def test_mirroring_commutes_with_resizing(h, w, height, width):
    maps = torch.rand(1, 2, h, w, generator=torch.Generator().manual_seed(h * w), dtype=torch.float64)
    size = {"size": (height, width), "mode": "bilinear", "align_corners": False}
    torch.testing.assert_close(interpolate(maps.flip(-1), **size), interpolate(maps, **size).flip(-1))


def naive_cam(score_maps, image, classes, scales, flip):
    """Resize and un-flip every single map at full size."""
    height, width = image.shape[:2]
    x = torch.tensor(image).permute(2, 0, 1)[None].float() / 255
    total = torch.zeros(len(classes), height, width)
    for scale in scales:
        size = (round(height * scale), round(width * scale))
        view = interpolate(x, size=size, mode="bilinear", align_corners=False, antialias=True)
        for mirrored in [False, True] if flip else [False]:
            maps = score_maps(view.flip(-1) if mirrored else view).detach().clamp(min=0)
            full = interpolate(maps, size=(height, width), mode="bilinear", align_corners=False)
            total += (full.flip(-1) if mirrored else full)[0, list(classes)]
    return (total / (total.amax((1, 2), keepdim=True) + 1e-5)).numpy()


@pytest.mark.parametrize("flip", [True, False])
@pytest.mark.parametrize("scales", [(1.0,), (0.5, 1.0, 1.5)])
def test_the_seed_equals_resizing_and_adding_each_view_on_its_own(scales, flip):
    cams = multi_scale_cam(network(), example_image(), [3, 1], scales, flip)
    np.testing.assert_allclose(cams, naive_cam(network(), example_image(), [3, 1], scales, flip), atol=1e-5)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 99), st.sampled_from([(1.0,), (0.5, 1.5)]))
def test_with_mirror_images_a_mirrored_image_gives_a_mirrored_seed(seed, scales):
    image = example_image(seed=seed)
    cams = multi_scale_cam(network(), image, [0, 4], scales)
    mirrored = multi_scale_cam(network(), image[:, ::-1].copy(), [0, 4], scales)
    np.testing.assert_allclose(mirrored[..., ::-1], cams, atol=1e-5)


def test_the_network_sees_each_scale_once_with_its_mirror_image():
    seen = []

    def score_maps(x):
        seen.append((tuple(x.shape), float(x.min()), float(x.max()), torch.equal(x[0], x[1].flip(-1))))
        return x

    multi_scale_cam(score_maps, example_image(), [0], (1.0, 0.5, 2.0))
    assert [shape for shape, *_ in seen] == [(2, 3, 20, 30), (2, 3, 10, 15), (2, 3, 40, 60)]
    assert all(low >= 0 and high <= 1 and mirrored for _, low, high, mirrored in seen)


@pytest.mark.parametrize("shape", [(1, 30), (20, 1), (1, 1)])
def test_images_one_pixel_high_or_wide_work(shape):
    cams = multi_scale_cam(network(), example_image(*shape), [2], (0.5, 1.0))
    assert cams.shape == (1, *shape)
    assert np.isfinite(cams).all()


@pytest.mark.parametrize("normalise", ["maximum", "min_max"])
@pytest.mark.parametrize("resample", ["bilinear", "bicubic"])
def test_without_mirror_images_the_network_sees_plain_views_whatever_resamples_and_normalises(resample, normalise):
    seen = []

    def score_maps(x):
        seen.append(tuple(x.shape))
        return network()(x)

    how = {"resample": resample, "normalise": normalise}
    plain = multi_scale_cam(score_maps, example_image(), [0, 4], (1.0, 0.5), False, **how)
    assert seen == [(1, 3, 20, 30), (1, 3, 10, 15)]
    assert not np.array_equal(plain, multi_scale_cam(network(), example_image(), [0, 4], (1.0, 0.5), True, **how))


def test_the_resampler_changes_no_view_of_the_image_s_own_size():
    bilinear, bicubic = (
        multi_scale_cam(network(), example_image(), [1], resample=how) for how in ("bilinear", "bicubic")
    )
    assert np.array_equal(bilinear, bicubic)
