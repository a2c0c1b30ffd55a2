import importlib
import logging

import pytest
import torch
from head_kit import random_model, saved
from index_kit import run_index

from seedmask.classifiers import named_rows
from seedmask.classifiers.cam import network as networks
from seedmask.classifiers.cam.options import CamOptions
from seedmask.classifiers.named.options import NamedOptions
from seedmask.config.graph import load
from seedmask.demo.shapes import make_shapes
from seedmask.errors import InputError, SeedmaskError
from seedmask.job import Job
from seedmask.networks.imagenet_head import load_head
from seedmask.plan import Plan
from seedmask.storage.manifest import Manifest
from seedmask.storage.training import Training, load_weights
from seedmask.wordnet import Match, Matching

NAMES = {
    "disc": ["pizza"],
    "box": ["crate", "n02971356"],
    "triangle": ["obelisk"],
    "ring": ["bagel"],
    "star": ["starfish"],
}
ENCODERS = ("test_resnet", "test_convnext")
QUICK = {"output_stride": 32}
TRAINED = {
    **QUICK,
    "method": "cam",
    "head": "named",
    "epochs": 2,
    "least_steps": 0,
    "threads": 1,
    "batch_size": 4,
    "lr": 1e-9,
}
VIEWS = {"augmentation": {"crop": 48, "scale": [0.8, 1.2]}}


@pytest.fixture
def make(tmp_path, monkeypatch):
    """Makes a classifier of some settings for eight small pictures; its manifest and its weights."""
    monkeypatch.chdir(tmp_path)
    make_shapes(tmp_path / "shapes", train=8, val=1, seed=0, size=48)
    weights = {name: str(saved(random_model(name), tmp_path / f"{name}.safetensors")) for name in ENCODERS}

    def run(encoder="test_resnet", **settings):
        values = {
            "dataset": {"name": "shapes", "format": "voc", "root": "shapes"},
            "classifiers": {"x": {"encoder": encoder, "weights": weights[encoder], **settings}},
        }
        plan = Plan(load(values, []))
        run_index(plan)
        job = Job.model_validate_json(plan.job("classifiers/x"))
        importlib.import_module(job.module).run(job, "cpu")
        manifest = Manifest.read(plan.results / "classifiers" / "x" / "manifest.json")
        return manifest, load_weights(plan.results, "classifiers/x", manifest)

    return run


@pytest.mark.parametrize("encoder", ENCODERS)
def test_named_takes_the_rows_and_says_which(make, encoder):
    manifest, weights = make(encoder, **QUICK, method="named", names=NAMES)
    assert manifest.facts["classes"] == list(NAMES)
    assert manifest.facts["held_out"] == []
    assert [fact["tag"] for fact in manifest.facts["names"]] == list(NAMES)
    assert manifest.facts["names"][1]["rows"] == ["carton", "crate"]
    assert manifest.facts["names"][4]["senses"] == ["n02317335 starfish (echinoderm)"]
    options = NamedOptions.model_validate(manifest.settings)
    head = load_head(options)
    row = head.space.synsets.index("n02317335")
    torch.testing.assert_close(weights["rows"][-1], head.weight[row] - head.weight.mean(0))
    assert weights["class_of"].tolist() == [0, 1, 1, 2, 3, 4]


def test_all_classes_without_rows_are_reported_at_once_with_remedies(make):
    with pytest.raises(InputError) as caught:
        make(**QUICK, method="named", names={"ring": ["bagel"], "star": []})
    problems = str(caught.value).split("\n  ")
    assert problems[0].startswith("classes without rows in the head of test_resnet (imagenet-1k): ")
    assert [problem.split(":")[0] for problem in problems[1:]] == ["class 'disc'", "class 'triangle'", "class 'star'"]
    assert all("; " in problem for problem in problems[1:])


def test_a_finished_one_is_kept_until_the_rows_change(make, monkeypatch, caplog):
    caplog.set_level(logging.INFO, "seedmask")
    first, _ = make(**QUICK, method="named", names=NAMES)
    assert make(**QUICK, method="named", names=NAMES)[0] == first
    assert "already trained from the same inputs: kept" in caplog.text

    def of_another_table(tags, space, names):
        return Matching(space, {number: Match(tag, (), (number,)) for number, tag in enumerate(tags)}, {})

    monkeypatch.setattr(named_rows, "match", of_another_table)
    other, _ = make(**QUICK, method="named", names=NAMES)
    assert other.recipe == first.recipe
    assert other.fingerprint != first.fingerprint
    assert other.digest != first.digest


@pytest.mark.parametrize("frozen", [0, "all"])
def test_a_head_from_names_starts_from_the_rows_and_other_classes_start_at_random(make, frozen, caplog):
    caplog.set_level(logging.INFO, "seedmask")
    names = {**NAMES, "triangle": []}
    manifest, weights = make(**TRAINED, **VIEWS, frozen_stages=frozen, names=names)
    options = CamOptions.model_validate(manifest.settings)
    head = load_head(options)
    found = weights["classifier.weight"]
    rows = [head.space.synsets.index(synset) for synset in ("n02971356", "n03127925")]
    expected = head.weight[rows].mean(0) - head.weight.mean(0)
    torch.testing.assert_close(found[1], expected, atol=1e-5, rtol=0)
    drawn = networks.build(options, 5).classifier.weight.detach()
    torch.testing.assert_close(found[2], drawn[2], atol=1e-5, rtol=0)
    assert not torch.allclose(found[1], drawn[1], atol=1e-3)
    (warning,) = (record.getMessage() for record in caplog.records if record.levelname == "WARNING")
    assert warning.startswith("head: named: no row for 'triangle': drawn as usual; ")
    assert "`names` leaves it without" in warning
    assert "box: carton, crate" in caplog.text


def test_names_that_mean_nothing_leave_the_usual_draw_for_all(make):
    none = {tag: [] for tag in NAMES}
    started, _ = make(**TRAINED, frozen_stages="all", names=none)
    drawn, _ = make(**{**TRAINED, "head": "drawn"}, frozen_stages="all")
    assert started.digest == drawn.digest


@pytest.mark.parametrize("frozen", [0, "all"])
def test_a_training_from_names_that_was_stopped_ends_as_one_that_was_not(make, frozen, monkeypatch):
    settings = {**TRAINED, **VIEWS, "lr": 0.01, "frozen_stages": frozen, "names": NAMES, "decay_to": "start"}
    whole, _ = make(**settings)
    other, _ = make(**settings, seed=1)
    assert other.digest != whole.digest
    save = Training.save

    def stop(training, state):
        save(training, state)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Training, "save", stop)
        with pytest.raises(KeyboardInterrupt):
            make(**settings)
    assert make(**settings)[0].digest == whole.digest


def test_a_head_behind_further_layers_is_no_start_and_another_method_is_named(make):
    with pytest.raises(SeedmaskError, match=r"encoder test_convnext has further layers .* use `method: named`"):
        make("test_convnext", **TRAINED, names=NAMES)
