from math import ceil, log

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from torch import nn
from torch.nn.functional import cross_entropy, interpolate

from seedmask.architectures.deeplab_v2.network import MultiScale, multi_scale_loss, resize_labels

SIDES = st.integers(1, 90)


@pytest.fixture
def draws():
    return torch.Generator().manual_seed(0)


class Recorded(nn.Module):
    """Every second pixel of three fixed channels; keeps what it was shown."""

    def __init__(self):
        super().__init__()
        self.shown = []

    def forward(self, images):
        self.shown.append(images)
        return torch.cat([images, -images, images.square()], dim=1)[..., ::2, ::2]


def bilinear(x, **to):
    return interpolate(x, **to, mode="bilinear", align_corners=False)


def pillow_nearest(labels, size):
    height, width = size
    resized = [Image.fromarray(each.numpy().astype(np.int32)).resize((width, height), Image.NEAREST) for each in labels]
    return torch.from_numpy(np.stack([np.asarray(each) for each in resized])).long()


def test_in_training_the_logits_of_three_sizes_and_their_maximum_come_in_this_order(draws):
    images = torch.randn(2, 1, 24, 32, generator=draws)
    plain = Recorded()
    expected = [plain(images), plain(bilinear(images, size=(12, 16))), plain(bilinear(images, size=(18, 24)))]
    large = [expected[0], *(bilinear(each, size=(12, 16)) for each in expected[1:])]
    highest = torch.maximum(torch.maximum(large[0], large[1]), large[2])

    logits = MultiScale(Recorded()).train()(images)

    assert isinstance(logits, list)
    assert [tuple(each.shape[-2:]) for each in logits] == [(12, 16), (6, 8), (9, 12), (12, 16)]
    for found, wanted in zip(logits, [*expected, highest], strict=True):
        torch.testing.assert_close(found, wanted)
    assert all((large[number] == highest).any() for number in range(3))  # each size wins somewhere


def test_in_evaluation_the_maximum_alone_comes(draws):
    images = torch.randn(2, 1, 24, 32, generator=draws)
    network = MultiScale(Recorded())
    maximum = network.train()(images)[-1]
    assert torch.equal(network.eval()(images), maximum)


def test_the_network_sees_the_sizes_one_after_the_other_the_picture_s_own_first():
    network = MultiScale(Recorded(), scales=(0.25, 0.75))
    network(torch.rand(1, 1, 16, 32))
    assert [tuple(each.shape[-2:]) for each in network.network.shown] == [(16, 32), (4, 8), (12, 24)]


def test_an_odd_size_is_rounded_down_and_sampled_by_the_factor():
    network = MultiScale(Recorded(), scales=(0.5,))
    network(torch.arange(5.0).expand(1, 1, 5, 5))
    small = network.network.shown[1]
    torch.testing.assert_close(small, torch.tensor([0.5, 2.5]).expand(1, 1, 2, 2))  # by the size: 0.75 and 3.25


def test_the_scaled_logits_are_resized_by_the_centres_of_their_pixels():
    class Steps(nn.Module):
        def forward(self, images):
            columns = images.shape[-1]
            return torch.full((1, 1, 1, 4), -9.0) if columns == 4 else torch.tensor([[[[0.0, 4.0]]]])

    maximum = MultiScale(Steps(), scales=(0.5,)).eval()(torch.rand(1, 1, 2, 4))
    assert maximum.flatten().tolist() == [0, 1, 3, 4]


def test_without_further_scales_the_network_answers_alone_and_counts_once():
    images = torch.rand(1, 1, 8, 8)
    network = MultiScale(Recorded(), scales=())
    (logits,) = network.train()(images)
    assert torch.equal(logits, Recorded()(images))
    assert torch.equal(network.eval()(images), logits)


def test_a_picture_one_pixel_high_is_one_pixel_high_at_every_size():
    network = MultiScale(nn.Conv2d(1, 2, 1))
    assert [tuple(each.shape) for each in network.train()(torch.rand(1, 1, 1, 5))] == [
        (1, 2, 1, 5),
        (1, 2, 1, 2),
        (1, 2, 1, 3),
        (1, 2, 1, 5),
    ]


def test_the_maximum_teaches_the_size_that_won_and_no_other():
    class Won(nn.Module):
        def __init__(self):
            super().__init__()
            self.heights = nn.Parameter(torch.tensor([1.0, 3.0, 2.0]))  # of scale 1, 0.5, 0.75

        def forward(self, images):
            number = {8: 0, 4: 1, 6: 2}[images.shape[-1]]
            return self.heights[number].expand(images.shape[0], 1, *images.shape[-2:])

    network = MultiScale(Won())
    network.train()(torch.rand(1, 1, 8, 8))[-1].mean().backward()
    torch.testing.assert_close(network.network.heights.grad, torch.tensor([0.0, 1.0, 0.0]))


def test_the_loss_is_the_sum_of_the_mean_cross_entropies_by_hand():
    half, sure = torch.zeros(1, 2, 2, 2), torch.tensor([0.0, log(3)]).view(1, 2, 1, 1)
    labels = torch.tensor([[[0, 1], [1, 255]]])
    first = log(2)  # all of it undecided
    second = log(4)  # its centre lies in row 1, column 1: 255 above, 0 below; p(0) = 1/4
    assert multi_scale_loss([half], labels).item() == pytest.approx(first)
    assert multi_scale_loss([half, sure], labels).item() == pytest.approx(first)
    labels = torch.tensor([[[1, 1], [1, 0]]])
    assert multi_scale_loss([half, sure], labels).item() == pytest.approx(first + second)


