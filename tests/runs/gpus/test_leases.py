"""Leases with real processes that compete, die, and lose their cards."""

import os
import signal
import subprocess
import sys
from collections import Counter

import pytest

from seedmask.errors import SeedmaskError
from seedmask.runs.gpus import leases
from seedmask.runs.gpus.leases import lease

COMPETITORS = """
import os, sys, time
from pathlib import Path
from seedmask.runs.gpus import leases
from seedmask.runs.gpus.leases import lease
leases.refusal = lambda device: None

folder = Path(sys.argv[1])
log = os.open(folder / "log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
for number in range(13):
    if os.fork() == 0:
        for turn in range(2):
            with lease(2 if number == 0 else 1, lambda: ("0", "1", "2"), folder / "locks"):
                held = os.environ["CUDA_VISIBLE_DEVICES"].split(",")
                for device in held:
                    os.write(log, f"{number} takes {device}\\n".encode())
                time.sleep(0.01)
                for device in held:
                    os.write(log, f"{number} gives {device}\\n".encode())
        os._exit(0)
failed = sum(os.wait()[1] for _ in range(13))
sys.exit(failed)
"""

HOLDER = """
import sys, time
from pathlib import Path
from seedmask.runs.gpus import lease
with lease(1, lambda: ("0",), Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def cards(*names):
    return lambda: names


def visible():
    return os.environ["CUDA_VISIBLE_DEVICES"]


@pytest.fixture
def holder(tmp_path):
    """Another process that holds card 0."""
    process = subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_no_two_of_13_competitors_hold_one_of_3_cards_at_a_time(tmp_path):
    command = [sys.executable, "-c", COMPETITORS, str(tmp_path)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (result.returncode, result.stderr) == (0, "")
    held, taken = {}, Counter()
    for line in (tmp_path / "log").read_text().splitlines():
        who, verb, card = line.split()
        if verb == "takes":
            assert card not in held, f"{card} is {held.get(card)}'s while {who} takes it"
            held[card] = who
            taken[who] += 1
        else:
            assert held.pop(card) == who
    assert taken == {"0": 4, **{str(number): 2 for number in range(1, 13)}}


def test_the_kernel_gives_back_the_gpu_of_a_killed_holder(tmp_path, holder):
    with lease(1, cards("0", "1"), tmp_path):
        assert visible() == "1"
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    with lease(1, cards("0"), tmp_path) as kind:
        assert (kind, visible()) == ("cuda", "0")


def test_a_gpu_is_free_again_after_the_block_and_after_an_error(tmp_path):
    for _ in range(2):
        with pytest.raises(KeyError), lease(1, cards("0"), tmp_path):
            raise KeyError


def test_several_gpus_are_leased_at_once(tmp_path):
    with lease(2, cards("0", "1", "2"), tmp_path):
        assert visible() == "0,1"
        with lease(1, cards("0", "1", "2"), tmp_path):
            assert visible() == "2"


def test_a_card_that_is_lost_while_waiting_is_left_out_and_said(tmp_path, holder, caplog):
    seen = iter([("0", "1"), ("1",)])
    with lease(1, cards("1"), tmp_path), lease(1, lambda: next(seen, ("1", "2")), tmp_path):
        assert visible() == "2"
    assert "GPU 0 is lost: left out" in caplog.text


def test_when_the_last_card_is_lost_the_wait_ends_with_an_error(tmp_path, holder):
    seen = iter([("0",)])
    with pytest.raises(SeedmaskError, match="none can be seen any more"), lease(1, lambda: next(seen, ()), tmp_path):
        pass


def test_more_gpus_than_there_are_is_an_error(tmp_path):
    with (
        pytest.raises(SeedmaskError, match="`processes` asks for 3 GPUs, 2 can be seen; lower `processes`"),
        lease(3, cards("0", "1"), tmp_path),
    ):
        pass


def test_a_card_that_the_driver_refuses_is_left_for_the_next_one(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(leases, "refusal", {"0": "busy", "1": None}.get)
    with lease(1, cards("0", "1"), tmp_path):
        assert visible() == "1"
    assert "the driver refuses GPU 0 (busy): left out" in caplog.text
    with pytest.raises(SeedmaskError, match="refuses GPU 0: busy; look with `nvidia-smi`"):
        lease(1, cards("0"), tmp_path).__enter__()


def test_without_a_gpu_the_cpu_is_used(tmp_path):
    with lease(2, cards(), tmp_path) as kind:
        assert kind == "cpu"
    assert "CUDA_VISIBLE_DEVICES" not in os.environ


@pytest.mark.parametrize("scheduler", ["SLURM_JOB_ID", "PBS_JOBID", "LSB_JOBID"])
def test_the_choice_of_a_scheduler_stands(tmp_path, monkeypatch, scheduler):
    monkeypatch.setenv(scheduler, "7")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3,5")
    with lease(2, locks=tmp_path / "locks") as kind:
        assert (kind, visible()) == ("cuda", "3,5")
    assert not (tmp_path / "locks").exists()


def test_jobs_of_one_allocation_share_its_cards_and_leave_other_allocations_alone(tmp_path, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1")
    both = cards("0", "1")
    monkeypatch.setenv("SLURM_JOB_ID", "7")
    with lease(1, both, tmp_path):
        assert visible() == "0"
        with lease(1, both, tmp_path):
            assert visible() == "1"
        monkeypatch.setenv("SLURM_JOB_ID", "8")
        with lease(1, both, tmp_path):  # counts from 0 in cards of its own
            assert visible() == "0"


def test_a_scheduler_that_gave_fewer_cards_than_processes_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("SLURM_JOB_ID", "7")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    with pytest.raises(SeedmaskError, match="`processes` asks for 2 GPUs, 1 can be seen"):
        lease(2, locks=tmp_path).__enter__()
