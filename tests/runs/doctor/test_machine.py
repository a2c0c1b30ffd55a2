import fcntl
import os

import pytest

from seedmask.runs.doctor import machine
from seedmask.runs.doctor.machine import findings
from seedmask.runs.gpus import locks


@pytest.fixture
def told(run, monkeypatch):
    """What is said of a machine, by what it is about."""

    def say(gpus=(), load=0.0, cores=2):
        monkeypatch.setattr(machine, "gpus", lambda: gpus)
        monkeypatch.setattr(os, "getloadavg", lambda: (load, 0, 0))
        return {finding.about: f"{finding.level} {finding}" for finding in findings(run(cores=cores))}

    return say


def test_a_machine_with_enough_of_everything_has_no_warning(told):
    assert [line.split()[0] for line in told().values()] == ["ok", "ok", "ok"]


def test_fewer_cores_than_threads_are_a_warning(told):
    assert told(cores=1)["cores"].startswith("warning 1, but a variant asks for 2 threads")


def test_other_programs_are_a_warning(told):
    assert told(load=3.0)["cores"].startswith("warning 2, and other programs keep 3.0 busy")


def test_too_little_memory_is_a_warning(told, monkeypatch):
    monkeypatch.setattr(os, "sysconf", lambda name: 1 << 30 if name == "SC_PAGE_SIZE" else 1)
    assert told()["memory"].startswith("warning 1 GB, 2 jobs at once need about 1.5; lower `shard_size`")


def test_a_gpu_that_is_leased_is_named(told, monkeypatch, tmp_path):
    monkeypatch.setattr(machine, "is_taken", lambda name: locks.is_taken(name, tmp_path))
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    (tmp_path / "gpu0.lock").write_text("")
    assert told(gpus=("0", "1"))["gpu"] == "ok 0, 1"
    with (tmp_path / "gpu0.lock").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert told(gpus=("0", "1"))["gpu"] == "ok 0, 1; leased by a job now: 0"


def test_a_gpu_that_torch_cannot_use_is_a_warning(told, monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    assert told(gpus=("0",))["gpu"].startswith("warning torch")


def test_a_gpu_beside_a_torch_for_the_cpu_is_a_warning(told, monkeypatch):
    monkeypatch.setattr(machine, "gpu_nodes", lambda: ["0"])
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert "is built for the CPU; make setup TORCH=cuda" in told()["gpu"]
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert "CUDA_VISIBLE_DEVICES hides it" in told()["gpu"]
