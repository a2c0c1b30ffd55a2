"""A run on a real SLURM, for which `make slurm` installs the plugin: GPUs are shared, a cancelled training goes on."""

import re
import subprocess
import time

import psutil
import pytest
import slurm_kit
from workflow_kit import Workspace, kill_group

from seedmask.job import Job
from seedmask.runs.progress.job_events import JobEvents

pytestmark = pytest.mark.slurm
ARGUMENTS = (
    "results/shapes/predictions/crf/manifests/0000.json",
    "results/shapes/predictions/crf/manifests/0001.json",
    "--workflow-profile=profiles/slurm",
    "--slurm-status-command=squeue",
    "--slurm-init-seconds-before-status-checks=3",
)
EPOCHS = 20
CANCELLED_AFTER = 3
"""Epochs of the segmenter."""
WITHIN = 900
"""Seconds, so that it ends on a machine that has much else to do, too; two free cores need less than 180."""


class Watch:
    """What the jobs of a run on this machine are given, seen from outside.

    Args:
        workspace: where the run is.
    """

    def __init__(self, workspace: Workspace):
        self._folder = workspace.folder
        self._events = workspace.results / "segmenters" / "crf" / "log.jsonl"
        self.gpus: dict[str, set[str]] = {}
        """What stood in `CUDA_VISIBLE_DEVICES` of each job."""
        self.together: set[tuple[str, ...]] = set()
        """GPUs of jobs that ran at the same time."""
        self.cancelled = 0
        """Epochs that were done when the training was cancelled."""

    def look(self) -> None:
        """See what runs now, and cancel the segmenter's training once, some epochs after its start."""
        now: dict[str, tuple[psutil.Process, str]] = {}
        for process in psutil.process_iter():
            try:
                line = process.cmdline()
                if line[1:4] != ["-P", "-m", "seedmask.jobs"] or process.cwd() != str(self._folder):
                    continue
                variables = process.environ()
            except psutil.Error:
                continue
            job, gpu = Job.model_validate_json(line[line.index("--job") + 1]), variables.get("CUDA_VISIBLE_DEVICES", "")
            self.gpus.setdefault(job.name, set()).add(gpu)
            if job.gpu:
                now[job.name] = process, gpu
            epoch = JobEvents.read(self._events).epoch if job.stage == "segmenters" and not self.cancelled else None
            if epoch and epoch.number >= CANCELLED_AFTER:
                subprocess.run(["scancel", variables["SLURM_JOB_ID"]], check=True)
                self.cancelled = epoch.number
        # One may have ended before another began, while all were looked at.
        self.together.add(tuple(sorted(gpu for process, gpu in now.values() if process.is_running())))


@pytest.fixture(scope="module")
def run(tmp_path_factory, request):
    """A workspace after a run on a cluster, what was seen of its jobs, and what it printed."""
    if request.config.option.markexpr != "slurm":
        pytest.skip("changes /etc/slurm for two minutes; make slurm")
    if why_not := slurm_kit.missing():
        pytest.skip(why_not)
    folder = tmp_path_factory.mktemp("slurm")
    workspace = Workspace(folder / "work")
    workspace.config["dataset"]["shard_size"] = 9
    workspace.config["segmenters"]["crf"]["epochs"] = EPOCHS
    watch, deadline = Watch(workspace), time.monotonic() + WITHIN
    with slurm_kit.cluster(folder / "cluster"):
        process = workspace.start(*ARGUMENTS, cores=None)
        try:
            while process.poll() is None and time.monotonic() < deadline:
                watch.look()
                time.sleep(0.4)
            assert process.poll() is not None, f"takes longer than {WITHIN} s"
            output, _ = process.communicate()
        finally:
            if process.poll() is None:
                kill_group(process)
    (folder / "output.txt").write_text(output)
    assert process.returncode == 0, output[-6000:]
    return workspace, watch, output


def test_jobs_that_run_at_once_are_given_different_gpus(run):
    _, watch, _ = run
    assert ("0", "1") in watch.together
    assert watch.together <= {(), ("0",), ("1",), ("0", "1")}
    without = {name: gpus for name, gpus in watch.gpus.items() if name.startswith(("index/", "masks/"))}
    assert len(without) >= 3
    assert set().union(*without.values()) == {""}


def test_a_cancelled_training_goes_on_where_it_was(run):
    _, watch, output = run
    assert watch.cancelled
    after = int(re.search(r"segmenters/crf: note: going on after epoch (\d+)", output)[1])
    assert watch.cancelled <= after < EPOCHS


def test_a_cluster_makes_what_one_machine_makes(run):
    workspace, _, _ = run
    target = "results/shapes/segmenters/crf/manifest.json"
    assert workspace.planned(target) == []
    digest = workspace.forget_training("segmenters/crf")
    workspace.run(target)
    assert workspace.forget_training("segmenters/crf") == digest
