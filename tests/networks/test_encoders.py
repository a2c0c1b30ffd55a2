import hashlib

import pytest
import torch
from safetensors.torch import save_file

from seedmask.errors import SeedmaskError
from seedmask.networks.checkpoints import read_checkpoint
from seedmask.networks.encoders import Encoder
from seedmask.networks.weights import _renamed_lite0, load_first_weights, weight_file, weights_identity

import timm  # isort: skip  after seedmask.networks, which makes torchvision importable

LITE0 = "tf_efficientnet_lite0"


def contiguous(encoder):
    """Tensors as safetensors takes them."""
    return {name: tensor.contiguous() for name, tensor in encoder.model.state_dict().items()}


@pytest.mark.parametrize(
    ("name", "stride"), [(LITE0, 16), (LITE0, 32), ("resnet18", 8), ("vit_tiny_patch16_224", 16), ("convnext_atto", 16)]
)
def test_any_timm_model_gives_a_feature_map_at_the_chosen_stride(name, stride):
    encoder = Encoder(name, "none", None, stride).eval()
    with torch.no_grad():
        features = encoder(torch.rand(1, 3, 64, 96))
    assert features.shape == (1, encoder.channels, 64 // stride, 96 // stride)


def test_another_stride_than_the_model_can_have_is_refused_and_the_right_one_named():
    with pytest.raises(SeedmaskError, match="output_stride: 16"):
        Encoder("vit_tiny_patch16_224", "none", None, 8)


def test_an_unknown_model_is_refused_with_names_like_it():
    with pytest.raises(SeedmaskError, match=r"resnet19.*resnet"):
        Encoder("resnet19", "none", None, 32)


def test_the_packaged_weights_fill_every_layer_of_the_encoder():
    empty, filled = Encoder(LITE0, "none", None, 32), Encoder(LITE0, "packaged", None, 32)
    fresh = dict(empty.named_parameters())
    same = [name for name, value in filled.named_parameters() if torch.equal(value, fresh[name])]
    assert not same


def test_all_packaged_tensors_are_those_of_timm_s_model():
    model = timm.create_model(LITE0)
    state = _renamed_lite0(read_checkpoint(weight_file(LITE0, "packaged")), model)
    assert model.load_state_dict(state, strict=True).missing_keys == []
    assert len(state) == 296


def test_weights_with_a_wrong_hash_are_refused_with_both_hashes(tmp_path):
    path = tmp_path / "weights.safetensors"
    save_file(contiguous(Encoder("resnet18", "none", None, 32)), path)
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    assert weights_identity("resnet18", str(path), found) == found
    with pytest.raises(SeedmaskError, match=f"{found}, expected {'0' * 64}"):
        Encoder("resnet18", str(path), "0" * 64, 32)


def test_weights_from_a_file_are_loaded(tmp_path):
    path = tmp_path / "weights.safetensors"
    source = Encoder("resnet18", "none", None, 32)
    save_file(contiguous(source), path)
    loaded = Encoder("resnet18", str(path), None, 32)
    assert all(torch.equal(a, b) for a, b in zip(source.parameters(), loaded.parameters(), strict=True))


def test_weights_of_another_model_are_refused_with_the_first_missing_tensor(tmp_path):
    path = tmp_path / "weights.safetensors"
    save_file({"conv1.weight": torch.zeros(64, 3, 7, 7)}, path)
    with pytest.raises(
        SeedmaskError, match=r"lacks \d+ tensors \(bn1.weight, .* and \d+ more\) .* is it of resnet18\?"
    ):
        load_first_weights(Encoder("resnet18", "none", None, 32).model, "resnet18", str(path), None)


def test_a_file_that_is_no_weight_file_is_refused(tmp_path):
    path = tmp_path / "weights.pth"
    path.write_bytes(b"not weights")
    with pytest.raises(SeedmaskError, match="is not a weight file"):
        Encoder("resnet18", str(path), None, 32)


@pytest.mark.parametrize(
    ("name", "weights", "message"),
    [(LITE0, "missing.pth", "no such file"), ("resnet18", "packaged", "has no packaged weights")],
)
def test_weights_that_are_not_there_are_refused(name, weights, message):
    with pytest.raises(SeedmaskError, match=message):
        weight_file(name, weights)


def test_a_hub_that_cannot_be_reached_is_an_error_that_offers_a_file(monkeypatch):
    def offline(*_, **__):
        raise OSError("Network is unreachable")

    monkeypatch.setattr("timm.create_model", offline)
    with pytest.raises(SeedmaskError, match=r"cannot be fetched .*unreachable.* name a file"):
        Encoder("resnet18", "hub", None, 32)
