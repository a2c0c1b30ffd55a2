import pytest
import torch
from pydantic import ValidationError
from torch.nn.functional import interpolate

from seedmask.architectures.deeplab_v2.network import DeepLabV2, SummedConvolutions, build, multi_scale_loss
from seedmask.architectures.deeplab_v2.options import DeepLabV2Options as Options
from seedmask.errors import SeedmaskError
from seedmask.methods.cross_entropy import cross_entropy
from seedmask.networks.encoders import Encoder
from seedmask.segmenters.trained.options import SegmenterOptions

import timm  # isort: skip  after seedmask.networks, which makes torchvision importable


@pytest.fixture
def network():
    torch.manual_seed(0)
    return DeepLabV2(Encoder("resnet18", "none", None, 8), 5).eval()


def segmenter(**options):
    return SegmenterOptions.model_validate({"from": "masks/a", "encoder": "resnet18", "weights": "none", **options})


@pytest.mark.parametrize("size", [(64, 64), (50, 75), (1, 40)])
def test_logits_have_the_size_of_the_picture_whatever_it_is(network, size):
    with torch.no_grad():
        assert network(torch.rand(1, 3, *size)).shape == (1, 5, *size)


def test_in_evaluation_the_maximum_is_resized_to_the_picture(network):
    images = torch.rand(1, 3, 50, 75)
    plain = network.multi_scale.network
    with torch.no_grad():
        logits = [plain(images)]
        for scale in (0.5, 0.75):
            small = interpolate(images, scale_factor=scale, mode="bilinear", align_corners=False)
            logits.append(interpolate(plain(small), logits[0].shape[-2:], mode="bilinear", align_corners=False))
        highest = torch.stack(logits).amax(dim=0)
        expected = interpolate(highest, (50, 75), mode="bilinear", align_corners=False)
        torch.testing.assert_close(network(images), expected)


def test_in_training_four_logits_come_at_an_eighth_of_each_size(network):
    logits = network.train()(torch.rand(2, 3, 64, 96))
    assert [tuple(each.shape) for each in logits] == [(2, 5, 8, 12), (2, 5, 4, 6), (2, 5, 6, 9), (2, 5, 8, 12)]


def test_encoder_and_head_learn_from_a_batch_of_one(network):
    logits = network.train()(torch.rand(1, 3, 64, 64))
    labels = torch.randint(5, (1, 64, 64), generator=torch.Generator().manual_seed(0))
    network.training_loss(logits, labels, cross_entropy).backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in network.parameters())
    assert all(p.grad.any() for p in network.multi_scale.network.aspp.parameters())
    assert network.pretrained().model.conv1.weight.grad.any()


@pytest.mark.parametrize("number", range(4))
def test_each_of_the_four_logits_alone_reaches_the_encoder(network, number):
    network.train()(torch.rand(2, 3, 64, 64))[number].square().sum().backward()
    assert network.pretrained().model.conv1.weight.grad.any()


def test_batch_statistics_are_updated_by_every_size_of_the_picture(network):
    network.train()(torch.rand(2, 3, 64, 64))
    assert network.pretrained().model.bn1.num_batches_tracked == 3


def test_the_training_loss_is_the_sum_over_the_list_with_the_loss_it_is_given(network):
    logits = network.train()(torch.rand(2, 3, 64, 64))
    labels = torch.randint(5, (2, 64, 64), generator=torch.Generator().manual_seed(0))
    found = network.training_loss(logits, labels, cross_entropy)
    torch.testing.assert_close(found, multi_scale_loss(logits, labels))
    doubled = network.training_loss(logits, labels, lambda x, y: 2 * cross_entropy(x, y))
    torch.testing.assert_close(doubled, 2 * found)


def test_the_encoder_alone_learns_slowly(network):
    slow = {id(p) for p in network.pretrained().parameters()}
    names = {name for name, p in network.named_parameters() if id(p) not in slow}
    assert names == {f"multi_scale.network.aspp.branches.{n}.{kind}" for n in range(4) for kind in ("weight", "bias")}


def test_the_head_sums_dilated_convolutions_as_written_out():
    torch.manual_seed(0)
    head = SummedConvolutions(2, 3, (1, 4))
    for branch in head.branches:
        torch.nn.init.normal_(branch.bias)
    features = torch.rand(1, 2, 7, 9)
    expected = torch.zeros(1, 3, 7, 9)
    for rate, branch in zip((1, 4), head.branches, strict=True):
        expected += branch.bias.view(1, 3, 1, 1)
        for i in range(3):
            for j in range(3):
                for y in range(7):
                    for x in range(9):
                        row, column = y + (i - 1) * rate, x + (j - 1) * rate
                        if 0 <= row < 7 and 0 <= column < 9:
                            expected[0, :, y, x] += branch.weight[:, :, i, j] @ features[0, :, row, column]
    torch.testing.assert_close(head(features), expected)


