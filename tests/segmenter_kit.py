"""A small run whose segmenters are networks with random weights, and whose predictions are theirs."""

import atexit
import importlib
import shutil
import tempfile
from functools import cache
from pathlib import Path

import pytest
import torch
from results_kit import CLASS_NAMES, VARIANTS, make_run

from seedmask.job import Job
from seedmask.plan import Plan
from seedmask.segmenters.trained.options import SegmenterOptions
from seedmask.storage.training import only_training

NETWORK = {"from": "masks/crf", "arch": "FPN", "weights": "none"}
VIEWS = {"scales": [1.0, 1.5], "window": 24, "window_stride": 16, "short_side": 20}
PARTS = {
    **VARIANTS,
    "segmenters": {"crf": NETWORK, "twice": {**NETWORK, "replicates": 2}, "alone": NETWORK},
    "predictions": {
        "crf": {"from": "segmenters/crf", **VIEWS},
        "small": {"from": "segmenters/crf", "flip": False},
        "twice": {"from": "segmenters/twice", "flip": False, "crf": {}},
    },
}


def make_segmenters() -> Plan:
    """Write data set, configuration and results into the working directory."""
    plan = make_run(variants=PARTS)
    for reference in [name for name in plan.variants if name.startswith("segmenters/")]:
        _train(Job.model_validate_json(plan.job(reference)))
    for reference in [name for name in plan.variants if name.startswith("predictions/")]:
        for shard in plan.shards(reference):
            job = Job.model_validate_json(plan.job(reference, shard))
            importlib.import_module(job.module).run(job, "cpu")
    return plan


def _train(job: Job) -> None:
    """Write random weights as those of a training."""
    options = SegmenterOptions.model_validate(job.settings)
    torch.manual_seed(options.seed)
    build = importlib.import_module(options.network()).build
    network = build(options.arch, options, len(CLASS_NAMES) + 1, first_weights=False)
    with only_training(job, {"weights": "random"}) as training:
        training.finish(network.state_dict(), [], {"classes": list(CLASS_NAMES)})


@cache
def segmenters_folder() -> Path:
    """The run's folder, which lasts as long as the tests; the fixture is another one in each folder that imports it."""
    folder = Path(tempfile.mkdtemp(prefix="segmenters-"))
    atexit.register(shutil.rmtree, folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        make_segmenters()
    return folder


@pytest.fixture(scope="session")
def made() -> Path:
    """The run's folder; never changed by a test."""
    return segmenters_folder()


@pytest.fixture
def here(made: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The run as the working directory."""
    monkeypatch.chdir(made)
    return made


@pytest.fixture
def copied(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy as the working directory, to damage."""
    folder = shutil.copytree(made, tmp_path / "copy")
    monkeypatch.chdir(folder)
    return folder
