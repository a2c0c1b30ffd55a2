"""Networks in bfloat16: nearly the same numbers, and refused where a processor would imitate it."""

import pytest
import torch
from networks_kit import ARCHITECTURES, CLASSIFIERS, EVERY_DAY, LEFT_TO_TORCH, network_of
from torch import nn

from seedmask.errors import SeedmaskError
from seedmask.inference import bfloat16
from seedmask.inference.bfloat16 import CAPABILITIES, has_bfloat16, in_bfloat16
from seedmask.inference.engine import NetworkSource
from seedmask.inference.tracing import random_images

IMAGES = random_images(2, 97, 130)
FUNCTIONS = {name: functions for name, (*_, functions) in (CLASSIFIERS | ARCHITECTURES).items()}
FUNCTIONS |= dict.fromkeys(LEFT_TO_TORCH, ("score_maps",))
NEAR = 0.1
"""Largest difference as a share of the largest number: eight bits in each of some fifty layers, of random weights."""


@pytest.fixture(autouse=True)
def imitated(monkeypatch):
    """Any processor computes bfloat16, some slowly."""
    monkeypatch.setattr(bfloat16, "has_bfloat16", lambda _: True)


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[] if name in EVERY_DAY else pytest.mark.thorough) for name in FUNCTIONS]
)
def test_every_network_has_nearly_the_same_numbers(name):
    network = network_of(name)
    for function in FUNCTIONS[name]:
        computed = in_bfloat16("classifiers/x", network, function, "cpu")
        with torch.no_grad():
            expected, found = getattr(network, function)(IMAGES), computed(IMAGES)
        if isinstance(expected, torch.Tensor):
            expected, found = (expected,), (found,)
        assert len(expected) == len(found)
        for one, other in zip(expected, found, strict=True):
            if isinstance(one, torch.Tensor):
                assert other.dtype == torch.float32
                assert 0 < float((other - one).abs().max()) <= NEAR * float(one.abs().max())
            else:
                assert other == (tuple(one) if isinstance(one, torch.Size) else one)


def test_the_network_itself_stays_float32():
    network = network_of("cam")
    before = {name: value.clone() for name, value in network.state_dict().items()}
    in_bfloat16("classifiers/x", network, "score_maps", "cpu")
    assert {value.dtype for value in network.parameters()} == {torch.float32}
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


def test_parts_that_a_network_keeps_in_float32_stay_so():
    class Careful(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.second = nn.Conv2d(3, 4, 1), nn.Conv2d(4, 2, 1)

        def score_maps(self, images):
            maps = self.first(images)
            with torch.autocast("cpu", enabled=False):
                return self.second(maps.float())

    network = Careful().eval()
    computed = in_bfloat16("classifiers/x", network, "score_maps", "cpu")
    with torch.no_grad():
        torch.testing.assert_close(computed(IMAGES), network.score_maps(IMAGES), rtol=0, atol=0.02)


def test_it_is_an_engine_of_its_own(tmp_path):
    network = network_of("cam")
    made = NetworkSource("classifiers/x", lambda: network, tmp_path)
    with torch.no_grad():
        found = made.function("score_maps", "auto", "cpu", "bfloat16")(IMAGES)
        expected = made.function("score_maps", "torch", "cpu")(IMAGES)
    assert 0 < float((found - expected).abs().max()) <= NEAR * float(expected.abs().max())
    assert [*tmp_path.iterdir()] == []  # no ONNX file


@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_a_device_that_would_imitate_it_refuses(device, monkeypatch):
    monkeypatch.setattr(bfloat16, "has_bfloat16", lambda _: False)
    kind = {"cpu": "processor", "cuda": "GPU"}[device]
    with pytest.raises(SeedmaskError, match=rf"classifiers/x: precision bfloat16: this {kind} has none "):
        in_bfloat16("classifiers/x", network_of("cam"), "score_maps", device)


@pytest.mark.parametrize("word", CAPABILITIES)
def test_torch_says_what_a_processor_has(word, monkeypatch):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx512_f": True, word: True})
    assert has_bfloat16("cpu")
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx512_f": True, word: False})
    assert not has_bfloat16("cpu")