def test_the_head_starts_with_small_weights_and_no_bias():
    torch.manual_seed(0)
    head = SummedConvolutions(256, 21, (6, 12, 18, 24))
    weights = torch.cat([branch.weight.flatten() for branch in head.branches])
    assert weights.std().item() == pytest.approx(0.01, rel=0.02)
    assert abs(weights.mean().item()) < 1e-4
    assert not any(branch.bias.any() for branch in head.branches)


def test_published_rates_and_scales_are_the_default():
    network = build(Options(), segmenter(), 21)
    branches = network.multi_scale.network.aspp.branches
    assert [branch.dilation for branch in branches] == [(6, 6), (12, 12), (18, 18), (24, 24)]
    assert {branch.out_channels for branch in branches} == {21}
    assert network.multi_scale.scales == (0.5, 0.75)


@pytest.mark.parametrize("arch", ["deeplab_v2", {"name": "deeplab_v2"}])
def test_a_configuration_names_it_with_or_without_keys(arch):
    options = segmenter(arch=arch)
    assert options.arch == Options()
    assert options.network() == "seedmask.architectures.deeplab_v2.network"


def test_every_option_reaches_the_network():
    options = segmenter(arch={"name": "deeplab_v2", "rates": [2, 3], "output_stride": 16, "scales": [0.25]})
    logits = build(options.arch, options, 4).train()(torch.rand(2, 3, 64, 128))
    assert [tuple(each.shape) for each in logits] == [(2, 4, 4, 8), (2, 4, 1, 2), (2, 4, 4, 8)]
    network = build(options.arch, options, 4)
    assert [branch.dilation for branch in network.multi_scale.network.aspp.branches] == [(2, 2), (3, 3)]


def test_an_empty_list_of_scales_leaves_the_picture_s_own():
    options = segmenter(arch={"name": "deeplab_v2", "scales": []})
    network = build(options.arch, options, 4)
    assert len(network.train()(torch.rand(2, 3, 64, 64))) == 1
    with torch.no_grad():
        assert network.eval()(torch.rand(1, 3, 33, 40)).shape == (1, 4, 33, 40)


def test_one_seed_gives_one_network_and_its_weights_load_into_a_bare_one():
    options = segmenter(encoder="tf_efficientnet_lite0", weights="packaged", arch="deeplab_v2")
    torch.manual_seed(1)
    first = build(options.arch, options, 3)
    torch.manual_seed(1)
    second = build(options.arch, options, 3)
    bare = build(options.arch, options, 3, first_weights=False)
    name = "multi_scale.network.encoder.model.conv_stem.weight"
    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), second.parameters(), strict=True))
    assert not torch.equal(bare.state_dict()[name], first.state_dict()[name])
    bare.load_state_dict(first.state_dict())
    images = torch.rand(1, 3, 40, 56)
    with torch.no_grad():
        assert torch.equal(bare.eval()(images), first.eval()(images))


def test_an_encoder_that_cannot_have_the_stride_is_refused_and_the_right_one_named():
    options = segmenter(encoder="vit_tiny_patch16_224", arch="deeplab_v2")
    with pytest.raises(SeedmaskError, match="output_stride: 16"):
        build(options.arch, options, 3)


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"rates": []}, "rates"),
        ({"rates": [6, 0]}, "rates"),
        ({"output_stride": 0}, "output_stride"),
        ({"scales": [0.5, 0]}, "scales"),
        ({"scales": [1.5]}, "scales"),
        ({"scale": [0.5]}, "scale"),
    ],
)
def test_options_without_sense_are_refused_by_name(options, field):
    with pytest.raises(ValidationError, match=rf"(?m)^{field}\b"):
        Options(**options)


def test_timm_starts_a_dilated_stage_with_the_dilation_before_it():
    model = timm.create_model("resnet50", num_classes=0, output_stride=8)
    dilations = [[block.conv2.dilation[0] for block in stage] for stage in (model.layer2, model.layer3, model.layer4)]
    assert dilations == [[1, 1, 1, 1], [1, 2, 2, 2, 2, 2], [2, 4, 4]]
    assert {block.conv2.stride for stage in (model.layer3, model.layer4) for block in stage} == {(1, 1)}
