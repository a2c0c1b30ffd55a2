"""Scores of a variant against truth, by the configuration's own terms and by named protocols."""

import json
from pathlib import Path

import numpy as np
import pytest
from results_kit import job_of, make_run

from seedmask.config import protocols
from seedmask.config.protocols import KnownList, NamedProtocol
from seedmask.dataset.index import Row
from seedmask.dataset.placement import Placement, tile_id
from seedmask.errors import SeedmaskError
from seedmask.evaluation.image_counts import read_image_counts
from seedmask.evaluation.protocols import list_digest
from seedmask.evaluation.scores import scores
from seedmask.jobs import evaluation

LISTS = (KnownList("the herd", "train", 6), KnownList("the herd's val", "val", 4))
SMALL = {
    "voc": NamedProtocol("A herd", 2, LISTS),
    "irn-seeds": NamedProtocol("A herd", 2, LISTS, seeds_only=True, threshold=0.15, views={"flip": True}),
    "seam-seeds": NamedProtocol(
        "A herd", 2, LISTS[:1], absent_class="zero", seeds_only=True, thresholds=tuple(j / 100 for j in range(60))
    ),
}


@pytest.fixture
def scored(tmp_path, monkeypatch):
    """Scores a variant of a small run by some protocols; its results."""
    monkeypatch.chdir(tmp_path)
    plan = make_run()

    def score(reference, *names, table=SMALL):
        for module in (protocols, evaluation):
            monkeypatch.setattr(module, "PROTOCOLS", table)
        job = job_of(plan.evaluation.job(reference))
        evaluation.run(job.model_copy(update={"settings": {**job.settings, "protocols": list(names)}}), "cpu")
        return json.loads((job.folder / "scores.json").read_text())["results"]

    return score


def by_mode(results):
    return {result["protocol"]["threshold_mode"]: result for result in results}


def test_a_result_holds_all_that_its_numbers_depend_on(scored):
    train, val = scored("predictions/crf", "voc")
    assert train["protocol"] | {"split": "val", "list": val["protocol"]["list"]} == val["protocol"]
    expected = {
        "name": "voc",
        "departures": [],
        "split": "train",
        "classes": 2,
        "background": True,
        "ignored_truth": 255,
        "ignore_pred": "background",
        "absent_class": "skip_union",
        "threshold_mode": "none",
        "list": list_digest(["p0", "herd/p1", "p2", "p3", "p4", "p5"]),
        "families": ["closed_world"],
    }
    assert train["protocol"].items() >= expected.items()
    assert set(train["protocol"]["views"]) == {"scales", "flip", "window", "crf"}
    stages = [text.split(":")[0] for text in train["protocol"]["first_weights"]]
    assert stages == ["segmenters", "classifiers"]


def test_seeds_are_scored_at_the_thresholds_of_the_papers(scored):
    plain = by_mode(scored("seeds/cam"))
    assert list(plain) == ["label_free", "oracle"]
    assert {result["protocol"]["name"] for result in plain.values()} == {""}
    both = by_mode(scored("seeds/cam", "seam-seeds", "irn-seeds", "voc"))
    assert {mode: result["protocol"]["name"] for mode, result in both.items()} == {
        "label_free": "voc",
        "oracle": "seam-seeds",
        "fixed": "irn-seeds",
    }
    assert both["fixed"]["protocol"]["threshold"] == 0.15
    assert [threshold for threshold, _ in both["oracle"]["curve"]] == [j / 100 for j in range(60)]
    assert both["oracle"]["protocol"]["absent_class"] == "zero"
    assert both["oracle"]["miou"] == max(miou for _, miou in both["oracle"]["curve"])
    assert both["label_free"]["miou"] == plain["label_free"]["miou"]


def test_what_is_otherwise_than_a_protocol_has_it_is_named(scored):
    table = {"irn-seeds": NamedProtocol("A herd", 2, (KnownList("VOC 2012 train", "train", 1_464),), seeds_only=True,
                                        threshold=0.15, views={"scales": (1.0, 0.5), "flip": True})}  # fmt: skip
    fixed = by_mode(scored("seeds/cam", "irn-seeds", table=table))["fixed"]
    assert fixed["protocol"]["departures"] == [
        "train has 6 pictures, VOC 2012 train has 1,464: a list of another release",
        "scales 1, 1.5, expected 1, 0.5",
    ]


def test_shrunk_pictures_depart_and_tiles_count_as_the_pictures_that_they_are_of():
    def row(name, box, size, **more):
        placement = Placement((80, 60), box, size, **more)
        return Row(name, f"{name}.png", "val", *size, (0,), "", f"{name}.png", "", placement=placement)

    named = NamedProtocol("A herd", 2, (KnownList("the herd's val", "val", 1),))
    left, right, whole = (0, 0, 40, 60), (40, 0, 80, 60), (0, 0, 80, 60)
    tiles = [row(tile_id("p", box), box, (40, 60), tiled=True) for box in (left, right)]
    assert [*evaluation.departures_of(named, tiles)] == []
    expected = ["1 of 1 pictures are shrunk, expected their own sizes"]
    assert [*evaluation.departures_of(named, [row("p", whole, (40, 30))])] == expected


def test_a_set_with_other_classes_is_refused(scored):
    with pytest.raises(SeedmaskError, match="protocol voc: PASCAL VOC 2012 has 20 classes with background"):
        scored("masks/crf", "voc", table=protocols.PROTOCOLS)


def test_the_counts_of_each_picture_add_up_to_the_scores(scored):
    for number, result in enumerate(scored("seeds/cam")):
        data = Path("results/tiny/evaluation/seeds/cam/pictures.npz").read_bytes()
        ids, counts = read_image_counts(data, number, 3)
        matrix = np.array(result["confusion"])
        assert list_digest(ids) == result["protocol"]["list"]
        assert np.array_equal(counts.sum(axis=1), [matrix.diagonal(), matrix.sum(axis=1), matrix.sum(axis=0)])
        assert scores(matrix).miou == result["miou"]
