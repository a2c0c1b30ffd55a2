"""Methods of installed packages: the documented example, and a package with a method of every kind."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from package_kit import install
from workflow_kit import ROOT

PAGE = ROOT / "docs" / "add-a-method.md"
METHODS = ("blur", "contrast")
"""Folders of the page's package."""


def files_of_the_page() -> dict[str, str]:
    """Text of each file that the page shows, by its path."""
    blocks = re.findall(r"```\w+\n# (\S+)\n(.*?)```", PAGE.read_text(), re.DOTALL)
    return dict(blocks)


def variants_of_the_page() -> dict[str, dict]:
    """What the page writes into a configuration."""
    return yaml.safe_load(re.search(r"```yaml\n(.*?)```", PAGE.read_text(), re.DOTALL)[1])


def git_status() -> str:
    return subprocess.run(["git", "status", "--porcelain"], cwd=ROOT, capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    """The page's package, built and installed into a folder of its own; the folder."""
    source, site = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("site")
    for name, text in files_of_the_page().items():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_text(text)
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--disable-pip-version-check"]
    command = [sys.executable, "-m", "pip", "install", *options, "--target", str(site), str(source)]
    subprocess.run(command, check=True, capture_output=True, text=True)
    return site


def test_the_example_is_short():
    files = files_of_the_page()
    folders = [f"seedmask_mine/{method}" for method in METHODS]
    of_methods = [f"{folder}/{name}.py" for folder in folders for name in ("options", "job")]
    tests = [f"seedmask_mine/{method}/test_{method}.py" for method in METHODS]
    assert list(files) == ["pyproject.toml", *of_methods, *tests]
    for folder in folders:
        shown = [text for name, text in files.items() if name.startswith(folder) and "test_" not in name]
        assert sum(len(text.splitlines()) for text in [files["pyproject.toml"], *shown]) < 45


def test_the_example_runs_in_the_workflow_and_changes_no_file_of_the_project(finished, example, tmp_path):
    before, copy = git_status(), finished.copy(tmp_path / "copy")
    copy.packages.append(str(example))
    assert "Nothing to be done" in copy.run("--dry-run")
    for stage, variants in variants_of_the_page().items():
        copy.config[stage] |= variants
    seeds = {"seeds_shard border", "evaluation seeds border"}
    masks = {"masks_fit smooth", "masks_shard smooth", "evaluation masks smooth", "images", "report"}
    assert copy.variants_planned() == seeds | masks
    digests = copy.digests()
    copy.run()
    new = ("seeds/border", "masks/smooth")
    assert {name: digest for name, digest in copy.digests().items() if not any(map(name.__contains__, new))} == digests
    # Neither says which splits it covers: the seeds cover all, and the masks those of the seeds.
    assert sum(name.startswith("seeds/border ") for name in copy.digests()) == 18
    assert sum(name.startswith("masks/smooth ") for name in copy.digests()) == 18

    edited = Path(example) / "seedmask_mine" / "blur" / "job.py"
    text = edited.read_text()
    edited.write_text(text + "\nEDITED = 1\n")
    assert copy.variants_planned() == masks - {"masks_fit smooth"}
    edited.write_text(text)
    facts = next(Path(example).glob("*.dist-info")) / "METADATA"
    facts.write_text(facts.read_text().replace("Version: 0.1", "Version: 0.2"))
    assert copy.variants_planned() == seeds | masks
    assert git_status() == before


def test_the_example_s_own_tests_pass(example):
    files = [str(Path(example) / "seedmask_mine" / method / f"test_{method}.py") for method in METHODS]
    command = [sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", *files]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(example), os.environ.get("PYTHONPATH", "")])}
    result = subprocess.run(command, cwd=example, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout[-3000:]
    assert all(f"test_{method}.py::" in result.stdout for method in METHODS)
    assert " passed" in result.stdout


FILES = {
    "mild/options.py": '''\
from typing import Literal

from seedmask.classifiers.cam.options import CamOptions


class MildOptions(CamOptions):
    """A classifier that is never sure."""

    method: Literal["mild"] = "mild"
    smoothing: float = 0.1

    def network(self):
        return "seedmask.classifiers.cam.network"
''',
    "mild/job.py": """\
from seedmask.classifiers.cam.network import build
from seedmask.classifiers.cam.samples import PooledFeatures
from seedmask.classifiers.training import Objective, train
from torch.nn.functional import multilabel_soft_margin_loss

from every_kind.mild.options import MildOptions


def run(job, device):
    train(job, device, MildOptions.model_validate(job.settings), build, objective)


def objective(options, context):
    def loss(network, batch):
        features, wanted = batch
        softer = wanted * (1 - options.smoothing) + options.smoothing / 2
        return multilabel_soft_margin_loss(network.classify(features), softer)

    return Objective(PooledFeatures(context, context.rows), loss)
""",
    "square/options.py": '''\
from typing import Literal

from seedmask.seeds.multi_scale.options import MultiScaleOptions


class SquareOptions(MultiScaleOptions):
    """CAMs whose values are squared."""

    method: Literal["square"] = "square"
''',
    "square/job.py": """\
from seedmask.inference.classifier import TrainedClassifier
from seedmask.methods.multi_scale import multi_scale_cam
from seedmask.seeds.writing import write_cams
from seedmask.storage.shard import Shard

from every_kind.square.options import SquareOptions


def run(job, device):
    options, shard = SquareOptions.model_validate(job.settings), Shard(job)
    classifier = TrainedClassifier(shard, options.source, device)

    def cams(row):
        return multi_scale_cam(classifier, shard.catalogue.image(row), row.tags, options.scales) ** 2

    write_cams(shard, options.dtype, cams, classifier)
""",
    "common/options.py": '''\
from typing import Annotated, Literal

from pydantic import Field
from seedmask.config.base import VariantOf
from seedmask.config.threshold import FromScoredSeeds


class CommonOptions(FromScoredSeeds):
    """Pixels that seeds and other masks label alike; the others are ignored."""

    method: Literal["common"] = "common"
    other: Annotated[str, VariantOf(("masks",))] = Field(alias="with")
    wrong: bool = False
''',
    "common/job.py": """\
import numpy as np
from seedmask.masks.background import background_of
from seedmask.masks.writing import write_masks
from seedmask.methods.threshold import threshold_labels
from seedmask.storage.shard import Shard

from every_kind.common.options import CommonOptions


def run(job, device):
    options = CommonOptions.model_validate(job.settings)
    write_masks(Shard(job), device, options, background_of(job, options.threshold), mask)


def mask(seed, options):
    labels = threshold_labels(seed.cams, seed.classes, seed.background)
    if options.wrong:
        return labels / 2
    return np.where(labels == seed.others[options.other]["mask"], labels, 255).astype(np.uint8)
""",
    "double/options.py": '''\
from typing import Literal

from seedmask.config.variant import Loss


class DoubleOptions(Loss):
    """Twice the cross-entropy."""

    name: Literal["double"] = "double"
''',
    "double/loss.py": """\
from seedmask.methods.cross_entropy import cross_entropy


def build(options):
    return lambda logits, labels: 2 * cross_entropy(logits, labels)
""",
    "linear/options.py": '''\
from typing import Literal

from seedmask.config.variant import Architecture


class LinearOptions(Architecture):
    """One convolution over the encoder's features."""

    name: Literal["linear"] = "linear"
''',
    "linear/network.py": """\
import torch
from seedmask.networks.encoders import encoder_of


def build(options, encoder, classes, *, first_weights=True):
    return Linear(encoder_of(encoder, 32, first_weights=first_weights), classes)


class Linear(torch.nn.Module):
    def __init__(self, encoder, classes):
        super().__init__()
        self.encoder, self.head = encoder, torch.nn.Conv2d(encoder.channels, classes, 1)

    def forward(self, images):
        logits = self.head(self.encoder(images))
        return torch.nn.functional.interpolate(logits, images.shape[-2:], mode="bilinear")

    def training_loss(self, logits, labels, loss):
        return loss(logits, labels)

    def pretrained(self):
        return self.encoder
""",
}
"""A package with a folder for each of a classifier, seeds, masks that read other masks, a loss and an architecture."""


@pytest.fixture(scope="module")
def every_kind(finished, tmp_path_factory):
    """A run with a method of every kind from a package."""
    site = tmp_path_factory.mktemp("every_kind")
    points = {
        "classifiers": {"mild": "every_kind.mild.options:MildOptions"},
        "seeds": {"square": "every_kind.square.options:SquareOptions"},
        "masks": {"common": "every_kind.common.options:CommonOptions"},
        "losses": {"double": "every_kind.double.options:DoubleOptions"},
        "architectures": {"linear": "every_kind.linear.options:LinearOptions"},
    }
    install(site, "every-kind", {f"every_kind/{name}": text for name, text in FILES.items()}, points)
    workspace = finished.copy(tmp_path_factory.mktemp("outside") / "copy")
    workspace.packages.append(str(site))
    threshold = {"threshold": {"mode": "fixed", "value": 0.2}}
    workspace.config["classifiers"]["mild"] = {**workspace.config["classifiers"]["cam"], "method": "mild", "epochs": 2}
    workspace.config["seeds"]["square"] = {"from": "classifiers/mild", "method": "square", "scales": [1.0]}
    workspace.config["masks"]["common"] = {"from": "seeds/square", "method": "common", "with": "masks/crf", **threshold}
    segmenter = {
        **workspace.config["segmenters"]["crf"],
        "from": "masks/common",
        "epochs": 1,
        "arch": "linear",
        "loss": {"name": "double"},
    }
    workspace.config["segmenters"]["double"] = segmenter
    workspace.config["predictions"]["double"] = {"from": "segmenters/double", "splits": ["val"]}
    workspace.run()
    return workspace


def test_methods_of_every_kind_from_outside_run_beside_ours(every_kind, finished):
    digests = every_kind.digests()
    assert {name: digests[name] for name in finished.digests()} == finished.digests()
    assert {"classifiers/mild/manifest.json", "segmenters/double/manifest.json"} <= set(digests)
    assert sum(name.startswith("masks/common ") for name in digests) == 12


def test_a_mask_that_reads_other_masks_hangs_on_them(every_kind):
    with every_kind.changed("methods/crf.py", "\nEDITED = 1\n"):
        planned = every_kind.variants_planned()
    assert {"masks_shard crf", "masks_shard common", "segmenters double"} <= planned
    assert not {"classifiers mild", "seeds_shard square"} & planned


TRAINED = {"segmenters double", "predictions_shard double", "evaluation predictions double", "images", "report"}
"""What the segmenter of the package makes."""


@pytest.mark.parametrize(
    ("module", "runs"),
    [
        ("double/loss", TRAINED),
        ("linear/network", TRAINED),
        ("common/job", {"masks_shard common", "evaluation masks common", *TRAINED}),
    ],
)
def test_an_edited_package_runs_what_it_made(every_kind, module, runs):
    path = Path(every_kind.packages[0]) / "every_kind" / f"{module}.py"
    text = path.read_text()
    path.write_text(text + "\nEDITED = 1\n")
    planned = every_kind.variants_planned()
    path.write_text(text)
    assert planned == runs


def test_a_method_that_returns_something_wrong_is_named_at_the_first_image(every_kind, tmp_path):
    copy = every_kind.copy(tmp_path / "copy")
    copy.config["masks"]["wrong"] = {**copy.config["masks"]["common"], "wrong": True}
    output = copy.run("results/shapes/masks/wrong/manifests/0000.json", succeeds=False)
    found = r"masks/wrong shard 0000: error: image \S+: method common of package every-kind 0.1"
    assert re.search(found + r" made float\d+ \(\d+, \d+\) as mask, expected uint8 \(\d+, \d+\); mend it", output)
    assert "Traceback" not in output


def test_a_method_of_a_package_that_is_gone_is_unknown(every_kind, tmp_path):
    copy = every_kind.copy(tmp_path / "copy")
    copy.packages.clear()
    output = copy.run("--dry-run", succeeds=False)
    there = (
        "agreement, bilateral_solver, confidence, crf, cyclic, folder, mixture, object_guided, par, proportional, "
        "random_walk, "
        "saliency_labels, threshold"
    )
    assert f"masks.common.method: there is no method 'common', but {there}" in output
