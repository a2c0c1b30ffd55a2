import pytest
import torch
from torch.nn.functional import interpolate

from seedmask.classifiers.seam.network import SeamClassifier
from seedmask.classifiers.seam.network import build as network_of
from seedmask.classifiers.seam.options import SeamOptions as Options
from seedmask.methods.seam import pixel_correlation, seam_loss, smaller_view
from seedmask.networks.encoders import Encoder
from seedmask.testing.classifiers import ClassifierContract
from seedmask.training.optimisers import freeze_batch_norm

LITE0 = "tf_efficientnet_lite0"


def build(name=LITE0, stride=16, classes=3, seed=0):
    torch.manual_seed(0)
    return SeamClassifier(Encoder(name, "none", None, stride), classes, torch.Generator().manual_seed(seed)).eval()


@pytest.mark.parametrize(("name", "stride"), [(LITE0, 8), ("resnet18", 8), ("vit_tiny_patch16_224", 16)])
def test_maps_of_any_encoder_have_a_background_and_the_size_of_the_picture(name, stride):
    with torch.no_grad():
        scores, refined = build(name, stride)(torch.rand(2, 3, 64, 96))
    assert scores.shape == refined.shape == (2, 4, 64, 96)
    assert refined.min() >= 0
    assert refined.max() <= 1


def test_score_maps_are_the_refined_maps_of_the_classes():
    network = build()
    images = torch.rand(1, 3, 48, 64)
    with torch.no_grad():
        assert torch.equal(network.score_maps(images), network(images).refined[:, 1:])


def test_the_refined_map_is_the_correlation_of_normalised_features():
    network = build("resnet18", 8)
    images = torch.rand(1, 3, 64, 64)
    encoder = network.encoder
    with torch.no_grad():
        normalised = encoder.normalised(images)
        last, (first, second) = encoder.model.forward_intermediates(normalised, indices=[2, 3])
        colour = interpolate(normalised, (8, 8), mode="bilinear", align_corners=True)
        parts = [colour, network.reductions[0](first).relu(), network.reductions[1](second).relu()]
        f = network.correlated(torch.cat(parts, dim=1))
        f = f / (f.norm(dim=1, keepdim=True) + 1e-5)
        refined = pixel_correlation(network.classifier(last), f)
        expected = interpolate(refined, (64, 64), mode="bilinear", align_corners=True)
        torch.testing.assert_close(network(images).refined, expected)


def test_a_picture_one_pixel_high_has_maps():
    with torch.no_grad():
        assert build().score_maps(torch.rand(1, 3, 1, 40)).shape == (1, 3, 1, 40)


def test_the_loss_reaches_every_new_layer_and_the_encoder():
    network = build().train()
    freeze_batch_norm(network)
    images = torch.rand(2, 3, 96, 96)
    seam_loss(*network(images), *network(smaller_view(images)), torch.eye(3)[:2]).total.backward()
    assert network.classifier.weight.grad.any()
    assert network.correlated.weight.grad.any()
    assert all(layer.weight.grad.any() for layer in network.reductions)
    assert network.encoder.model.conv_stem.weight.grad.any()


def test_the_correlation_gives_the_encoder_and_the_scores_no_gradient():
    network = build()
    network(torch.rand(1, 3, 64, 64)).refined.square().sum().backward()
    assert network.classifier.weight.grad is None
    assert all(p.grad is None for p in network.encoder.parameters())


def test_frozen_batch_norms_have_no_gradient_and_keep_their_statistics_in_eval_mode():
    network = build().train()
    for part in freeze_batch_norm(network):
        part.eval()
    before = {name: value.clone() for name, value in network.state_dict().items() if "running" in name}
    network(torch.rand(1, 3, 64, 64)).scores.sum().backward()
    after = network.state_dict()
    assert before
    assert all(torch.equal(value, after[name]) for name, value in before.items())
    assert network.encoder.model.bn1.weight.grad is None
    assert network.encoder.model.conv_stem.weight.grad is not None


def test_first_weights_of_the_new_layers_come_from_the_generator():
    one, same, other = build(), build(), build(seed=1)
    assert torch.equal(one.correlated.weight, same.correlated.weight)
    assert not torch.equal(one.correlated.weight, other.correlated.weight)
    assert not torch.equal(one.classifier.weight, other.classifier.weight)


def test_training_leaves_out_half_of_the_feature_channels():
    network = build().train()
    seen = []
    network.classifier.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    network(torch.rand(2, 3, 64, 64))
    dropped = (seen[0] == 0).all(dim=(2, 3)).float().mean()
    assert 0.4 < dropped < 0.6


class TestSeam(ClassifierContract):
    logit_is_mean = False  # maps are refined, logits are not

    def network(self, first_weights):
        options = Options(encoder="test_resnet", weights="none", output_stride=16)
        return network_of(options, self.classes, first_weights=first_weights)
