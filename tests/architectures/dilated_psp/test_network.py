import pytest
import torch

from seedmask.architectures.dilated_psp.network import DilatedPsp, PooledPyramid
from seedmask.methods.under_fitting import under_fitting_loss
from seedmask.networks.encoders import Encoder


@pytest.fixture
def network():
    torch.manual_seed(0)
    return DilatedPsp(Encoder("resnet18", "none", None, 8), 5, channels=16, auxiliary_channels=8).eval()


@pytest.mark.parametrize("size", [(64, 64), (50, 75), (1, 40)])
def test_logits_have_the_size_of_the_picture_whatever_it_is(network, size):
    with torch.no_grad():
        assert network(torch.rand(1, 3, *size)).shape == (1, 5, *size)


def test_in_training_both_heads_answer_at_an_eighth_of_the_size(network):
    logits = network.train()(torch.rand(2, 3, 64, 96))
    assert logits.main.shape == logits.auxiliary.shape == (2, 5, 8, 12)


def test_both_heads_and_the_encoder_learn(network):
    logits = network.train()(torch.rand(2, 3, 64, 64))
    labels = torch.randint(5, (2, 64, 64), generator=torch.Generator().manual_seed(0))
    (under_fitting_loss(logits.main, labels) + 0.4 * under_fitting_loss(logits.auxiliary, labels)).backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in network.parameters())
    assert any(p.grad.any() for p in network.auxiliary.parameters())
    assert all(p.grad is not None for p in network.pretrained().parameters())


def test_the_auxiliary_head_teaches_nothing_after_its_stage(network):
    network.train()(torch.rand(2, 3, 64, 64)).auxiliary.square().sum().backward()
    assert network.encoder.model.layer3[0].conv1.weight.grad is not None
    assert network.encoder.model.layer4[0].conv1.weight.grad is None


def test_published_widths_are_the_default():
    network = DilatedPsp(Encoder("resnet18", "none", None, 8), 21)
    assert network.pyramid.channels == 512 + 4 * 512
    assert [network.head[0].out_channels, network.auxiliary[0].out_channels] == [512, 256]
    assert network.head[3].p == network.auxiliary[3].p == 0.1


def test_the_pyramid_keeps_the_features_and_adds_means_over_its_grids():
    torch.manual_seed(0)
    pyramid = PooledPyramid(3, 4, (1, 2)).eval()
    features = torch.rand(2, 3, 6, 6)
    with torch.no_grad():
        out = pyramid(features)
    assert torch.equal(out[:, :3], features)
    whole, quarters = out[:, 3:7], out[:, 7:]
    mean = pyramid.pools[0][1](features.mean((2, 3), keepdim=True)) / (1 + 1e-5) ** 0.5
    torch.testing.assert_close(whole, mean.relu().expand_as(whole))
    assert quarters.std(dim=(2, 3)).max() > 0


def test_other_pools_and_an_encoder_of_another_kind_work():
    torch.manual_seed(0)
    network = DilatedPsp(Encoder("tf_efficientnet_lite0", "none", None, 8), 3, channels=8, pools=(1, 4)).eval()
    with torch.no_grad():
        assert network(torch.rand(1, 3, 40, 56)).shape == (1, 3, 40, 56)
