"""Jobs that run out of memory: each says so in its log and its events, with what to lower."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from large_kit import make_large

from seedmask import memory
from seedmask.events import Failed
from seedmask.job import Job
from seedmask.runs.progress.job_events import JobEvents

ROOT = Path(__file__).parents[2]
TOY = """\
import os
import resource
import signal


def run(job, device):
    match job.settings["does"]:
        case "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        case "numpy":
            import numpy as np

            resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
            np.ones(1 << 30)
        case "fails":
            raise ValueError("bad number")
"""


def run_as_a_rule(folder, does, stage="masks"):
    """Exit status and log of a job that a rule's command runs."""
    (folder / "toy.py").write_text(TOY)
    command = re.search(r'"(python -P.*)"\s+"(.*)"', (ROOT / "rules/seeds.smk").read_text())
    assert command
    job = Job(stage=stage, variant="x", results=folder / "r", module="toy", settings={"does": does}, basis={})
    text = "".join(command.groups()).replace("{wildcards.stage}", stage).replace("{log:q}", "log.txt")
    text = text.replace("{params.job:q}", shlex.quote(job.model_dump_json()))
    path = os.pathsep.join([str(ROOT / "pipeline"), str(folder), str(Path(sys.executable).parent)])
    found = {"PYTHONPATH": path, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", text], cwd=folder, env={**os.environ, **found}, check=False
    )
    return done.returncode, (folder / "log.txt").read_text(), JobEvents.read(folder / "log.jsonl")


def test_a_killed_job_is_explained_in_its_log_and_its_events(tmp_path):
    status, log, events = run_as_a_rule(tmp_path, "killed")
    assert status == 137
    message = log.splitlines()[-1]
    assert message.startswith("masks/x: error: killed by signal 9, probably by the kernel for want of memory; lower ")
    assert "`shard_size` of the data set, `working_side`" in message
    assert "fewer --cores" in message
    assert events.events[-1] == Failed(message=message)


def test_numpy_without_memory_is_an_error_and_not_a_traceback(tmp_path):
    status, log, events = run_as_a_rule(tmp_path, "numpy", "segmenters")
    assert status == 1
    assert "segmenters/x: error: out of memory (Unable to allocate 8.00 GiB" in log.splitlines()[-1]
    assert "lower `batch_size` or `crop` of this variant, `working_side` of the data set" in log
    assert "Traceback" not in log
    assert events.failure == log.splitlines()[-1]


def test_another_failure_keeps_its_status_and_its_words(tmp_path):
    status, log, _ = run_as_a_rule(tmp_path, "fails")
    assert status == 1
    assert log.splitlines()[-1] == "ValueError: bad number"


@pytest.mark.parametrize(
    "error", [MemoryError(), RuntimeError("std::bad_alloc"), OSError(12, "Cannot allocate memory")]
)
def test_a_shard_names_the_picture_that_does_not_fit(tmp_path, monkeypatch, error):
    from index_kit import run_index

    from seedmask.errors import SeedmaskError
    from seedmask.masks.folder import fit, job
    from seedmask.masks.mask_files import MaskFiles

    def fails(*_):
        raise error

    monkeypatch.chdir(tmp_path)
    plan = make_large(tmp_path, working_side=100)
    run_index(plan)
    fit.run(Job.model_validate_json(plan.fit_job("masks/theirs")), "cpu")
    monkeypatch.setattr(MaskFiles, "read", fails)
    with pytest.raises(SeedmaskError, match=r"image p0 of 100 x 65 pixels: out of memory \(.*lower `shard_size`"):
        job.run(Job.model_validate_json(plan.job("masks/theirs", "0000")), "cpu")


def test_kills_are_read_from_the_control_group_or_the_machine(tmp_path, monkeypatch):
    files = {
        "/proc/self/cgroup": "0::/job",
        str(tmp_path / "job/memory.events"): "low 0\noom 1\noom_kill 3\n",
        str(tmp_path / "memory/old/memory.oom_control"): "under_oom 0\noom_kill 5\n",
        "/proc/vmstat": "oom_kill 7\n",
    }
    monkeypatch.setattr(memory, "CGROUPS", tmp_path)
    monkeypatch.setattr(memory, "_lines", lambda file: files.get(str(file), "").splitlines())
    assert memory.kills() == 3
    files["/proc/self/cgroup"] = "4:memory:/old"
    assert memory.kills() == 5
    files["/proc/self/cgroup"] = "0::/"
    assert memory.kills() == 7
    del files["/proc/vmstat"]
    assert memory.kills() is None
