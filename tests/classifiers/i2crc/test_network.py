import pytest
import torch

from seedmask.classifiers.i2crc.network import build
from seedmask.classifiers.i2crc.options import I2crcOptions as Options
from seedmask.testing.classifiers import ClassifierContract

SMALL = {"saliency": "saliency/net", "weights": "none", "output_stride": 16}


def small(**options):
    return build(Options.model_validate({**SMALL, "head_channels": 8, **options}), 5).eval()


def test_the_paper_s_network_has_its_number_of_parameters_and_its_grid():
    network = build(Options.model_validate({**SMALL, "encoder": "vgg16", "output_stride": 8}), 20)
    assert sum(p.numel() for p in network.parameters()) == 21_804_372
    assert sum(p.numel() for p in network.head.parameters()) == 7_089_684
    with torch.no_grad():
        assert network.score_maps(torch.zeros(1, 3, 256, 256)).shape == (1, 20, 32, 32)


def test_new_layers_start_normal_with_the_paper_s_deviation_and_no_bias():
    network = build(Options.model_validate({**SMALL, "head_channels": 64}), 20)
    score = network.head[-1]
    assert float(score.weight.detach().std()) == pytest.approx((2 / 20) ** 0.5, rel=0.1)
    assert float(network.head[2].weight.detach().std()) == pytest.approx((2 / (9 * 64)) ** 0.5, rel=0.1)
    own = build(Options.model_validate({**SMALL, "head_channels": 64, "score_deviation": 0.01}), 20)
    assert float(own.head[-1].weight.detach().std()) == pytest.approx(0.01, rel=0.1)
    assert not any(layer.bias.detach().any() for layer in network.head if hasattr(layer, "bias"))


def test_the_same_seed_draws_the_same_layers():
    first, same, other = small(seed=1), small(seed=1), small(seed=2)
    for a, b, c in zip(first.head.parameters(), same.head.parameters(), other.head.parameters(), strict=True):
        assert torch.equal(a, b)
        if a.ndim > 1:
            assert not torch.equal(a, c)


@pytest.mark.parametrize("layers", [0, 1, 3])
def test_the_logit_is_the_mean_of_the_signed_scores(layers):
    network, pictures = small(head_layers=layers), torch.rand(2, 3, 64, 96)
    with torch.no_grad():
        maps = network.score_maps(pictures)
        assert maps.shape == (2, 5, 4, 6)
        assert maps.min() < 0
        torch.testing.assert_close(network.logits(pictures), maps.mean(dim=(2, 3)))


class TestI2crc(ClassifierContract):
    def network(self, first_weights):
        options = Options.model_validate({**SMALL, "encoder": "test_resnet"})
        return build(options, self.classes, first_weights=first_weights)
