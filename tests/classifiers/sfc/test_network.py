from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn.functional import interpolate

from seedmask.classifiers.sfc import network as sfc
from seedmask.classifiers.sfc.network import Features, SfcHead, allowed
from seedmask.classifiers.sfc.options import SfcOptions as Options
from seedmask.errors import SeedmaskError
from seedmask.methods.prototypes import activation_maps
from seedmask.testing.classifiers import ClassifierContract

GOLDEN = Path(__file__).parents[2] / "golden" / "sfc"
CROP = {"augmentation": {"crop": 64, "scale": [1, 1]}}


def head(widths=(6, 8, 10, 12), classes=4, sides=(3, 3, 4, 4), **options):
    return SfcHead(widths, classes, torch.Generator().manual_seed(0), sides=sides, **options)


def build(encoder="resnet18", classes=3, **options):
    return sfc.build(Options(encoder=encoder, weights="none", **CROP, **options), classes)


def test_the_head_in_training_equals_the_reference_with_its_gradients():
    case = {key: torch.as_tensor(value) for key, value in np.load(GOLDEN / "head_train_forward.npz").items()}
    network = head()
    layers = {f"w_side{k}": side for k, side in enumerate(network.sides, start=1)}
    layers |= {"w_classifier": network.classifier, "w_f9": network.compared}
    for name, layer in layers.items():
        layer.weight.data.copy_(case[name])
    stages = [case[f"x{k}"].clone().requires_grad_(k > 2) for k in (1, 2, 3, 4)]
    features = network(case["x"], stages)
    plain = activation_maps(features.scores, case["valid_mask"])
    logits, weights, prototypes = network.cams(features, torch.ones(2, 4), case["valid_mask"])
    score = logits[..., None, None]
    for found, name in ((score, "score"), (plain, "orignal_cam"), (weights, "cam1"), (prototypes, "cam2")):
        torch.testing.assert_close(found, case[name], rtol=0, atol=1e-5)
    pairs = ((weights, "cot_cam1"), (prototypes, "cot_cam2"), (score, "cot_score"))
    sum((found * case[name]).sum() for found, name in pairs).backward()
    torch.testing.assert_close(stages[3].grad, case["grad_x4"], rtol=0, atol=1e-4)
    for name, layer in layers.items():
        torch.testing.assert_close(layer.weight.grad, case[f"grad_{name}"], rtol=0, atol=1e-4)
    assert stages[2].grad is None  # here x3 only feeds a side branch, and that is detached


@pytest.mark.parametrize(
    ("encoder", "last_without", "first_with"),
    [
        ("resnet18", "layer2.1.bn2.bias", "layer3.0.conv1.weight"),
        ("tf_efficientnet_lite0", "blocks.2.1.bn3.bias", "blocks.3.0.conv_pw.weight"),
        ("vit_tiny_patch16_224", "blocks.9.mlp.fc2.bias", "blocks.10.norm1.weight"),
    ],
)
def test_nothing_up_to_the_second_of_four_stages_has_a_gradient_and_what_follows_has(encoder, last_without, first_with):
    network = build(encoder).train()
    maps = network(torch.rand(2, 3, 64, 64), torch.eye(3)[:2], torch.ones(2, 1, 64, 64))
    (maps.logits.sum() + maps.weights.square().sum() + maps.prototypes.sum()).backward()
    parameters = dict(network.named_parameters())
    names = list(parameters)
    first = names.index(f"encoder.model.{first_with}")
    assert all(parameters[name].grad is None for name in names[: names.index(f"encoder.model.{last_without}") + 1])
    assert all(parameters[name].grad is None for name in names[:first])
    assert parameters[names[first]].grad is not None
    assert all(part.weight.grad.any() for part in (network.head.classifier, network.head.compared, *network.head.sides))


def test_prototypes_teach_the_side_branches_alone_and_weights_all_but_them():
    network = build().train()
    images, labels, inside = torch.rand(2, 3, 64, 64), torch.eye(3)[:2], torch.ones(2, 1, 64, 64)
    network(images, labels, inside).prototypes.sum().backward()
    learned = {name for name, p in network.named_parameters() if p.grad is not None and p.grad.any()}
    assert learned == {f"head.sides.{k}.weight" for k in range(4)}
    network.zero_grad()
    network(images, labels, inside).weights.square().sum().backward()
    assert all(side.weight.grad is None for side in network.head.sides)
    assert network.head.compared.weight.grad.any()
    assert network.encoder.model.layer3[0].downsample[0].weight.grad.any()


def test_gradients_may_reach_the_first_layer():
    network = build(stop_gradient_after=0).train()
    network.logits(torch.rand(1, 3, 64, 64)).sum().backward()
    assert network.encoder.model.conv1.weight.grad.any()


