import importlib
import json

import pytest

from pipeline.config.graph import load
from pipeline.data.demo.shapes import make_shapes
from pipeline.errors import SeedmaskError
from pipeline.job import Job
from pipeline.plan import Plan
from pipeline.stages import index
from pipeline.stages.classifiers import seam
from pipeline.storage.manifest import Manifest

QUICK = {"encoder": "resnet18", "weights": "none", "output_stride": 32, "epochs": 2, "threads": 1, "batch_size": 4}


@pytest.fixture
def train(tmp_path, monkeypatch):
    """Trains a classifier of some settings on eight small pictures; its manifest and metrics."""
    monkeypatch.chdir(tmp_path)
    make_shapes(tmp_path / "shapes", train=8, val=1, seed=0, size=48)

    def run(**settings):
        values = {
            "dataset": {"name": "shapes", "format": "voc", "root": "shapes"},
            "classifiers": {"x": QUICK | settings},
        }
        plan = Plan(load(values, []))
        index.run(Job.model_validate_json(plan.index_job()), "cpu")
        job = Job.model_validate_json(plan.job("classifiers/x"))
        importlib.import_module(job.module).run(job, "cpu")
        folder = plan.results / "classifiers" / "x"
        metrics = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
        return Manifest.read(folder / "manifest.json"), metrics

    return run


VIEWS = {"augmentation": {"crop": 48, "scale": [0.8, 1.2]}}


@pytest.mark.parametrize("frozen", [0, 4, "all"])
def test_any_part_of_the_encoder_can_be_frozen(train, frozen):
    manifest, metrics = train(frozen_stages=frozen, **VIEWS)
    assert [metric["epoch"] for metric in metrics] == [1, 2]
    assert manifest.facts["classes"] == ["disc", "box", "triangle", "ring", "star"]


def test_the_same_settings_train_the_same_network_and_another_seed_another(train):
    first, _ = train(frozen_stages="all")
    again, _ = train(frozen_stages="all", lr=0.02)
    assert first.digest != again.digest
    assert train(frozen_stages="all")[0].digest == first.digest
    assert train(frozen_stages="all", seed=1)[0].digest != first.digest


def test_the_second_view_of_seam_has_the_size_that_was_asked_for(train, monkeypatch):
    asked = []
    real = seam.smaller_view
    monkeypatch.setattr(seam, "smaller_view", lambda x, factor: asked.append(factor) or real(x, factor))
    train(method="seam", frozen_stages=4, small_view=0.5, epochs=1, **VIEWS)
    assert set(asked) == {0.5}


def test_held_out_tags_are_measured_and_choose_the_epoch(train):
    _, metrics = train(holdout=0.4, select="tags", **VIEWS)
    assert all(0 <= metric["mAP"] <= 1 for metric in metrics)


def test_choosing_by_tags_without_held_out_pictures_is_refused(train):
    with pytest.raises(SeedmaskError, match="select: tags needs pictures to select on; set `holdout`"):
        train(select="tags")
