import pytest
import torch

from seedmask.architectures.deeplab_v3_plus.network import DeepLabV3Plus
from seedmask.errors import SeedmaskError
from seedmask.losses.mixture.loss import build as build_mixture
from seedmask.losses.mixture.options import MixtureLossOptions
from seedmask.networks.encoders import Encoder


@pytest.fixture
def network():
    torch.manual_seed(0)
    return DeepLabV3Plus(Encoder("resnet18", "none", None, 8), 5, rates=(2, 4)).eval()


@pytest.mark.parametrize("size", [(64, 64), (50, 75), (5, 40)])
def test_logits_have_the_size_of_the_picture_whatever_it_is(network, size):
    with torch.no_grad():
        features, logits = network.decoded(torch.rand(1, 3, *size))
    assert logits.shape == (1, 5, *size)
    assert features.shape == (1, 256, *(-(-length // 4) for length in size))


def test_the_decoder_is_as_large_as_published():
    network = DeepLabV3Plus(Encoder("resnet50s", "none", None, 8), 21)
    decoder = sum(p.numel() for name, p in network.named_parameters() if not name.startswith("encoder."))
    assert decoder == 16_844_149


def test_whole_channels_are_left_out_in_training(network):
    network.pyramid.train()
    with torch.no_grad():
        joined = network.pyramid(torch.rand(2, 512, 8, 8))
    empty = (joined == 0).flatten(2).all(dim=2).float().mean()
    assert 0.3 < empty < 0.7


def test_the_mixture_teaches_every_part(network):
    features, logits = network.train().decoded(torch.rand(2, 3, 64, 64))
    labels = torch.full((2, 64, 64), 5)
    labels[:, 3:9, 4:20], labels[:, 30:40, 30:50] = 0, 2
    shown = torch.tensor([[1.0, 0, 1, 0, 0]] * 2)
    build_mixture(MixtureLossOptions())(features, logits, labels, shown).backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in network.parameters())


def test_an_encoder_without_a_stage_of_stride_4_is_refused():
    with pytest.raises(SeedmaskError, match=r"vit_tiny_patch16_224 has stages of strides .*joins one of 4"):
        DeepLabV3Plus(Encoder("vit_tiny_patch16_224", "none", None, 16), 5)
