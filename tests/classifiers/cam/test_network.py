import numpy as np
import pytest
import torch

from seedmask.classifiers.cam.network import CamClassifier, build, class_activation
from seedmask.classifiers.cam.options import CamOptions as Options
from seedmask.errors import SeedmaskError
from seedmask.networks.encoders import Encoder
from seedmask.testing.classifiers import ClassifierContract
from seedmask.training.optimisers import freeze


@pytest.fixture
def network():
    torch.manual_seed(0)
    return CamClassifier(Encoder("resnet18", "none", None, 32), 4, torch.Generator().manual_seed(0)).eval()


def test_the_mean_of_the_score_map_is_the_logit(network):
    images = torch.rand(2, 3, 64, 96)
    torch.testing.assert_close(network.score_maps(images).mean((2, 3)), network(images))


def test_first_weights_come_from_the_generator(network):
    again = CamClassifier(network.encoder, 4, torch.Generator().manual_seed(0))
    other = CamClassifier(network.encoder, 4, torch.Generator().manual_seed(1))
    assert torch.equal(again.classifier.weight, network.classifier.weight)
    assert not torch.equal(other.classifier.weight, network.classifier.weight)


@pytest.mark.parametrize("stages", [0, 3, "all"])
def test_frozen_stages_have_no_gradient_and_the_rest_has(network, stages):
    frozen = freeze(network.encoder, stages)
    network(torch.rand(1, 3, 64, 64)).sum().backward()
    parts = network.encoder.stages()
    assert len(frozen) == (len(parts) if stages == "all" else stages)
    for part in parts:
        learns = any(p.grad is not None for p in part.parameters())
        assert learns != any(part is f for f in frozen)
    assert network.classifier.weight.grad is not None


def test_more_frozen_stages_than_there_are_is_refused(network):
    with pytest.raises(SeedmaskError, match="frozen_stages 99: the encoder has 10 stages"):
        freeze(network.encoder, 99)


class TestCam(ClassifierContract):
    def network(self, first_weights):
        options = Options(encoder="test_resnet", weights="none", output_stride=32)
        return build(options, self.classes, first_weights=first_weights)


def test_activation_is_the_weighted_sum_of_the_features():
    generator = torch.Generator().manual_seed(0)
    features = torch.randn(2, 3, 4, 5, generator=generator)
    weight = torch.randn(6, 3, generator=generator)
    expected = torch.zeros(2, 6, 4, 5)
    for n, c, y, x in np.ndindex(2, 6, 4, 5):
        expected[n, c, y, x] = sum(weight[c, d] * features[n, d, y, x] for d in range(3))
    torch.testing.assert_close(class_activation(features, weight), expected)


def test_the_mean_of_the_activation_is_the_class_score_of_pooled_features():
    features, weight = torch.randn(1, 8, 4, 4), torch.randn(3, 8)
    torch.testing.assert_close(class_activation(features, weight).mean((2, 3)), features.mean((2, 3)) @ weight.T)
