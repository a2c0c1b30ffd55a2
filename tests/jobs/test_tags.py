import importlib
import json
from dataclasses import replace
from pathlib import Path

import pytest
from index_kit import run_index

from seedmask.classifiers.cam.options import CamOptions
from seedmask.config.graph import load
from seedmask.dataset.catalogue import Catalogue
from seedmask.demo.shapes import make_shapes
from seedmask.job import Job
from seedmask.jobs import tags
from seedmask.plan import Plan
from seedmask.storage.manifest import Manifest
from seedmask.testing.indexing import write_index

QUICK = {
    "encoder": "resnet18",
    "weights": "none",
    "output_stride": 32,
    "epochs": 1,
    "least_steps": 0,
    "threads": 1,
    "batch_size": 4,
}
VIEWS = {"augmentation": {"crop": 48, "scale": [0.8, 1.2]}}


@pytest.fixture
def trained(tmp_path, monkeypatch):
    """Trains a classifier of some settings on twelve small pictures; the plan."""
    monkeypatch.chdir(tmp_path)
    make_shapes(tmp_path / "shapes", train=12, val=1, seed=0, size=48)

    def train(**settings):
        dataset = {"name": "shapes", "format": "voc", "root": "shapes"}
        plan = Plan(load({"dataset": dataset, "classifiers": {"x": QUICK | VIEWS | settings}}, []))
        run_index(plan)
        job = Job.model_validate_json(plan.job("classifiers/x"))
        importlib.import_module(job.module).run(job, "cpu")
        return plan

    return train


def tag_record(plan):
    """Tests the classifier; the record that the job wrote."""
    tags.run(Job.model_validate_json(plan.evaluation.tags_job("classifiers/x")), "cpu")
    return json.loads(Path(plan.evaluation.tags("classifiers/x")).read_text())


def counts(plan, ids=None):
    """Training pictures of each class, of all or of some."""
    catalogue = Catalogue(plan.results)
    rows = [row for row in catalogue.index.rows_of("train") if ids is None or row.id in ids]
    return [sum(tag in row.tags for row in rows) for tag in range(len(catalogue.index.classes))]


def test_a_classifier_of_tags_is_measured_by_folds_of_the_encoder_s_first_weights(trained):
    plan = trained()
    found = tag_record(plan)
    assert found["how"] == "5 folds of a linear head on the encoder's first weights"
    assert (found["classifier"], found["pictures"]) == ("classifiers/x", 12)
    assert [one["pictures"] for one in found["classes"]] == counts(plan)
    for one in found["classes"]:
        assert one["chance"] == pytest.approx(one["pictures"] / 12)
        assert (one["average_precision"] is None) == (one["pictures"] < 2)


def test_folds_have_seen_nothing_of_the_training(trained):
    first = tag_record(trained())
    assert tag_record(trained(lr=0.5, epochs=2)) == first
    assert tag_record(trained(seed=1)) != first  # of an encoder whose weights are drawn


def test_the_trained_network_scores_held_out_images(trained):
    plan = trained()
    path = plan.results / "classifiers" / "x" / "manifest.json"
    manifest = Manifest.read(path)
    ids = [row.id for row in Catalogue(plan.results).index.rows_of("train")][:6]
    manifest.model_copy(update={"facts": {**manifest.facts, "held_out": ids}}).write(path)
    found = tag_record(plan)
    assert found["how"] == "its scores of held-out pictures"
    assert found["pictures"] == 6
    assert [one["pictures"] for one in found["classes"]] == counts(plan, ids)


def test_a_classifier_that_learns_no_tags_scores_all_images_itself(trained, monkeypatch):
    plan = trained()
    monkeypatch.setattr(CamOptions, "learns_tags", False, raising=False)
    found = tag_record(plan)
    assert found["how"] == "its scores; it learned no tags"
    assert found["pictures"] == 12


def test_of_many_images_a_random_subset_is_used_and_counted(trained, monkeypatch):
    plan = trained()
    monkeypatch.setattr(tags, "MOST_IMAGES", 7)
    first = tag_record(plan)
    assert first["pictures"] == 7
    assert tag_record(plan) == first


def test_without_tagged_pictures_every_class_is_unknown(trained, monkeypatch):
    plan = trained()
    monkeypatch.setattr(CamOptions, "learns_tags", False, raising=False)
    untagged = [replace(row, tags=None) for row in Catalogue(plan.results).index.rows]
    dataset = plan.config.dataset
    write_index(plan.results, plan.listing.classes, untagged, dataset.shard_size, dataset.root)
    found = tag_record(plan)
    assert found["pictures"] == 0
    assert {one["average_precision"] for one in found["classes"]} == {None}
