import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from seedmask.config.networks import Augmentation
from seedmask.dataset.augment import Augment
from seedmask.methods.inference import multi_scale_probabilities, sliding_logits, windows
from seedmask.methods.resizing import bilinear_bytes
from seedmask.testing.seeds import example_image


def pixelwise(images):
    """Logits that depend on each pixel alone: any cutting, scaling and mirroring must agree."""
    red, green, blue = images.unbind(1)
    return torch.stack([3 * red, 2 * green - blue, blue - red], 1)


def probabilities(image, scales=(1.0,), flip=True, window=512, stride=480):
    return multi_scale_probabilities(pixelwise, image, scales, flip, window=window, stride=stride)


def test_windows_of_a_hand_example():
    assert windows(700, 512, 480) == [(0, 512), (188, 700)]


@given(st.integers(1, 2000), st.integers(1, 600), st.integers(1, 600))
def test_windows_cover_the_axis_and_fit_into_it(length, window, stride):
    stride = min(stride, window)
    covered = np.zeros(length, int)
    for first, last in windows(length, window, stride):
        assert 0 <= first < last <= length
        assert last - first == min(window, length)
        covered[first:last] += 1
    assert covered.all()


def test_a_pixelwise_network_sees_no_window():
    images = torch.rand(1, 3, 40, 50, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(sliding_logits(pixelwise, images, 16, 12), pixelwise(images))


def test_overlapping_windows_are_averaged():
    calls = []

    def numbered(images):
        calls.append(1)
        return torch.full((1, 1, *images.shape[-2:]), float(len(calls)))

    logits = sliding_logits(numbered, torch.zeros(1, 3, 4, 6), 4, 2)
    assert logits[0, 0, 0].tolist() == [1, 1, 1.5, 1.5, 2, 2]


def test_a_window_never_exceeds_its_side():
    sizes = []

    def recording(images):
        sizes.append(images.shape[-2:])
        return pixelwise(images)

    probabilities_of_large = multi_scale_probabilities(
        recording, example_image(50, 70), (1.0, 2.0), False, window=32, stride=24
    )
    assert max(max(size) for size in sizes) == 32
    assert probabilities_of_large.shape == (3, 50, 70)


@pytest.mark.parametrize("scales", [(1.0,), (0.5, 1.0, 1.5)])
def test_probabilities_sum_to_one_and_have_the_picture_s_size(scales):
    found = probabilities(example_image(21, 33), scales)
    assert found.shape == (3, 21, 33)
    np.testing.assert_allclose(found.sum(0), 1, atol=1e-6)


def test_flips_and_scales_of_a_constant_picture_agree_with_one_view():
    image = np.full((24, 32, 3), (200, 30, 90), np.uint8)
    np.testing.assert_allclose(
        probabilities(image, (0.5, 1.0, 1.75)), probabilities(image, (1.0,), flip=False), atol=1e-6
    )


def test_with_flip_a_mirrored_picture_is_predicted_mirrored():
    image = example_image()
    mirrored = probabilities(image[:, ::-1].copy(), (1.0, 1.5))
    np.testing.assert_allclose(mirrored[..., ::-1], probabilities(image, (1.0, 1.5)), atol=1e-6)


def views_of(image, scales, **options):
    """What a network is shown."""
    seen = []

    def recording(images):
        seen.append(images)
        return pixelwise(images)

    multi_scale_probabilities(recording, image, scales, False, window=4096, stride=4096, **options)
    return seen


def test_views_fit_the_box_of_their_scale_as_in_mmsegmentation():
    scales = (0.5, 0.75, 1.0, 1.25, 1.5, 1.75)
    sizes = [tuple(view.shape[-2:]) for view in views_of(example_image(33, 50), scales, short_side=64, longest=256)]
    assert sizes == [(32, 48), (48, 73), (64, 97), (80, 121), (96, 145), (112, 170)]
    sizes = [tuple(view.shape[-2:]) for view in views_of(example_image(10, 60), scales, short_side=64, longest=256)]
    assert sizes == [(21, 128), (32, 192), (43, 256), (53, 320), (64, 384), (75, 448)]


def test_a_view_may_be_made_of_bytes_without_antialias_as_opencv_does_it():
    image = example_image(40, 60)
    (view,) = views_of(image, (0.5,), resample="opencv_bytes")
    expected = torch.from_numpy(bilinear_bytes(image, (20, 30))).permute(2, 0, 1)[None] / 255
    assert torch.equal(view, expected)
    assert not torch.allclose(view, views_of(image, (0.5,))[0], atol=0.01)


def test_training_and_prediction_have_the_same_views():
    image = np.random.default_rng(0).integers(0, 256, (37, 50, 3), dtype=np.uint8)
    box = {"short_side": 64, "longest": 80, "resample": "opencv_bytes"}
    settings = Augmentation(crop=160, pad="end", scale=(1.5, 1.5), rounding="half_up", flip=0, colour=0, **box)
    (view,) = views_of(image, (1.5,), **box)
    height, width = view.shape[-2:]
    trained, _ = Augment(settings)(image, None, 0)
    assert torch.equal(trained[:, :height, :width], view[0])
    assert not trained[:, height:].any()
    assert not trained[:, :, width:].any()
