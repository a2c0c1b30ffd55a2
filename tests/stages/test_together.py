"""A training of two processes from its command, and what becomes of it when one is killed."""

import json
import os
import subprocess
import sys
import time

import psutil
import pytest
from index_kit import run_index

from pipeline.config.graph import load
from pipeline.data.demo.shapes import make_shapes
from pipeline.plan import Plan

SETTINGS = {"encoder": "resnet18", "weights": "none", "output_stride": 32, "threads": 1, "batch_size": 4, "lr": 0.01}
SETTINGS |= {"processes": 2, "epochs": 6, "least_steps": 0, "augmentation": {"crop": 48, "scale": [0.8, 1.2]}}


class Run:
    """A classifier that two processes train on eight small pictures."""

    def __init__(self, folder, monkeypatch):
        make_shapes(folder / "shapes", train=8, val=1, seed=0, size=48)
        monkeypatch.chdir(folder)
        dataset = {"name": "shapes", "format": "voc", "root": "shapes"}
        plan = Plan(load({"dataset": dataset, "classifiers": {"x": SETTINGS}}, []))
        run_index(plan)
        self.job, self.folder = plan.job("classifiers/x"), folder
        self.files = folder / plan.results / "classifiers" / "x"

    def start(self):
        command = [sys.executable, "-m", "pipeline.stages", "classifiers", "--job", self.job]
        self.process = subprocess.Popen(
            command,
            cwd=self.folder,
            env={**os.environ, "CUDA_VISIBLE_DEVICES": ""},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def wait_for_checkpoint(self):
        while not (self.files / "checkpoint.pt").exists():
            assert self.process.poll() is None, self.process.communicate()[0]
            time.sleep(0.02)

    def end(self):
        told, _ = self.process.communicate(timeout=120)
        return self.process.returncode, told

    def processes(self):
        """The two that train, the first one first."""
        found = psutil.Process(self.process.pid).children(recursive=True)
        return sorted((one for one in found if "--together" in one.cmdline()), key=lambda one: one.environ()["RANK"])

    def digest(self):
        return json.loads((self.files / "manifest.json").read_text())["digest"]


@pytest.fixture
def runs(tmp_path, monkeypatch):
    made = []
    for name in ("undisturbed", "killed"):
        (tmp_path / name).mkdir()
        made.append(Run(tmp_path / name, monkeypatch))
    yield made
    for run in made:
        run.process.kill()


def test_a_training_that_loses_a_process_says_so_and_goes_on_to_the_same_weights(runs):
    undisturbed, run = runs
    undisturbed.start()
    run.start()
    run.wait_for_checkpoint()
    run.processes()[1].kill()
    status, told = run.end()
    assert status == 1
    assert told.splitlines()[-1] == (
        "classifiers/x: error: process 2 of the 2 of this training was ended by SIGKILL, and the others with it; "
        "finished epochs are kept: run again to go on from there"
    )

    run.start()
    (status, told), (first_status, first_told) = run.end(), undisturbed.end()
    assert (status, first_status) == (0, 0)
    assert "note: going on after epoch" in told
    assert [line.split(":")[1] for line in first_told.splitlines() if line.startswith("classifiers/x: epoch")] == [
        f" epoch {epoch} of 6"
        for epoch in range(1, 7)  # of one process alone
    ]
    assert run.digest() == undisturbed.digest()
