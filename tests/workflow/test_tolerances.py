"""What another processor changes: sums have another order there (docs/reliability.md has the same bounds)."""

import shutil

import numpy as np
import pytest
import torch
import zarr
from faults_kit import commands, warm

PROCESSORS = {
    "another CPU": {
        "CUDA_VISIBLE_DEVICES": "",
        "ATEN_CPU_CAPABILITY": "default",
        "ONEDNN_MAX_CPU_ISA": "SSE41",
        "MKL_CBWR": "COMPATIBLE",
    },
    "a GPU": {},
}
"""Environments that make torch compute as an old processor would, or on a GPU where there is one."""
LEAST_EQUAL = {"same networks": 0.999, "networks trained there": 0.7}
"""Share of pixels whose mask is the same."""


def stored(workspace, variant, array):
    return zarr.open(workspace.results / variant / "data.zarr", mode="r")[array][:].astype(int)


@pytest.fixture(params=PROCESSORS)
def made_there(request, copied):
    """Makes results of some stages again on another processor."""
    if request.param == "a GPU" and not torch.cuda.is_available():
        pytest.skip("there is no GPU here")
    jobs = commands(copied.folder)
    with warm(copied.folder, jobs, environment=PROCESSORS[request.param]) as process:

        def make(*stages):
            for command in jobs:
                if command.facts["stage"] in stages:
                    made = copied.results / command.facts["stage"] / command.facts["variant"]
                    shutil.rmtree(made / "sealed", ignore_errors=True)
                    (made / "sealed.json").unlink(missing_ok=True)
                    outcome = process.run(command)
                    assert outcome.status == 0, outcome.log

        yield make


def test_the_same_networks_give_nearly_the_same_on_another_processor(finished, copied, made_there):
    made_there("seeds", "masks", "predictions")
    assert np.abs(stored(copied, "seeds/cam", "cam") - stored(finished, "seeds/cam", "cam")).max() <= 1
    for variant in ("masks/threshold", "masks/crf", "predictions/crf"):
        same = stored(copied, variant, "mask") == stored(finished, variant, "mask")
        assert same.mean() > LEAST_EQUAL["same networks"], variant


@pytest.mark.thorough
def test_networks_trained_on_another_processor_are_as_good_as_others(finished, copied, made_there):
    made_there("classifiers", "segmenters", "seeds", "masks", "predictions")
    same = stored(copied, "predictions/crf", "mask") == stored(finished, "predictions/crf", "mask")
    assert same.mean() > LEAST_EQUAL["networks trained there"]
