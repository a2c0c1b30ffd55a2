import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn.functional import conv2d, interpolate, pad

from seedmask.config.networks import Augmentation
from seedmask.dataset.augment import Augment
from seedmask.methods.coarse_logits import CoarseLogits
from seedmask.methods.inference import (
    PresentProbabilities,
    SlidingLogits,
    most_probable,
    probability_strips,
    windows,
)
from seedmask.methods.resizing import bilinear_bytes
from seedmask.testing.seeds import example_image


def pixelwise(images):
    """Logits that depend on each pixel alone: any cutting, scaling and mirroring must agree."""
    red, green, blue = images.unbind(1)
    return CoarseLogits(torch.stack([3 * red, 2 * green - blue, blue - red], 1), images.shape[-2:])


def probabilities(image, scales=(1.0,), flip=True, window=512, stride=480, network=pixelwise, **options):
    strips = probability_strips(network, image, scales, flip, window=window, stride=stride, **options)
    return torch.cat(list(strips)).permute(2, 0, 1).numpy()


class Coarse:
    """A network of stride 4 whose logits depend on neighbours, and which pads images as smp's segmenters do."""

    def __init__(self, *, align_corners):
        generator = torch.Generator().manual_seed(0)
        self.weight, self.align_corners = torch.randn(5, 3, 4, 4, generator=generator), align_corners

    def __call__(self, images):
        height, width = images.shape[-2:]
        padded = pad(images, (0, -width % 8, 0, -height % 8))
        return CoarseLogits(conv2d(padded, self.weight, stride=4), padded.shape[-2:], self.align_corners)


def plain_probabilities(network, image, scales, window, stride):
    """The whole image at once, by torch's own operations."""
    height, width = image.shape[:2]
    batch = torch.from_numpy(image).permute(2, 0, 1)[None] / 255
    total = torch.zeros(1)
    for scale in scales:
        view = interpolate(batch, (round(height * scale), round(width * scale)), mode="bilinear", antialias=True)
        views = torch.cat([view, view.flip(-1)])
        logits, cover = torch.zeros(1), torch.zeros(view.shape[-2:])
        for top, bottom in windows(view.shape[-2], window, stride):
            for left, right in windows(view.shape[-1], window, stride):
                found = network(views[..., top:bottom, left:right]).enlarged()[..., : bottom - top, : right - left]
                logits = logits + pad(found, (left, view.shape[-1] - right, top, view.shape[-2] - bottom))
                cover[top:bottom, left:right] += 1
        shares = interpolate(logits / cover, (height, width), mode="bilinear").softmax(dim=1)
        total = total + shares[0] + shares[1].flip(-1)
    return (total / total.sum(dim=0)).numpy()


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
    found = SlidingLogits(pixelwise, images, 16, 12).rows(0, 40)
    torch.testing.assert_close(found.permute(0, 3, 1, 2), pixelwise(images).maps)


def test_overlapping_windows_are_averaged():
    calls = []

    def numbered(images):
        calls.append(1)
        return CoarseLogits(torch.full((1, 1, *images.shape[-2:]), float(len(calls))), images.shape[-2:])

    logits = SlidingLogits(numbered, torch.zeros(1, 3, 6, 6), 4, 2)
    assert logits.rows(0, 2)[0, 0, :, 0].tolist() == [1, 1, 1.5, 1.5, 2, 2]
    assert logits.rows(2, 4)[0, 0, :, 0].tolist() == [2, 2, 2.5, 2.5, 3, 3]


def test_a_window_never_exceeds_its_side():
    sizes = []

    def recording(images):
        sizes.append(images.shape[-2:])
        return pixelwise(images)

    probabilities_of_large = probabilities(example_image(50, 70), (1.0, 2.0), False, 32, 24, network=recording)
    assert max(max(size) for size in sizes) == 32
    assert probabilities_of_large.shape == (3, 50, 70)


@pytest.mark.parametrize("scales", [(1.0,), (0.5, 1.0, 1.5)])
def test_probabilities_sum_to_one_and_have_the_picture_s_size(scales):
    found = probabilities(example_image(21, 33), scales)
    assert found.shape == (3, 21, 33)
    np.testing.assert_allclose(found.sum(0), 1, atol=1e-6)


@pytest.mark.parametrize("scales", [(1.0,), (0.3, 1.0, 1.7)])
@pytest.mark.parametrize("network", [pixelwise, Coarse(align_corners=True), Coarse(align_corners=False)])
def test_strips_of_any_height_have_the_bits_of_the_whole_image(network, scales):
    image = example_image(61, 75)
    plain = plain_probabilities(network, image, scales, 32, 24)
    whole = probabilities(image, scales, True, 32, 24, network, rows=61)
    for rows in (1, 5, 24):
        assert np.array_equal(probabilities(image, scales, True, 32, 24, network, rows=rows), whole)
    np.testing.assert_allclose(whole, plain, atol=2e-6)
    assert np.array_equal(whole.argmax(axis=0), plain.argmax(axis=0))


def test_only_windows_that_reach_into_a_strip_are_computed():
    calls = []

    def recording(images):
        calls.append(1)
        return pixelwise(images)

    strips = probability_strips(recording, example_image(64, 40), (1.0,), True, window=16, stride=16, rows=8)
    counts = [len(calls) for _ in strips]
    assert counts == [3, 3, 6, 6, 9, 9, 12, 12]


def test_labels_that_no_pixel_may_have_get_no_share():
    image = example_image(21, 33)
    every, two = probabilities(image), probabilities(image, channels=[0, 2])
    np.testing.assert_allclose(two, every[[0, 2]] / every[[0, 2]].sum(axis=0), rtol=1e-5)


def test_the_most_probable_label_of_each_strip_is_that_of_the_image():
    whole = torch.rand(20, 30, 4, generator=torch.Generator().manual_seed(0))
    whole[3, 4] = 0.5
    numbers, probability = most_probable(iter(whole.split(7)), (20, 30))
    assert np.array_equal(numbers, whole.argmax(dim=-1).numpy())
    assert np.array_equal(probability, whole.amax(dim=-1).numpy())
    assert numbers[3, 4] == 0


def test_planes_of_present_labels_are_those_of_all_labels_above_the_least_probability():
    whole = 0.1 + torch.rand(20, 30, 6, generator=torch.Generator().manual_seed(0))
    whole[..., [1, 4]] *= 1e-6
    kept = PresentProbabilities(iter(whole.split(7)), (20, 30), 1e-5)
    assert kept.present == [0, 2, 3, 5]
    expected = whole[..., kept.present].permute(2, 0, 1).numpy()
    assert np.array_equal(kept.planes(kept.present), expected)
    impossible = PresentProbabilities(iter(whole.split(7)), (20, 30), 1e-5).planes([1, 2])
    assert not impossible[0].any()
    assert np.array_equal(impossible[1], expected[1])


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

    probabilities(image, scales, False, 4096, 4096, network=recording, **options)
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
