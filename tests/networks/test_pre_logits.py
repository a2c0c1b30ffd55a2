import pytest
import torch
from head_kit import random_model, saved

from seedmask.networks.encoders import Encoder, feature_layout
from seedmask.networks.imagenet_head import PreLogits

KINDS = {
    "test_resnet": (32, True),
    "test_efficientnet": (32, True),
    "test_vit": (16, True),  # reads its class token
    "test_convnext": (32, False),  # a norm
    "test_vit2": (16, False),  # reads the mean of its tokens, and a norm
    "test_vit3": (16, False),  # attention
    "test_mambaout": (32, False),  # channels last, and two further layers
    "mobilenetv3_small_050": (32, False),  # a convolution of the pooled features
}
"""Stride, and whether the linear layer reads the features as they are."""


@pytest.mark.parametrize("name", KINDS)
def test_at_a_place_the_layers_do_what_the_model_does_with_a_picture_of_that_place_alone(name, tmp_path):
    stride, plain = KINDS[name]
    model = random_model(name, rows=7)
    encoder = Encoder(name, str(saved(model, tmp_path / "whole.safetensors")), None, stride).eval()
    read = PreLogits(encoder)
    assert read.is_identity == plain
    with torch.no_grad():
        features = encoder(torch.rand(2, 3, 2 * stride, 3 * stride))
        found = read(features)
        assert found.shape == (2, read.channels, 2, 3)
        head = model.get_classifier()
        logits = torch.einsum("ndhw,rd->nrhw", found, head.weight) + head.bias[:, None, None]
        for row, column in ((0, 0), (1, 2)):
            place = features[:, :, row, column]
            torch.testing.assert_close(logits[:, :, row, column], model.forward_head(filled(encoder, place)))


def filled(encoder, place):
    """Last features of a picture all of whose places are alike, as the model lays them out."""
    model = encoder.model
    with torch.no_grad():
        like = model.forward_features(torch.zeros(1, 3, 4 * encoder.output_stride, 4 * encoder.output_stride))
    if feature_layout(model, like) == "channels_first":
        return place[:, :, None, None].expand(-1, -1, 3, 3)
    if feature_layout(model, like) == "channels_last":
        return place[:, None, None].expand(-1, 3, 3, -1)
    return place[:, None].expand(-1, like.shape[1], -1)


def test_the_encoder_s_mode_is_left_as_it_was_and_its_layers_are_nobody_else_s():
    encoder = Encoder("test_convnext", "none", None, 32).train()
    before = list(encoder.state_dict())
    PreLogits(encoder)
    assert encoder.training
    assert list(encoder.state_dict()) == before
