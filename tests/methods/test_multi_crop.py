from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.functional import avg_pool2d, conv2d, interpolate

from seedmask.methods.pmm import multi_crop_cam, multi_scale_cam, rough_probabilities, tile_grid
from seedmask.testing.seeds import NetworkSeedContract, example_image, toy_scores

GOLDEN = Path(__file__).parents[1] / "golden" / "pmm"
TILED = {"scales": (0.75, 1, 2), "size": 24, "tile": 16}


def golden(name):
    """Vectors of one case, its settings, and the network that made them."""
    case = dict(np.load(GOLDEN / f"{name}.npz"))
    weight, bias = torch.tensor(case["fc_weight"])[:, :, None, None], torch.tensor(case["fc_bias"])
    mean, std = (
        torch.tensor(v, dtype=torch.float64).view(1, 3, 1, 1) for v in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
    )

    def network(x):
        grey_levels = (x.double() * 255).round()  # normalised in double precision, as the reference does
        pooled = avg_pool2d(((grey_levels / 255 - mean) / std).float(), 8, 8)
        maps = conv2d(pooled, weight, bias).relu()
        return interpolate(maps, x.shape[-2:], mode="bilinear", align_corners=True)[:, 1:]

    return case, {"scales": case["scales"]}, network


def tags(score_maps, classes):
    """One number for each class of the network."""
    if len(classes) == 0:
        return np.zeros(5)
    with torch.no_grad():
        return np.isin(np.arange(score_maps(torch.zeros(1, 3, 8, 8)).shape[1]), classes).astype(np.float32)


class ClippedSeedContract(NetworkSeedContract):
    """PMM leaves two things to others: networks give maps that are not negative, and stores clip them to 0..1."""

    def raw(self, score_maps, image, labels):
        raise NotImplementedError

    def network_cams(self, score_maps, image, classes):
        return self.raw(lambda x: score_maps(x).relu(), image, tags(score_maps, classes)).clip(min=0)


class TestMultiScale(ClippedSeedContract):
    def raw(self, score_maps, image, labels):
        return multi_scale_cam(score_maps, image, labels, scales=(0.5, 1, 1.5))


class TestMultiCrop(ClippedSeedContract):
    def raw(self, score_maps, image, labels):
        return multi_crop_cam(score_maps, image, labels, **TILED)


@pytest.mark.parametrize("threads", [1, 2])
def test_multi_scale_maps_equal_those_of_the_reference(threads):
    torch.set_num_threads(threads)
    case, settings_, network = golden("cam_multi_scale_0")
    cams = multi_scale_cam(network, case["image"], case["label"], **settings_)
    np.testing.assert_allclose(cams, case["cam"], rtol=0, atol=2e-7)


@pytest.mark.parametrize("name", ["0", "2", "stride90_0", "stride90_1", "stride90_2"])
def test_multi_crop_maps_equal_those_of_the_reference(name):
    case, settings_, network = golden(f"cam_multi_crop_{name}")
    sides = {"size": int(case["crop_size"]), "tile": int(case["stride"])}
    cams = multi_crop_cam(network, case["image"], torch.tensor(case["label"]), **sides, **settings_)
    assert cams.shape == case["cam"].shape
    np.testing.assert_allclose(cams, case["cam"], rtol=0, atol=2.5e-4)


def test_rough_maps_equal_those_of_the_reference():
    case, _, _ = golden("cam_multi_scale_0")
    maps = rough_probabilities(case["image"], case["cam"])
    np.testing.assert_allclose(maps, case["crf_prob_alpha24"], atol=1e-3)
    assert (maps.argmax(axis=0) == case["crf_prob_alpha24"].argmax(axis=0)).mean() >= 0.995


@pytest.mark.parametrize("batch", [1, 3, 100])
def test_the_batch_size_changes_no_map(batch):
    labels = [1, 0, 1, 1, 0]
    cams = multi_crop_cam(toy_scores(), example_image(40, 50), labels, **TILED, batch=batch)
    np.testing.assert_allclose(cams, multi_crop_cam(toy_scores(), example_image(40, 50), labels, **TILED), atol=1e-6)


