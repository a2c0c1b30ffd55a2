import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from seedmask.errors import SeedmaskError
from seedmask.networks.checkpoints import load_encoder, load_published, read_checkpoint

NAMES = (("features.", "encoder."), ("score.", "head."), ("again.", None))


class Network(nn.Module):
    """An encoder of two layers and a head."""

    def __init__(self, classes: int = 3):
        super().__init__()
        self.encoder = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))
        self.head = nn.Conv2d(4, classes, 1)


@pytest.fixture
def state():
    """Tensors with the authors' names."""
    network = Network()
    for part in network.state_dict().values():
        part.copy_(torch.arange(part.numel()).view(part.shape) + 1)
    named = {key.replace("encoder.", "features.").replace("head.", "score."): part
             for key, part in network.state_dict().items()}  # fmt: skip
    return {**named, "again.0.weight": named["features.0.weight"]}


@pytest.mark.parametrize(
    "wrapped",
    [
        lambda state: state,
        lambda state: {"net": state},
        lambda state: {"model": {"main": state}},
        lambda state: {"meta": {"epoch": 3}, "state_dict": state, "optimizer": {"lr": 0.1}},
        lambda state: {"epoch": 29, "state_dict": {f"module.{key}": part for key, part in state.items()}},
    ],
    ids=["bare", "net", "model.main", "mmcv", "parallel"],
)
def test_what_training_scripts_put_around_tensors_is_taken_off(tmp_path, state, wrapped):
    torch.save(wrapped(state), tmp_path / "w.pth")
    network = Network()
    load_published(network, read_checkpoint(tmp_path / "w.pth"), "w.pth", NAMES)
    assert torch.equal(network.encoder[0].weight, state["features.0.weight"])
    assert torch.equal(network.head.bias, state["score.bias"])


def test_our_own_names_are_taken_too(tmp_path):
    save_file(Network().state_dict(), tmp_path / "w.safetensors")
    load_published(Network(), read_checkpoint(tmp_path / "w.safetensors"), "w.safetensors", NAMES)


def test_half_precision_becomes_single_and_is_said(tmp_path, state, caplog):
    caplog.set_level("INFO")
    torch.save({key: part.half() if part.is_floating_point() else part for key, part in state.items()}, tmp_path / "w")
    read = read_checkpoint(tmp_path / "w")
    assert {part.dtype for part in read.values()} == {torch.float32, torch.int64}
    assert "half precision" in caplog.text


def test_a_missing_counter_is_no_fault_and_everything_else_is(state):
    del state["features.1.num_batches_tracked"]
    load_published(Network(), state, "w.pth", NAMES)
    del state["features.1.bias"], state["score.weight"]
    state["extra.weight"] = torch.zeros(1)
    with pytest.raises(SeedmaskError, match=r"w.pth: lacks 2 tensors \(features.1.bias, score.weight\) of .*"
                       r"and has 1 tensor \(extra.weight\) that the network has not; name the network"):  # fmt: skip
        load_published(Network(), state, "w.pth", NAMES)


def test_ten_names_are_given_and_the_rest_counted():
    state = {f"layer{number:02}": torch.zeros(1) for number in range(14)}
    with pytest.raises(SeedmaskError, match=r"14 tensors \(layer00, .* layer09 and 4 more\)"):
        load_published(Network(), state, "w.pth", NAMES)


def test_another_number_of_classes_is_named(state):
    with pytest.raises(SeedmaskError, match=r"last layers have 3 channels, the network's 21: .* number of classes"):
        load_published(Network(classes=21), state, "w.pth", NAMES)


def test_an_encoder_is_found_in_a_network_around_it(state, caplog):
    caplog.set_level("INFO")
    encoder = Network().encoder
    load_encoder(encoder, state, "tiny", "w.pth")
    assert torch.equal(encoder[1].bias, state["features.1.bias"])
    assert "3 tensors (score.weight, score.bias, again.0.weight) of other parts" in caplog.text


def test_a_deeper_encoder_is_not_taken_for_a_shallower_one():
    state = {f"backbone.{key}": part for key, part in nn.Sequential(nn.Conv2d(3, 4, 3)).state_dict().items()}
    state["backbone.0.more.weight"] = torch.zeros(1)
    with pytest.raises(SeedmaskError, match=r"has 1 tensor \(backbone.0.more.weight\).* is it of tiny\?"):
        load_encoder(nn.Sequential(nn.Conv2d(3, 4, 3)), state, "tiny", "w.pth")


def test_a_missing_file_is_named():
    with pytest.raises(SeedmaskError, match=r"'gone\.pth': no such file"):
        read_checkpoint(Path("gone.pth"))


KEYS = Path(__file__).parents[1] / "golden" / "networks"


@pytest.mark.parametrize(
    ("spec", "options"),
    [
        ("keys_agmm_cityscapes_r50", {"name": "resnet50s", "output_stride": 8, "multi_grid": (1, 2, 4)}),
        ("keys_sfc_resnet50", {"name": "resnet50", "output_stride": 16, "dilation": "none"}),
        ("keys_i2crc_vgg16", {"name": "vgg16", "output_stride": 8}),
    ],
)
def test_a_released_network_gives_its_encoder_s_first_weights(spec, options, tmp_path):
    from seedmask.networks import build_encoder

    keys = json.loads((KEYS / f"{spec}.json").read_text())
    state = {key: torch.ones(shape) for key, shape in {**keys["keys"]}.items()}
    torch.save({"state_dict": state}, tmp_path / "w.pth")
    model = build_encoder(weights=str(tmp_path / "w.pth"), **options).model
    assert all(bool((part == 1).all()) for part in model.parameters())
