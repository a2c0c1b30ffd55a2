import pytest
import torch

from seedmask.errors import SeedmaskError
from seedmask.networks.encoders import Encoder


@pytest.mark.parametrize(
    ("name", "stride", "widths"),
    [("tf_efficientnet_lite0", 8, [40, 112]), ("resnet18", 8, [128, 256]), ("vit_tiny_patch16_224", 16, [192, 192])],
)
def test_stages_come_with_their_widths_and_the_last_map_is_the_encoder_s(name, stride, widths):
    encoder = Encoder(name, "none", None, stride).eval()
    images = torch.rand(2, 3, 64, 96)
    with torch.no_grad():
        stages, last = encoder.stage_features(images, (-3, -2))
        torch.testing.assert_close(last, encoder(images))
    assert encoder.stage_channels((-3, -2)) == widths == [stage.shape[1] for stage in stages]


def test_an_encoder_with_too_few_stages_is_refused_by_name():
    encoder = Encoder("resnet18", "none", None, 32)
    with pytest.raises(SeedmaskError, match="resnet18 gives features of 5 stages, 9 are needed"):
        encoder.stage_channels((-9,))


def test_an_encoder_without_stage_features_is_refused(monkeypatch):
    encoder = Encoder("resnet18", "none", None, 32)
    monkeypatch.delattr(type(encoder.model), "forward_intermediates")
    with pytest.raises(SeedmaskError, match="choose an encoder"):
        encoder.stage_channels((-2,))
