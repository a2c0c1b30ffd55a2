"""A training of two processes from its command, and what becomes of it when one is killed."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from seedmask.job import Job

TOY = '''
"""Trains two networks of one make, one after the other, on points that take their time."""

import time

import torch
from torch import nn

from seedmask.config.networks import Optimiser
from seedmask.training.optimisers import parameter_groups
from seedmask.training.trainer import fit
from seedmask.storage.training import only_training


class Points:
    def __len__(self):
        return 8

    def view(self, number, seed):
        time.sleep(0.01)
        drawn = torch.randn(2, generator=torch.Generator().manual_seed(seed))
        return drawn, drawn.sum()[None] + number


def loss(network, batch):
    points, wanted = batch
    return nn.functional.mse_loss(network(points), wanted)


def run(job, device):
    options = Optimiser(**job.settings)
    for variant in ("killed", "undisturbed"):
        torch.manual_seed(0)
        network = nn.Sequential(nn.Linear(2, 8), nn.BatchNorm1d(8), nn.Dropout(0.3), nn.Linear(8, 1))
        with only_training(job.model_copy(update={"variant": variant}), {}) as training:
            groups = parameter_groups(network, network[0], options)
            training.finish(*fit(network, groups, Points(), loss, options, training, device), {})
'''

SETTINGS = {"processes": 2, "epochs": 20, "least_steps": 0, "batch_size": 4, "lr": 0.001, "threads": 1}


@pytest.fixture
def start(tmp_path):
    """Starts the training."""
    (tmp_path / "toy.py").write_text(TOY)
    job = Job(stage="segmenters", variant="x", results=tmp_path, module="toy", settings=SETTINGS, basis={})
    command = [sys.executable, "-P", "-m", "seedmask.jobs", "segmenters", "--job", job.model_dump_json()]
    path = os.pathsep.join([str(Path(__file__).parents[2] / "pipeline"), str(tmp_path)])
    started = []

    def run():
        environment = {**os.environ, "PYTHONPATH": path}
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        started.append(subprocess.Popen(command, env=environment, **pipes))
        return started[-1]

    yield run
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


def second_of(launcher):
    """The second of the two processes that train."""
    below = psutil.Process(launcher.pid).children(recursive=True)
    return next(one for one in below if "--together" in one.cmdline() and one.environ()["RANK"] == "1")


def digest(folder):
    return json.loads((folder / "manifest.json").read_text())["digest"]


@pytest.mark.thorough
def test_a_training_that_loses_a_process_says_so_and_goes_on_to_the_same_weights(start, tmp_path):
    folder, launcher = tmp_path / "segmenters", start()
    while not (folder / "killed" / "checkpoint.pt").exists():
        assert launcher.poll() is None, launcher.stdout.read()
        time.sleep(0.01)
    second_of(launcher).kill()
    output = launcher.stdout.read()
    assert launcher.wait() == 1
    assert output.splitlines()[-1] == (
        "segmenters/x: error: process 2 of the 2 of this training was ended by SIGKILL, and the others with it; "
        "finished epochs are kept: run again to go on from there"
    )

    launcher = start()
    output = launcher.stdout.read()
    assert launcher.wait() == 0, output
    assert "note: going on after epoch" in output
    assert output.count("epoch 20 of 20") == 2  # of one process, for each of the two networks
    assert digest(folder / "killed") == digest(folder / "undisturbed")
