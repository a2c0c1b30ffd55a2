import pytest
import torch
from torch import nn

from seedmask.errors import SeedmaskError
from seedmask.networks import build_encoder
from seedmask.networks.encoders import Encoder

OPTIONS = ("timm", "later_blocks", "all_blocks", "none")


def dilations(model, stage):
    """Dilation of the 3 x 3 convolution of each block."""
    return [block.conv2.dilation[0] for block in getattr(model, f"layer{stage}")]


@pytest.mark.parametrize(
    ("dilation", "third", "fourth"),
    [
        ("timm", [1, 2, 2, 2, 2, 2], [2, 4, 4]),
        ("later_blocks", [1, 2, 2, 2, 2, 2], [1, 4, 4]),
        ("all_blocks", [2] * 6, [4] * 3),
        ("none", [1] * 6, [1] * 3),
    ],
)
def test_the_dilation_of_every_block_at_stride_8(dilation, third, fourth):
    model = build_encoder("resnet50", output_stride=8, dilation=dilation).model
    assert (dilations(model, 2), dilations(model, 3), dilations(model, 4)) == ([1] * 4, third, fourth)
    assert all(block.conv2.padding == block.conv2.dilation for block in model.layer4)


def test_factors_of_the_last_stage():
    model = build_encoder("resnet50s", output_stride=8, multi_grid=(1, 2, 4)).model
    assert (dilations(model, 3), dilations(model, 4)) == ([1, 2, 2, 2, 2, 2], [4, 8, 16])


@pytest.mark.parametrize("dilation", OPTIONS)
@pytest.mark.parametrize(("name", "stride"), [("resnet50", 16), ("res2net50d", 8), ("resnet18", 8)])
def test_sizes_stay_those_of_the_stride(name, stride, dilation):
    features = build_encoder(name, output_stride=stride, dilation=dilation).eval()(torch.zeros(1, 3, 65, 97))
    assert features[-1].shape[-2:] == (-(-65 // stride), -(-97 // stride))


def test_no_pool_is_left_in_the_shortcut_of_a_stage_without_stride():
    model = build_encoder("res2net50d", output_stride=8, dilation="all_blocks").model
    assert isinstance(model.layer2[0].downsample[0], nn.AvgPool2d)
    assert isinstance(model.layer3[0].downsample[0], nn.Identity)
    assert {layer.dilation[0] for layer in model.layer3[0].convs} == {2}


@pytest.mark.parametrize(
    ("name", "stride", "options", "message"),
    [
        ("convnext_atto", 32, {"dilation": "none"}, "has no stages of blocks, `dilation: none` cannot be set"),
        ("resnet18", 32, {"dilation": "all_blocks"}, "keeps all its strides, `dilation: all_blocks` changes nothing"),
        ("resnet50", 8, {"multi_grid": (1, 2)}, "has 3 blocks in its last stage, multi_grid names 2"),
        ("wideresnet38", 8, {"multi_grid": (1, 2)}, "has no stages of blocks"),
        ("wideresnet38", 16, {}, "has output stride 8, not 16"),
        ("scalenet101", 8, {"b7_dilation": 2}, r"cannot be built with output stride 8 and \{'b7_dilation': 2\}"),
    ],
)
def test_what_an_encoder_cannot_have_is_said(name, stride, options, message):
    with pytest.raises(SeedmaskError, match=message):
        Encoder(name, "none", None, stride, **options)


def test_features_of_all_stages_with_their_channels():
    for name, channels in (("wideresnet38", [256, 512, 1024, 4096]), ("scalenet101", [64, 256, 512, 1024, 2048])):
        encoder = build_encoder(name, output_stride=8).eval()
        with torch.no_grad():
            features = encoder(torch.zeros(1, 3, 40, 48))
        assert [part.shape[1] for part in features] == channels == encoder.channels
