"""Methods of installed packages: the documented example, and a package with a method of every kind."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from package_kit import install
from workflow_kit import ROOT

PAGE = ROOT / "docs" / "add-a-method.md"


def files_of_the_page() -> dict[str, str]:
    """Text of each file that the page shows, by its path."""
    blocks = re.findall(r"```\w+\n# (\S+)\n(.*?)```", PAGE.read_text(), re.DOTALL)
    return dict(blocks)


def git_status() -> str:
    return subprocess.run(["git", "status", "--porcelain"], cwd=ROOT, capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    """The page's package, built and installed into a folder of its own; the folder."""
    source, site = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("site")
    for name, text in files_of_the_page().items():
        (source / name).parent.mkdir(exist_ok=True)
        (source / name).write_text(text)
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--disable-pip-version-check"]
    command = [sys.executable, "-m", "pip", "install", *options, "--target", str(site), str(source)]
    subprocess.run(command, check=True, capture_output=True, text=True)
    (site / "test_blur.py").write_text((source / "test_blur.py").read_text())
    return site


def test_the_example_is_short():
    files = files_of_the_page()
    assert list(files) == ["pyproject.toml", "seedmask_blur/options.py", "seedmask_blur/masks.py", "test_blur.py"]
    assert sum(len(text.splitlines()) for name, text in files.items() if name != "test_blur.py") < 40


def test_the_example_runs_in_the_workflow_and_changes_no_file_of_the_project(finished, example, tmp_path):
    before, copy = git_status(), finished.copy(tmp_path / "copy")
    copy.packages.append(str(example))
    assert "Nothing to be done" in copy.run("--dry-run")
    copy.config["masks"]["smooth"] = {"from": "seeds/cam", "method": "blur", "sigma": 5}
    made = {"masks_fit smooth", "masks_shard smooth", "evaluation masks smooth", "images", "report"}
    assert copy.variants_planned() == made
    digests = copy.digests()
    copy.run()
    assert {name: digest for name, digest in copy.digests().items() if "masks/smooth" not in name} == digests
    assert sum(name.startswith("masks/smooth ") for name in copy.digests()) == 12

    edited = Path(example) / "seedmask_blur" / "masks.py"
    text = edited.read_text()
    edited.write_text(text + "\nEDITED = 1\n")
    assert copy.variants_planned() == made - {"masks_fit smooth"}
    edited.write_text(text)
    facts = next(Path(example).glob("*.dist-info")) / "METADATA"
    facts.write_text(facts.read_text().replace("Version: 0.1", "Version: 0.2"))
    assert copy.variants_planned() == made
    assert git_status() == before


