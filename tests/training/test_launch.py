"""Processes of a training and the one that started them."""

import json
import os
import signal
import subprocess
import sys
from types import SimpleNamespace

import psutil
import pytest

from seedmask.errors import SeedmaskError
from seedmask.training.launch import LAUNCHER, failure_message, report_to_launcher

STARTER = f"""
import os, subprocess, sys, time
os.environ["{LAUNCHER}"] = str(os.getpid())
code = "import time; from seedmask.training import launch; launch.end_with_launcher(); print('here', flush=True)"
code += "; time.sleep(60)"
child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, start_new_session=True)
child.stdout.readline()
print(child.pid, flush=True)
time.sleep(60)
"""


def test_a_process_ends_with_the_one_that_started_it_however_that_ends():
    with subprocess.Popen([sys.executable, "-c", STARTER], stdout=subprocess.PIPE, text=True) as starter:
        child = psutil.Process(int(starter.stdout.readline()))
        starter.send_signal(signal.SIGKILL)
    psutil.wait_procs([child], timeout=10)
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE


def test_a_process_whose_starter_is_gone_already_ends_at_once():
    code = "from seedmask.training.launch import end_with_launcher; end_with_launcher()"
    environment = {**os.environ, LAUNCHER: "1"}
    tried = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert (tried.returncode, tried.stderr) == (1, "the process that started this one has ended\n")


def failure(code, message="no more is known"):
    return SimpleNamespace(exitcode=code, message=message, signal_name=lambda: signal.Signals(-code).name)


@pytest.mark.parametrize(
    ("failures", "message"),
    [
        ({0: failure(-15), 1: failure(-9)}, "process 2 of the 2 of this training was ended by SIGKILL"),
        ({0: failure(1), 1: failure(-9)}, "process 2 of the 2 of this training was ended by SIGKILL"),
        ({0: failure(-15), 1: failure(1)}, "process 2 of the 2 of this training failed, as its lines above say"),
        ({0: failure(1, {"message": "no tags"}), 1: failure(1)}, "no tags"),
    ],
    ids=["killed", "killed while another fails of it", "failed", "said why"],
)
def test_the_message_names_the_cause_and_not_what_followed_from_it(failures, message):
    assert failure_message(failures, 2).startswith(message)


def test_an_error_is_left_where_torch_reads_it(tmp_path, monkeypatch):
    from torch.distributed.elastic.multiprocessing.errors import ProcessFailure

    file = tmp_path / "error.json"
    monkeypatch.setenv("TORCHELASTIC_ERROR_FILE", str(file))
    report_to_launcher(SeedmaskError("image p1 has no tags"))
    found = ProcessFailure(local_rank=0, pid=1, exitcode=1, error_file=str(file))
    assert failure_message({0: found}, 2) == "image p1 has no tags"
    assert json.loads(file.read_text())
