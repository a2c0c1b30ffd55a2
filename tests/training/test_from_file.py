"""The shipped configuration of released networks names what their files were saved from."""

import json
from collections.abc import Collection
from pathlib import Path

import pytest
import torch

from seedmask.config.graph import load_file
from seedmask.errors import SeedmaskError
from seedmask.training.from_file import network_of_file

ROOT = Path(__file__).parents[2]
RELEASED = {
    "classifiers/seam": "seam_wideresnet38",
    "classifiers/sfc": "sfc_resnet50",
    "classifiers/i2crc": "i2crc_vgg16",
    "classifiers/irn": "sfc_irn",
    "segmenters/i2crc": "i2crc_r101_msc",
    "segmenters/agmm": "agmm_voc_r101",
    "segmenters/pmm": "pmm_segmenter_res2net101",
}
WRAPPED = {
    "classifiers/sfc": lambda state: {"net": state},
    "classifiers/i2crc": lambda state: {"epoch": 29, "state_dict": {f"module.{key}": state[key] for key in state}},
    "classifiers/irn": lambda state: {**state, "disp_target": torch.ones(1, 2, 3, 1), "path_indices0": torch.ones(2)},
    "segmenters/pmm": lambda state: {"meta": {"epoch": 1}, "state_dict": state, "optimizer": {"state": {}}},
}
CLASSES = 20


def released(name: str) -> dict[str, torch.Tensor]:
    """Tensors with the names and shapes of a published network, second names included."""
    spec = json.loads((ROOT / "tests/golden/networks" / f"keys_{RELEASED[name]}.json").read_text())
    state = {key: torch.full(shape, 0.5, dtype=torch.float16) for key, shape in spec["keys"].items()}
    return state | {alias: state[key] for alias, key in spec.get("aliases", {}).items()}


@pytest.mark.parametrize("name", RELEASED)
def test_released_networks_are_read_by_the_shipped_configuration(name, tmp_path):
    options = load_file(ROOT / "recipes" / "own-networks.yaml").variant(name)
    file = tmp_path / "released.pth"
    torch.save(WRAPPED.get(name, dict)(released(name)), file)
    network = network_of_file(options.model_copy(update={"weights": str(file)}), CLASSES)
    numbers = {key: part for key, part in network.state_dict().items() if part.is_floating_point()}
    assert all((part == 0.5).all() for part in numbers.values())
    assert all(part.dtype == torch.float32 for part in numbers.values())


def test_every_file_of_the_shipped_configuration_is_tried():
    variants = dict(load_file(ROOT / "recipes" / "own-networks.yaml").variants())
    assert {name for name, options in variants.items() if options.network()} == set(RELEASED)


def test_another_set_s_number_of_classes_is_named_beside_the_file_s(tmp_path):
    options = load_file(ROOT / "recipes" / "own-networks.yaml").variant("segmenters/agmm")
    file = tmp_path / "released.pth"
    torch.save(released("segmenters/agmm"), file)
    with pytest.raises(SeedmaskError, match=r"released\.pth: its last layers have 21 channels, the network's 81"):
        network_of_file(options.model_copy(update={"weights": str(file)}), 80)
    own = options.model_copy(update={"weights": str(file)})
    with pytest.raises(SeedmaskError, match="its last layers have 21 channels, the network's 20"):
        network_of_file(own, CLASSES, background=False)
    network_of_file(own, CLASSES + 1, background=False)


def classes_numbered(name: str, keys: Collection[str], count: int) -> dict[str, torch.Tensor]:
    """Tensors of a published network with more labels, whose last layers hold the number of their label."""
    state = released(name)
    rows = torch.arange(count, dtype=torch.float16)
    more = {key: rows.view(-1, *[1] * (state[key].ndim - 1)).expand(-1, *state[key].shape[1:]) for key in keys}
    return {**state, **{key: part.clone() for key, part in more.items()}}


@pytest.mark.parametrize(
    ("name", "keys", "ours"),
    [
        ("segmenters/agmm", ("classifier.weight", "classifier.bias"), ("classifier.weight", "classifier.bias")),
        pytest.param(
            "classifiers/i2crc",
            ("extra_convs.6.weight", "extra_convs.6.bias"),
            ("head.6.weight", "head.6.bias"),
            marks=pytest.mark.thorough,
        ),
    ],
)
def test_chosen_channels_of_the_last_layers_are_taken_in_their_order(name, keys, ours, tmp_path):
    """COCO's 91 original numbers, of which 80 are classes."""
    options, file = load_file(ROOT / "recipes" / "own-networks.yaml").variant(name), tmp_path / "released.pth"
    torch.save(classes_numbered(name, keys, 91), file)
    changed = options.model_copy(update={"weights": str(file), "channels": (0, 90, 3, 5)})
    classes = 4 - name.startswith("segmenters/")  # of which background is one
    found = network_of_file(changed, classes).state_dict()
    assert all(found[key].flatten(1)[:, 0].tolist() == [0, 90, 3, 5] for key in ours if key.endswith("weight"))
    assert all(found[key].tolist() == [0, 90, 3, 5] for key in ours if key.endswith("bias"))
    with pytest.raises(SeedmaskError, match="its last layers have 4 channels, the network's 5"):
        network_of_file(changed, classes + 1)
    with pytest.raises(SeedmaskError, match=rf"{keys[0]} has 91 channels, and `channels` names 91; they count from 0"):
        network_of_file(changed.model_copy(update={"channels": (0, 91)}), 1)