def test_the_example_s_own_test_passes(example):
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(Path(example) / "test_blur.py")]
    environment = {**os.environ, "PYTHONPATH": str(example)}
    result = subprocess.run(command, cwd=example, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout[-3000:]
    assert " passed" in result.stdout


OPTIONS = '''\
from typing import Annotated, ClassVar, Literal

from seedmask.config.base import VariantOf
from seedmask.classifiers.cam.options import CamOptions
from seedmask.seeds.multi_scale.options import MultiScaleOptions
from seedmask.config.threshold import FromScoredSeeds
from seedmask.config.variant import Loss
from pydantic import Field


class Mild(CamOptions):
    """A classifier that is never sure."""

    runs: ClassVar[str] = "every_kind.classifier"
    method: Literal["mild"] = "mild"
    smoothing: float = 0.1

    def network(self):
        return "seedmask.classifiers.cam.network"


class Square(MultiScaleOptions):
    """CAMs whose values are squared."""

    runs: ClassVar[str] = "every_kind.seeds"
    method: Literal["square"] = "square"


class Agree(FromScoredSeeds):
    """Pixels on which seeds and other masks agree; others teach nothing."""

    runs: ClassVar[str] = "every_kind.masks"
    method: Literal["agree"] = "agree"
    other: Annotated[str, VariantOf(("masks",))] = Field(alias="with")
    wrong: bool = False


class Double(Loss):
    """Twice the cross-entropy."""

    runs: ClassVar[str] = "every_kind.loss"
    name: Literal["double"] = "double"
'''
CLASSIFIER = """\
from seedmask.classifiers.cam.network import build
from seedmask.classifiers.training import Objective, train
from seedmask.classifiers.cam.job import PooledFeatures
from torch.nn.functional import multilabel_soft_margin_loss

from every_kind.options import Mild


def run(job, device):
    train(job, device, Mild.model_validate(job.settings), build, objective)


def objective(options, context):
    def loss(network, batch):
        features, wanted = batch
        softer = wanted * (1 - options.smoothing) + options.smoothing / 2
        return multilabel_soft_margin_loss(network.classify(features), softer)

    return Objective(PooledFeatures(context, context.rows), loss)
"""
SEEDS = """\
from seedmask.inference.classifier import TrainedClassifier
from seedmask.methods.multi_scale import multi_scale_cam
from seedmask.seeds.writing import write_cams
from seedmask.storage.shard import Shard

from every_kind.options import Square


def run(job, device):
    options, shard = Square.model_validate(job.settings), Shard(job)
    classifier = TrainedClassifier(shard, options.source, device)

    def cams(row):
        return multi_scale_cam(classifier, shard.catalogue.image(row), row.tags, options.scales) ** 2

    write_cams(shard, options.dtype, cams, classifier)
"""
MASKS = """\
import numpy as np
from seedmask.methods.threshold import threshold_labels
from seedmask.masks.background import background_of
from seedmask.masks.writing import write_masks
from seedmask.storage.shard import Shard

from every_kind.options import Agree


def run(job, device):
    options = Agree.model_validate(job.settings)
    write_masks(Shard(job), device, options, background_of(job, options.threshold), mask)


def mask(seed, options):
    labels = threshold_labels(seed.cams, seed.classes, seed.background)
    if options.wrong:
        return labels / 2
    return np.where(labels == seed.others[options.other]["mask"], labels, 255).astype(np.uint8)
"""
LOSS = """\
from seedmask.methods.cross_entropy import cross_entropy


def build(options):
    return lambda logits, labels: 2 * cross_entropy(logits, labels)
"""


@pytest.fixture(scope="module")
def every_kind(finished, tmp_path_factory):
    """A run of a package that brings a classifier, seeds, masks that read other masks, and a loss."""
    site = tmp_path_factory.mktemp("every_kind")
    modules = {"options": OPTIONS, "classifier": CLASSIFIER, "seeds": SEEDS, "masks": MASKS, "loss": LOSS}
    points = {
        "classifiers": {"mild": "every_kind.options:Mild"},
        "seeds": {"square": "every_kind.options:Square"},
        "masks": {"agree": "every_kind.options:Agree"},
        "losses": {"double": "every_kind.options:Double"},
    }
    files = {"every_kind/__init__.py": "", **{f"every_kind/{name}.py": text for name, text in modules.items()}}
    install(site, "every-kind", files, points)
    workspace = finished.copy(tmp_path_factory.mktemp("outside") / "copy")
    workspace.packages.append(str(site))
    threshold = {"threshold": {"mode": "fixed", "value": 0.2}}
    workspace.config["classifiers"]["mild"] = {**workspace.config["classifiers"]["cam"], "method": "mild", "epochs": 2}
    workspace.config["seeds"]["square"] = {"from": "classifiers/mild", "method": "square", "scales": [1.0]}
    workspace.config["masks"]["agree"] = {"from": "seeds/square", "method": "agree", "with": "masks/crf", **threshold}
    segmenter = {
        **workspace.config["segmenters"]["crf"],
        "from": "masks/agree",
        "epochs": 1,
        "loss": {"name": "double"},
    }
    workspace.config["segmenters"]["double"] = segmenter
    workspace.run()
    return workspace


def test_methods_of_every_kind_from_outside_run_beside_ours(every_kind, finished):
    digests = every_kind.digests()
    assert {name: digests[name] for name in finished.digests()} == finished.digests()
    assert {"classifiers/mild/manifest.json", "segmenters/double/manifest.json"} <= set(digests)
    assert sum(name.startswith("masks/agree ") for name in digests) == 12


def test_a_mask_that_reads_other_masks_hangs_on_them(every_kind):
    with every_kind.changed("methods/crf.py", "\nEDITED = 1\n"):
        planned = every_kind.variants_planned()
    assert {"masks_shard crf", "masks_shard agree", "segmenters double"} <= planned
    assert not {"classifiers mild", "seeds_shard square"} & planned


@pytest.mark.parametrize(
    ("module", "runs"),
    [
        ("loss", {"segmenters double", "report"}),
        ("masks", {"masks_shard agree", "evaluation masks agree", "segmenters double", "images", "report"}),
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
    copy.config["masks"]["wrong"] = {**copy.config["masks"]["agree"], "wrong": True}
    output = copy.run("results/shapes/masks/wrong/manifests/0000.json", succeeds=False)
    found = r"masks/wrong shard 0000: error: image \S+: method agree of package every-kind 0.1"
    assert re.search(found + r" made float\d+ \(\d+, \d+\) as mask, expected uint8 \(\d+, \d+\); mend it", output)
    assert "Traceback" not in output


def test_a_package_that_is_gone_is_told_as_an_unknown_method(every_kind, tmp_path):
    copy = every_kind.copy(tmp_path / "copy")
    copy.packages.clear()
    output = copy.run("--dry-run", succeeds=False)
    there = (
        "confidence, crf, cyclic, mixture, object_guided, par, proportional, random_walk, saliency_labels, threshold"
    )
    assert f"masks.agree.method: there is no method 'agree', but {there}" in output
