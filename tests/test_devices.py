import os
import signal
import subprocess
import sys

import pytest

from pipeline import devices
from pipeline.devices import gpus, lease

COMPETITORS = """
import os, sys, time
from pathlib import Path
from pipeline.devices import lease

folder = Path(sys.argv[1])
for number in range(6):
    if os.fork() == 0:
        for turn in range(4):
            with lease(("0", "1"), folder / "locks") as kind:
                mine = folder / f"held-{os.environ['CUDA_VISIBLE_DEVICES']}"
                with mine.open("x"):  # fails where another process holds the same GPU
                    time.sleep(0.005)
                mine.unlink()
            os.environ.pop("CUDA_VISIBLE_DEVICES")
        (folder / f"done-{number}").touch()
        os._exit(0)
for number in range(6):
    os.wait()
"""

HOLDER = """
import sys, time
from pathlib import Path
from pipeline.devices import lease
with lease(("0",), Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    for name in ("CUDA_VISIBLE_DEVICES", "SLURM_JOB_ID"):
        monkeypatch.setenv(name, "")  # so that what a lease sets is undone
        monkeypatch.delenv(name)
    monkeypatch.setattr(devices, "_torch_knows_gpus", lambda: True)


def test_competing_processes_never_hold_the_same_gpu(tmp_path):
    command = [sys.executable, "-c", COMPETITORS, str(tmp_path)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert result.stderr == ""
    assert len(list(tmp_path.glob("done-*"))) == 6


def test_the_kernel_gives_back_the_gpu_of_a_killed_holder(tmp_path):
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    holder = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert holder.stdout.readline() == "held\n"
    with lease(("0", "1"), tmp_path):
        assert os.environ["CUDA_VISIBLE_DEVICES"] == "1"
    holder.send_signal(signal.SIGKILL)
    holder.communicate()
    with lease(("0",), tmp_path) as kind:
        assert (kind, os.environ["CUDA_VISIBLE_DEVICES"]) == ("cuda", "0")


def test_a_gpu_is_free_again_after_the_block_and_after_an_error(tmp_path):
    for _ in range(2):
        with pytest.raises(KeyError), lease(("0",), tmp_path):
            raise KeyError


def test_without_a_gpu_the_cpu_is_used(tmp_path):
    with lease((), tmp_path) as kind:
        assert kind == "cpu"
    assert "CUDA_VISIBLE_DEVICES" not in os.environ


def test_the_choice_of_a_cluster_stands(tmp_path, monkeypatch):
    monkeypatch.setenv("SLURM_JOB_ID", "7")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3")
    with lease(locks=tmp_path / "locks") as kind:
        assert (kind, os.environ["CUDA_VISIBLE_DEVICES"]) == ("cuda", "3")
    assert not (tmp_path / "locks").exists()


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [("2", ("2",)), ("1,3", ("1", "3")), ("0, 1", ("0", "1")), ("GPU-a,MIG-b/1", ("GPU-a", "MIG-b/1"))],
)
def test_the_users_own_list_is_respected(monkeypatch, tmp_path, chosen, expected):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", chosen)
    assert gpus() == expected
    with lease(locks=tmp_path) as kind:
        assert (kind, os.environ["CUDA_VISIBLE_DEVICES"]) == ("cuda", expected[0])


@pytest.mark.parametrize("chosen", ["", "-1", "NoDevFiles"])
def test_gpus_that_were_switched_off_are_not_used(monkeypatch, chosen):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", chosen)
    with lease() as kind:
        assert kind == "cpu"


def test_a_torch_without_gpu_support_computes_on_the_cpu_and_says_so(monkeypatch, caplog):
    monkeypatch.setattr(devices, "_torch_knows_gpus", lambda: False)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    with caplog.at_level("INFO"), lease() as kind:
        assert kind == "cpu"
    assert "torch is installed without GPU support" in caplog.text


def test_whether_torch_knows_gpus_is_found_out_as_torch_says(monkeypatch):
    monkeypatch.undo()
    import torch

    assert devices._torch_knows_gpus() == (torch.version.cuda is not None)