def plain_multi_crop(network, image, classes, scales, size, tile):
    """Every tile of every scale and its mirror image on its own, in the order of the formula."""
    from PIL import Image

    height, width = image.shape[:2]
    total, cover = np.zeros((len(classes), height, width)), np.zeros((height, width))
    for box in [box for scale in scales for box in tile_grid(width, height, scale, size=size, tile=tile)]:
        x1, y1, x2, y2 = box
        crop = np.asarray(Image.fromarray(image[y1:y2, x1:x2]).resize((size, size), Image.Resampling.BILINEAR))
        x = torch.tensor(crop).permute(2, 0, 1)[None].float() / 255
        for mirrored in (False, True):
            maps = network(x.flip(-1) if mirrored else x).detach().relu()[:, classes]
            maps = interpolate(maps, (y2 - y1, x2 - x1), mode="bilinear", align_corners=False)[0]
            total[:, y1:y2, x1:x2] += (maps.flip(-1) if mirrored else maps).numpy()
            cover[y1:y2, x1:x2] += 1
    v = total / np.maximum(cover, 1)
    low, high = v.min(axis=(1, 2), keepdims=True), v.max(axis=(1, 2), keepdims=True)
    return (np.where(v < low + 1e-5, 0, v) - low) / (high - low + 1e-5)


@settings(max_examples=8, deadline=None)
@given(st.integers(8, 60), st.integers(8, 60), st.sampled_from([(1,), (0.75, 1), (1, 1.25, 2.5)]))
def test_maps_equal_adding_each_tile_on_its_own(height, width, scales):
    image = example_image(height, width)
    cams = multi_crop_cam(toy_scores(), image, [0, 1, 0, 1, 0], scales=scales, size=24, tile=16)
    expected = plain_multi_crop(toy_scores(), image, [1, 3], scales, 24, 16)
    away = np.abs(expected) > 1e-4  # at the minimum rounding decides which values become 0
    np.testing.assert_allclose(cams[away], expected[away], atol=1e-4)


def test_a_box_shared_by_scales_is_computed_once():
    calls = []

    def network(x):
        calls.append(x.shape)
        return toy_scores()(x)

    multi_crop_cam(network, example_image(20, 30), [1, 0, 0, 0, 0], scales=(1, 2, 4), size=200, tile=150)
    assert calls == [(2, 3, 200, 200)]


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 99))
def test_with_one_tile_a_mirrored_image_gives_mirrored_maps(seed):
    image, labels = example_image(seed=seed), [1, 0, 0, 0, 1]
    one = {"scales": (1,), "size": 32, "tile": 20}
    cams = multi_crop_cam(toy_scores(), image, labels, **one)
    mirrored = multi_crop_cam(toy_scores(), image[:, ::-1].copy(), labels, **one)
    np.testing.assert_allclose(mirrored[..., ::-1], cams, atol=1e-5)


def test_tiles_larger_than_the_image_enlarge_it():
    seen = []

    def network(x):
        seen.append(tuple(x.shape[-2:]))
        return toy_scores()(x)

    cams = multi_crop_cam(network, example_image(6, 9), [0, 1, 0, 0, 0], scales=(0.5, 1, 3))
    assert cams.shape == (1, 6, 9)
    assert set(seen) == {(448, 448)}


def test_negative_scores_of_a_tile_count_as_nothing():
    image, labels = example_image(40, 50), [1, 0, 1, 1, 0]
    positive = multi_crop_cam(lambda x: toy_scores()(x).relu(), image, labels, **TILED)
    assert np.array_equal(multi_crop_cam(toy_scores(), image, labels, **TILED), positive)


@pytest.mark.parametrize("value", [-3.0, 0.0, 0.7])
def test_a_constant_map_is_empty(value):
    def network(x):
        return torch.full((len(x), 2, 5, 5), value)

    assert not multi_scale_cam(network, example_image(), [0, 1], scales=(1, 2)).any()
    assert not multi_crop_cam(network, example_image(), [0, 1], **TILED).any()


def test_tags_for_another_number_of_classes_are_refused():
    with pytest.raises(ValueError, match="the network has 5 classes, the picture tags for 3"):
        multi_scale_cam(toy_scores(), example_image(), [0, 1, 1], scales=(1,))
    with pytest.raises(ValueError, match="the network has 5 classes, the picture tags for 3"):
        multi_crop_cam(toy_scores(), example_image(), [0, 1, 1], **TILED)


def test_a_network_in_half_precision_gives_single_precision_maps():
    cams = multi_crop_cam(lambda x: toy_scores()(x).half(), example_image(), [1, 0, 0, 1, 0], **TILED)
    full = multi_crop_cam(toy_scores(), example_image(), [1, 0, 0, 1, 0], **TILED)
    assert cams.dtype == np.float32
    np.testing.assert_allclose(cams, full, atol=5e-3)
