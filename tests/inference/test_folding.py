"""Norms in the convolutions before them: the same numbers with fewer layers, and only where nothing else changes."""

import torch
from networks_kit import network_of
from torch import nn

from seedmask.inference.folding import fold_norms
from seedmask.inference.outputs import TensorParts
from seedmask.inference.tracing import random_images

IMAGES = random_images(2, 60, 70)


def norm_of(channels):
    """A batch norm as training leaves it."""
    norm = nn.BatchNorm2d(channels)
    generator = torch.Generator().manual_seed(channels)
    for values in (norm.weight.data, norm.bias.data, norm.running_mean, norm.running_var):
        values.copy_(torch.rand(channels, generator=generator) + 0.5)
    return norm


def norms(network):
    return sum(isinstance(module, nn.BatchNorm2d) for module in network.modules())


def test_a_convolution_takes_its_norm_in():
    network = nn.Sequential(
        nn.Conv2d(3, 4, 3), norm_of(4), nn.ReLU(), nn.Conv2d(4, 5, 1, bias=False), norm_of(5)
    ).eval()
    folded = fold_norms(network, "cpu")
    assert (norms(network), norms(folded)) == (2, 0)
    with torch.no_grad():
        torch.testing.assert_close(folded(IMAGES), network(IMAGES))


def test_the_activation_of_a_norm_stays():
    network = TensorParts(network_of("cam"), "score_maps").eval()
    folded = fold_norms(network, "cpu")
    assert norms(network) > 20
    assert norms(folded) == 0
    with torch.no_grad():
        (one,), (other,) = network(IMAGES), folded(IMAGES)
    torch.testing.assert_close(other, one, rtol=0, atol=1e-4 * float(one.abs().max()))


class Shared(nn.Module):
    """Uses the result of a convolution beside its norm."""

    def __init__(self):
        super().__init__()
        self.conv, self.norm = nn.Conv2d(3, 3, 1), norm_of(3)

    def forward(self, images):
        maps = self.conv(images)
        return maps - self.norm(maps)


class Twice(nn.Module):
    """Has two norms after one convolution."""

    def __init__(self):
        super().__init__()
        self.conv, self.one, self.other = nn.Conv2d(3, 4, 1), norm_of(4), norm_of(4)
        self.other.weight.data *= 2

    def forward(self, images):
        maps = self.conv(images)
        return self.one(maps) + self.other(maps) + self.one(self.conv(images))


def test_a_network_that_would_compute_something_else_stays():
    for made in (Shared(), Twice()):
        network = made.eval()
        assert norms(fold_norms(network, "cpu")) == norms(network) > 0


def test_a_norm_alone_stays():
    network = nn.Sequential(norm_of(3), nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4, track_running_stats=False)).eval()
    folded = fold_norms(network, "cpu")
    assert norms(folded) == 2
    with torch.no_grad():
        torch.testing.assert_close(folded(IMAGES), network(IMAGES))
