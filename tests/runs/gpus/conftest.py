import pytest

from seedmask.runs.gpus import cards
from seedmask.runs.gpus.leases import SCHEDULERS


@pytest.fixture(autouse=True)
def environment(monkeypatch, tmp_path):
    """No choice of anybody's, no cards of this machine, and a torch that could use them."""
    for name in ("CUDA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER", *SCHEDULERS):
        monkeypatch.setenv(name, "")  # so that what a lease sets is undone
        monkeypatch.delenv(name)
    monkeypatch.setattr(cards, "_torch_knows_gpus", lambda: True)
    monkeypatch.setattr(cards, "NODES", tmp_path / "dev")
    monkeypatch.setattr(cards, "BUS", tmp_path / "proc")


@pytest.fixture
def machine(tmp_path):
    """Makes a machine with some cards, each by its place on the bus and its UUID."""

    def make(uuids):
        for number, (place, uuid) in enumerate(uuids.items()):
            (tmp_path / "proc" / place).mkdir(parents=True)
            (tmp_path / "proc" / place / "information").write_text(f"Model: \t\t X\nGPU UUID: \t {uuid}\n")
            (tmp_path / "dev").mkdir(exist_ok=True)
            (tmp_path / "dev" / f"nvidia{number}").touch()

    return make