def test_batch_statistics_stay_in_training_and_their_factors_learn():
    network = build().train()
    before = {name: value.clone() for name, value in network.state_dict().items() if "running" in name}
    network.logits(torch.rand(2, 3, 64, 64)).sum().backward()
    after = network.state_dict()
    assert all(torch.equal(value, after[name]) for name, value in before.items())
    assert network.encoder.model.layer4[0].bn2.weight.grad.any()


def test_absent_classes_and_padding_are_zero_before_anything_is_spread():
    network = build(affinity={"enabled": False})
    labels = torch.tensor([[0.0, 1.0, 0.0]])
    inside = torch.ones(1, 1, 64, 64)
    inside[..., 32:] = 0
    _, weights, prototypes = network(torch.rand(1, 3, 64, 64), labels, inside)
    assert not weights[:, [1, 3]].any()
    assert not weights[..., 2:].any()
    assert not prototypes[:, [1, 3]].any()
    assert weights[:, 2, :, :2].any()


def test_the_affinity_spreads_maps_by_colour_and_last_features():
    network = build()
    features = network.features(torch.rand(1, 3, 64, 64))
    assert features.coloured.shape == (1, 3 + 512, 4, 4)
    present = torch.ones(1, 3)
    spread = network.head.weight_cams(features, present, None)
    assert network.head.compared.weight.shape[:2] == (512, 515)
    assert build(affinity={"channels": 24}).head.compared.weight.shape[:2] == (24, 515)
    network.head.compared = None
    plain = network.head.weight_cams(features, present, None)
    assert not torch.allclose(spread, plain)
    torch.testing.assert_close(plain, activation_maps(features.scores))


@pytest.mark.parametrize("compete", [True, False])
def test_absent_classes_lower_the_background_unless_they_may_not(compete):
    scores = torch.zeros(1, 2, 1, 2)
    scores[0, 0, 0, 0] = scores[0, 1, 0, 1] = 5  # the second class is absent and strong at the second place
    features = Features(scores, torch.ones(1, 1, 1, 2), torch.ones(1, 1, 1, 2))
    maps = head(classes=2, steps=0, absent_compete=compete).weight_cams(features, torch.tensor([[1.0, 0.0]]), None)
    assert maps[0, 0, 0, 0].item() == pytest.approx(0, abs=1e-4)
    assert maps[0, 0, 0, 1].item() == pytest.approx(0 if compete else 1, abs=1e-4)


def test_what_is_allowed_follows_tags_and_padding_at_the_size_of_the_maps():
    inside = torch.zeros(1, 1, 4, 4)
    inside[..., :2] = 1
    found = allowed(torch.tensor([[1.0, 0.0]]), inside, (2, 2))
    assert found[0].tolist() == [[[1, 0], [1, 0]], [[1, 0], [1, 0]], [[0, 0], [0, 0]]]


def test_logits_are_the_means_of_the_scores():
    network = build()
    images = torch.rand(2, 3, 64, 96)
    with torch.no_grad():
        assert network.score_maps(images).shape == (2, 3, 4, 6)
        torch.testing.assert_close(network.logits(images), network.score_maps(images).mean(dim=(2, 3)))
        maps = network(images, torch.ones(2, 3), torch.ones(2, 1, 64, 96))
        torch.testing.assert_close(maps.logits, network.logits(images))


def test_all_stages_of_unit_length_make_the_hierarchy():
    network = build()
    images = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        hierarchy = network.features(images).hierarchy
        last, stages = network.encoder.model.forward_intermediates(
            network.encoder.normalised(images), indices=[1, 2, 3, 4]
        )
        first = network.head.sides[0](stages[0])
        first = first / (first.norm(dim=1, keepdim=True) + 1e-5)
    expected = interpolate(first, (4, 4), mode="bilinear", align_corners=False)
    torch.testing.assert_close(hierarchy[:, :128], expected)
    torch.testing.assert_close(hierarchy[:, -256:].norm(dim=1), torch.ones(1, 4, 4), rtol=0, atol=1e-3)
    torch.testing.assert_close(last, stages[-1])


def test_an_encoder_with_fewer_stages_is_refused():
    with pytest.raises(SeedmaskError, match="4 are needed"):
        sfc.build(Options(encoder="efficientvit_m0", weights="none", output_stride=64, augmentation={"crop": 128}), 2)


class TestSfc(ClassifierContract):
    logit_is_mean = False  # maps are those of prototypes, too

    def network(self, first_weights):
        options = Options(encoder="test_resnet", weights="none", output_stride=16, **CROP)
        return sfc.build(options, self.classes, first_weights=first_weights)
