import re

import pytest
import torch
from torch.nn.functional import interpolate

from seedmask.architectures.smp.network import SmpSegmenter
from seedmask.errors import SeedmaskError

LITE0 = "tf_efficientnet_lite0"


class SegmenterContract:
    """What every architecture promises; a subclass names one."""

    arch = ""
    encoder = "resnet18"
    stride = 4

    @pytest.fixture
    def network(self):
        torch.manual_seed(0)
        return SmpSegmenter(self.arch, self.encoder, "none", None, 5).eval()

    @pytest.mark.parametrize("size", [(64, 64), (50, 75), (1, 40)])
    def test_logits_have_the_size_of_the_picture_whatever_it_is(self, network, size):
        with torch.no_grad():
            assert network(torch.rand(1, 3, *size)).shape == (1, 5, *size)

    def test_encoder_and_decoder_learn(self, network):
        network(torch.rand(1, 3, 64, 64)).square().sum().backward()
        slow = {id(p) for p in network.pretrained().parameters()}
        learning = [id(p) for p in network.parameters() if p.grad is not None and p.grad.any()]
        assert any(p in slow for p in learning)
        assert any(p not in slow for p in learning)

    @pytest.mark.parametrize("size", [(64, 64), (50, 75)])
    def test_features_are_those_that_the_logits_are_made_from(self, network, size):
        with torch.no_grad():
            features, logits = network.decoded(torch.rand(2, 3, *size, generator=torch.Generator().manual_seed(0)))
            again = network(torch.rand(2, 3, *size, generator=torch.Generator().manual_seed(0)))
            coarse = network.network.segmentation_head(features)
            expected = interpolate(coarse, logits.shape[-2:], mode="bilinear", align_corners=True)
            assert torch.equal(logits, expected)
        assert logits.shape == (2, 5, 64, 64 if size[1] == 64 else 96)
        torch.testing.assert_close(logits[..., : size[0], : size[1]], again)

    def test_coarse_logits_become_the_logits_of_every_pixel(self, network):
        images = torch.rand(1, 3, 50, 75, generator=torch.Generator().manual_seed(0))
        with torch.no_grad():
            coarse = network.coarse_logits(images)
            assert torch.equal(coarse.enlarged()[..., :50, :75], network(images))
        assert tuple(coarse.size) == (64, 96)
        assert coarse.maps.shape[-1] == 96 // self.stride

    def test_looking_at_features_leaves_no_trace(self, network):
        network.decoded(torch.rand(1, 3, 64, 64))
        assert not network.network.segmentation_head._forward_pre_hooks


class TestDeepLabV3Plus(SegmenterContract):
    arch, encoder = "DeepLabV3Plus", LITE0


class TestFPN(SegmenterContract):
    arch = "FPN"


class TestUnet(SegmenterContract):
    arch, stride = "Unet", 1


@pytest.mark.parametrize(
    ("arch", "encoder"), [("DPT", "vit_tiny_patch16_224"), ("FPN", "swin_tiny_patch4_window7_224")]
)
def test_transformers_made_for_one_size_take_pictures_of_any(arch, encoder):
    network = SmpSegmenter(arch, encoder, "none", None, 5).eval()
    with torch.no_grad():
        assert network(torch.rand(1, 3, 50, 75)).shape == (1, 5, 50, 75)


def test_the_packaged_weights_fill_the_encoder():
    torch.manual_seed(0)
    fresh = dict(SmpSegmenter("FPN", LITE0, "none", None, 3).pretrained().named_parameters())
    filled = SmpSegmenter("FPN", LITE0, "packaged", None, 3).pretrained()
    assert not [name for name, value in filled.named_parameters() if torch.equal(value, fresh[name])]


@pytest.mark.parametrize(
    ("arch", "encoder", "message"),
    [
        ("DeepLabV9", "resnet18", "there is no architecture 'DeepLabV9'; write \"DeepLabV3\""),
        ("FPN", "resnet19", "encoder 'resnet19' is not a timm model; write one of its names, near ones are \"resnet1"),
        ("DPT", "resnet18", "segmenter DPT over resnet18 cannot be built: "),
        ("FPN", "vit_tiny_patch16_224", "segmenter FPN over vit_tiny_patch16_224 cannot be built: "),
        ("FPN", "maxvit_tiny_tf_224", "does not take pictures of any size (height (16) must be divisible by window"),
    ],
)
def test_what_is_unknown_or_does_not_fit_is_refused_by_name(arch, encoder, message):
    with torch.device("meta"), pytest.raises(SeedmaskError, match=re.escape(message)):
        SmpSegmenter(arch, encoder, "none", None, 5)


def test_arguments_reach_the_architecture_and_wrong_ones_are_told():
    network = SmpSegmenter("DeepLabV3Plus", "resnet18", "none", None, 3, arguments={"encoder_output_stride": 8})
    with torch.no_grad():
        assert network.eval().network.encoder(torch.rand(1, 3, 64, 64))[-1].shape[-1] == 8
    with pytest.raises(SeedmaskError, match="segmenter DeepLabV3Plus over resnet18 cannot be built"):
        SmpSegmenter("DeepLabV3Plus", "resnet18", "none", None, 3, arguments={"stride": 8})