def test_the_loss_of_four_logits_is_torch_s_mean_against_labels_that_pillow_resized(draws):
    labels = torch.randint(0, 4, (3, 33, 41), generator=draws)
    labels[labels == 3] = 255
    logits = [torch.randn(3, 3, *size, generator=draws) for size in [(5, 6), (2, 3), (4, 4), (5, 6)]]
    expected = sum(cross_entropy(each, pillow_nearest(labels, each.shape[-2:]), ignore_index=255) for each in logits)
    torch.testing.assert_close(multi_scale_loss(logits, labels), expected)


def test_any_loss_sees_labels_and_logits_of_one_size(draws):
    seen = []

    def loss(logits, labels):
        seen.append((tuple(logits.shape[-2:]), tuple(labels.shape[-2:])))
        return logits.mean()

    logits = [torch.randn(1, 2, *size, generator=draws) for size in [(4, 6), (2, 3)]]
    total = multi_scale_loss(logits, torch.zeros(1, 32, 48, dtype=torch.long), loss)
    assert seen == [((4, 6), (4, 6)), ((2, 3), (2, 3))]
    torch.testing.assert_close(total, logits[0].mean() + logits[1].mean())


def test_labels_that_are_all_ignored_give_loss_zero_and_gradient_zero(draws):
    logits = [torch.randn(2, 3, *size, generator=draws).requires_grad_() for size in [(4, 4), (2, 2), (3, 3), (4, 4)]]
    loss = multi_scale_loss(logits, torch.full((2, 32, 32), 255))
    loss.backward()
    assert loss.item() == 0
    assert all(torch.equal(each.grad, torch.zeros_like(each)) for each in logits)


def test_ignored_pixels_neither_teach_nor_count(draws):
    logits = torch.randn(1, 3, 4, 4, generator=draws).requires_grad_()
    labels = torch.full((1, 4, 4), 255)
    labels[0, 1, 2] = 1
    loss = multi_scale_loss([logits], labels)
    loss.backward()
    torch.testing.assert_close(loss, -logits.log_softmax(dim=1)[0, 1, 1, 2])
    assert logits.grad[0].any(dim=0).nonzero().tolist() == [[1, 2]]


@pytest.mark.parametrize("dtype", [torch.uint8, torch.int32, torch.int64])
def test_labels_may_be_of_any_integer_type(dtype, draws):
    labels = torch.tensor([[[0, 255], [1, 2]]])
    logits = [torch.randn(1, 3, 2, 2, generator=draws, dtype=torch.float64)]
    loss = multi_scale_loss(logits, labels.to(dtype))
    assert loss.dtype == torch.float64
    assert torch.equal(loss, multi_scale_loss(logits, labels))


@given(old=st.tuples(SIDES, SIDES), new=st.tuples(SIDES, SIDES))
def test_labels_are_resized_to_any_size_as_pillow_does(old, new):
    labels = torch.arange(2 * old[0] * old[1]).view(2, *old)
    assert torch.equal(resize_labels(labels, new), pillow_nearest(labels, new))


@pytest.mark.parametrize("old", [(321, 321), (500, 375), (512, 512), (366, 500), (97, 131)])
@pytest.mark.parametrize("stride", [8, 16, 32])
@pytest.mark.parametrize("scale", [1, 0.5, 0.75])
def test_labels_at_the_sizes_of_logits_are_those_of_pillow_and_not_of_torch_s_nearest(old, stride, scale):
    labels = torch.arange(old[0] * old[1]).view(1, *old)
    new = tuple(ceil(int(side * scale) / stride) for side in old)
    found = resize_labels(labels, new)
    assert torch.equal(found, pillow_nearest(labels, new))
    corners = interpolate(labels[None].double(), new, mode="nearest")[0].long()
    assert not torch.equal(found, corners)


@pytest.mark.parametrize("new", [(40, 40), (20, 20), (31, 41), (3, 7)])
def test_where_no_centre_lies_on_a_border_the_rule_is_torch_s_nearest_exact(new):
    labels = torch.arange(321 * 321).view(1, 321, 321)
    exact = interpolate(labels[None].double(), new, mode="nearest-exact")[0].long()
    assert torch.equal(resize_labels(labels, new), exact)


def test_a_centre_on_a_border_goes_where_pillow_s_rounding_puts_it():
    labels = torch.arange(2).view(1, 1, 2)
    assert torch.equal(resize_labels(labels, (1, 7)), pillow_nearest(labels, (1, 7)))
    exact = interpolate(labels[None].double(), (1, 7), mode="nearest-exact")[0].long()
    assert not torch.equal(resize_labels(labels, (1, 7)), exact)


def test_labels_at_their_own_size_stay_as_they_are(draws):
    labels = torch.randint(0, 256, (2, 13, 17), generator=draws)
    assert torch.equal(resize_labels(labels, (13, 17)), labels)
