"""What the process of a job imports before it begins: most of the time of a job on few pictures."""

import subprocess
import sys
from pathlib import Path

import seedmask
from seedmask.config.registry import KINDS, methods
from seedmask.config.stages import SHARDED

PACKAGE = Path(seedmask.__file__).parent
READ_WEIGHTS = {"classifiers/file", "classifiers/named", "segmenters/file"}
"""Methods whose jobs use no GPU, but read the weights of a network."""
NETWORKS = {"tags"}
"""Jobs beside those of methods that have a network."""
VARIANTS = {
    f"{kind}/{name}": options
    for kind in KINDS
    for name, options in methods(kind).items()
    if options.runs.startswith("seedmask.")
}
LIGHT = {
    *(
        options.runs
        for name, options in VARIANTS.items()
        if name not in READ_WEIGHTS and not getattr(options, "gpu", True)
    ),
    *(f"seedmask.jobs.{path.stem}" for path in PACKAGE.glob("jobs/*.py") if path.stem not in NETWORKS),
    *(f"seedmask.{path.parent.name}.{path.stem}" for path in PACKAGE.glob("*/fit_*.py")),
    *(".".join(("seedmask", *path.parts[-3:-1], path.stem)) for path in PACKAGE.glob("*/*/fit.py")),
}
"""Modules of the jobs that compute with arrays alone."""

WITHOUT_TORCH = """
import importlib, sys
sys.modules["torch"] = None
for module in {modules}:
    try:
        importlib.import_module(module)
    except ImportError as error:
        print(module, error)
"""
WITHOUT_COMPILER = """
import importlib, sys
for module in {modules}:
    importlib.import_module(module)
import torch
from seedmask.architectures.smp.network import SmpSegmenter
from seedmask.classifiers.cam.network import build
from seedmask.classifiers.cam.options import CamOptions
picture = torch.zeros(1, 3, 64, 64)
with torch.no_grad():
    build(CamOptions(weights="none"), 2).eval().score_maps(picture)
    SmpSegmenter("FPN", "tf_efficientnet_lite0", "none", None, 3).eval()(picture)
print(*{{"torch._dynamo", "sympy"}} & set(sys.modules))
"""


def output_of(code, modules):
    code = code.format(modules=sorted(modules))
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


def test_a_job_without_a_network_does_not_import_torch():
    assert {"seedmask.masks.crf.job", "seedmask.seeds.mean.job", "seedmask.jobs.evaluation"} <= LIGHT
    assert output_of(WITHOUT_TORCH, LIGHT) == ""


def test_a_job_with_a_network_does_not_import_the_compiler_of_torch():
    """Those of trainings do: torch's optimisers import it."""
    used = {options.runs for name, options in VARIANTS.items() if name.split("/")[0] in SHARDED}
    assert output_of(WITHOUT_COMPILER, {*used, *(f"seedmask.jobs.{name}" for name in NETWORKS)}) == ""
