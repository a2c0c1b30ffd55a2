"""Files of weights that run code, are damaged, or belong to other networks."""

import os
import pickle
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from hostile_kit import Cases
from safetensors.torch import save_file
from torch import nn

from seedmask.networks.weights import load_first_weights, weight_file
from seedmask.saliency.network.network import load_network, network_file

cases = Cases("weights")


class Harm:
    def __reduce__(self) -> tuple:
        return os.system, ("touch owned",)


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@cases.each()
def test_a_clear_answer_and_nothing_run(case, request):
    cases.check(case, request)
    assert not Path("owned").exists()


def weights(what: str, file: str, write: Callable[[Path], object], *names: str, sha256: str | None = None) -> None:
    """Add a file of first weights of a tiny network as a case."""

    def give() -> None:
        write(Path(file))
        load_first_weights(nn.Linear(2, 3), "tiny", file, sha256)

    cases(what, file, *names)(give)


def tensors(rows: int) -> dict[str, torch.Tensor]:
    return {"weight": torch.zeros(rows, 2), "bias": torch.zeros(rows)}


HEADER = struct.pack("<Q", 1 << 62)
weights("a pickle that runs a program", "w.pth", lambda path: torch.save({"weight": Harm()}, path), "not a weight file")
weights("a bare pickle", "w.pth", lambda path: path.write_bytes(pickle.dumps(Harm())), "is not a weight file")
weights("a whole network", "w.pth", lambda path: torch.save(nn.Linear(2, 3), path), "is not a weight file")
weights("a list of tensors", "w.pth", lambda path: torch.save([torch.zeros(2)], path), "names to tensors")
weights("a checkpoint with settings", "w.pth", lambda path: torch.save({"lr": 0.1, **tensors(3)}, path), "to tensors")
weights("a text", "w.pth", lambda path: path.write_text("no weights"), "is not a weight file")
weights("half of a file", "w.safetensors", lambda path: path.write_bytes(b"\x10\0\0"), "is not a weight file")
weights("a header of exabytes", "w.safetensors", lambda path: path.write_bytes(HEADER), "is not a weight file")
weights(
    "weights of another size",
    "w.safetensors",
    lambda path: save_file(tensors(5), path),
    "other shapes",
    "is it of tiny",
)
weights("weights that lack a tensor", "w.safetensors", lambda path: save_file({"bias": torch.zeros(3)}, path), "weight")
weights("other weights", "w.safetensors", lambda path: save_file(tensors(3), path), "expected 00", sha256="00")


@cases("a file that is not there", "'none.pth'", "no such file", "packaged, hub, none or a file")
def _():
    load_first_weights(nn.Linear(2, 3), "tiny", "none.pth", None)


@cases("packaged weights of another network", "resnet18 has no packaged weights", "tf_efficientnet_lite0", "lite2")
def _():
    weight_file("resnet18", "packaged")


@cases("a saliency network that is a text", "net.onnx", "is not an ONNX network")
def _():
    Path("net.onnx").write_text("no network")
    load_network(network_file("net.onnx")[0], 1)


@cases("another saliency network than was meant", "net.onnx", "expected 00", "model_sha256")
def _():
    Path("net.onnx").write_text("no network")
    network_file("net.onnx", "00")
