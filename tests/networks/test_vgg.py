import pytest
import torch

from seedmask.networks.encoders import Encoder


@pytest.mark.parametrize("stride", [8, 16, 32])
def test_vgg_has_the_stride_that_is_asked_for(stride):
    encoder = Encoder("vgg11", "none", None, stride)
    assert encoder(torch.zeros(1, 3, 64, 96)).shape == (1, 512, 64 // stride, 96 // stride)


def test_at_stride_8_the_last_convolutions_are_dilated_and_keep_their_weights():
    features = Encoder("vgg16", "none", None, 8).model.features
    convolutions = [layer for layer in features if isinstance(layer, torch.nn.Conv2d)]
    assert [layer.dilation[0] for layer in convolutions] == [1] * 10 + [2] * 3
    pools = [layer for layer in features if isinstance(layer, torch.nn.MaxPool2d)]
    assert [(pool.kernel_size, pool.stride) for pool in pools] == [(2, 2)] * 3 + [(3, 1)]


def test_layers_that_only_classes_of_imagenet_need_are_left_out():
    assert sum(p.numel() for p in Encoder("vgg16", "none", None, 8).parameters()) == 14_714_688
