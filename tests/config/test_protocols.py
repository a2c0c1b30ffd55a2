"""Named protocols in a configuration, and what a result owes to its settings."""

import pytest

from seedmask.config.graph import load
from seedmask.config.protocols import PROTOCOLS
from seedmask.errors import InputError, SeedmaskError
from seedmask.plan import Plan

DATASET = {"name": "cows", "format": "folder", "root": "cows"}
CLIP = {"encoder": "vit_base_patch16_clip_224.openai", "weights": "hub"}
CHAINS = {
    "dataset": DATASET,
    "saliency": {"net": {"method": "network"}},
    "classifiers": {"cam": {}, "clip": CLIP},
    "seeds": {
        "cam": {"from": "classifiers/cam", "scales": [1.0, 0.5]},
        "clip": {"from": "classifiers/clip"},
    },
    "masks": {
        "crf": {"from": "seeds/cam", "method": "crf"},
        "clip": {"from": "seeds/clip", "method": "threshold"},
        "salient": {"from": "seeds/cam", "method": "saliency_labels", "saliency": "saliency/net"},
        "theirs": {"method": "folder", "path": "theirs", "origin": "foundation"},
    },
    "weak_labels": {"points": {"method": "points", "from": "truth"}},
    "segmenters": {
        "crf": {"from": "masks/crf"},
        "full": {"from": "truth"},
        "theirs": {"from": "masks/theirs"},
    },
    "predictions": {
        "crf": {"from": "segmenters/crf", "window": 640},
        "full": {"from": "segmenters/full"},
        "theirs": {"from": "segmenters/theirs"},
    },
}


@pytest.fixture(scope="module")
def plan():
    return Plan(load(CHAINS, []))


@pytest.mark.parametrize(
    ("reference", "families"),
    [
        ("predictions/crf", ["closed_world"]),
        ("masks/clip", ["foundation"]),
        ("masks/salient", ["saliency"]),
        ("weak_labels/points", ["points"]),
        ("predictions/full", ["pixel_labels"]),
        ("predictions/theirs", ["foundation"]),
    ],
)
def test_the_family_is_all_that_went_in_besides_tags(plan, reference, families):
    assert plan.families(reference) == families


def test_views_are_those_since_the_last_network(plan):
    mask = plan.views("masks/crf")
    assert (mask["scales"], mask["flip"]) == ([1.0, 0.5], True)
    assert mask["crf"]["iterations"] == 10
    prediction = plan.views("predictions/crf")
    assert (prediction["scales"], prediction["window"], prediction["crf"]) == ([1.0], 640, None)
    assert plan.views("weak_labels/points") == plan.views("masks/theirs") == {}


def test_networks_are_named_from_the_nearest_on(plan):
    assert plan.networks("predictions/crf") == ["segmenters/crf", "classifiers/cam"]


@pytest.mark.parametrize(
    ("evaluation", "words"),
    [
        ({"protocol": ["voc", "coco81"]}, "voc and coco81 are both about every result; name one of them"),
        ({"protocol": "voc", "absent_class": "zero"}, "absent_class zero: voc has skip_union"),
        ({"protocol": "pascal"}, "protocol"),
    ],
)
def test_protocols_that_contradict_are_refused(evaluation, words):
    with pytest.raises(InputError, match=words):
        load({"dataset": DATASET, "evaluation": evaluation}, [])


def test_a_protocol_says_how_masks_are_counted_and_those_of_seeds_alone_do_not():
    own = {"absent_class": "skip_truth"}
    seeds = load({"dataset": DATASET, "evaluation": {"protocol": ["irn-seeds", "seam-seeds"], **own}}, []).evaluation
    assert seeds.counting() == {"absent_class": "skip_truth", "ignore_pred": "background"}
    scenes = load({"dataset": DATASET, "evaluation": {"protocol": "ade20k"}}, []).evaluation
    assert scenes.counting() == {"absent_class": "zero", "ignore_pred": "background"}


@pytest.mark.parametrize(
    ("name", "split", "images", "departure"),
    [
        ("voc", "train", 1_464, ""),
        ("voc", "train", 10_582, ""),
        ("voc", "val", 1_449, ""),
        ("irn-seeds", "train", 10_582, "VOC 2012 train has 1,464: a list of another release"),
        ("coco81", "train", 82_783, "has 82,081: a list of another release"),
        ("coco81", "val", 40_137, ""),
        ("cityscapes", "train", 2_975, ""),
        ("cityscapes", "val", 500, ""),
        ("ade20k", "train", 20_210, ""),
        ("ade20k", "val", 2_000, ""),
        ("ade20k", "test", 2_000, "split test is none of train, val"),
    ],
)
def test_known_lists_are_known_by_their_lengths(name, split, images, departure):
    found = PROTOCOLS[name].list_departure(split, images)
    assert found.endswith(departure)
    assert bool(found) == bool(departure)


def test_sizes_count_in_any_order_and_what_is_missing_departs():
    irn = PROTOCOLS["irn-seeds"]
    assert [*irn.view_departures({"scales": [0.5, 1.0, 1.5, 2.0], "flip": True})] == []
    assert [*irn.view_departures({"scales": [1.0], "flip": False, "crf": {"iterations": 10}})] == [
        "scales 1, expected 1, 0.5, 1.5, 2",
        "flip none, expected yes",
        "crf 10 iterations, expected none",
    ]


@pytest.mark.parametrize(("name", "classes", "background"), [("voc", 20, True), ("ade20k", 150, False)])
def test_only_a_set_with_its_classes_is_scored_by_a_protocol(name, classes, background):
    assert PROTOCOLS[name].refusal(classes, background) == ""
    assert "leave `protocol` out" in PROTOCOLS[name].refusal(classes, not background)


def test_check_refuses_other_classes_and_names_lists_of_another_release(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cows").mkdir()
    for number in range(3):
        (tmp_path / "cows" / f"{number}.jpg").touch()
    (tmp_path / "cows" / "tags.csv").write_text("".join(f"{number},class 1\n" for number in range(3)))
    (tmp_path / "cows" / "classes.txt").write_text("".join(f"class {number}\n" for number in range(20)))
    plans = {name: Plan(load({"dataset": DATASET, "evaluation": {"protocol": name}}, [])) for name in ("voc", "coco81")}
    plans["voc"].check()
    (note,) = plans["voc"].evaluation.notes()
    assert note.startswith(
        "protocol voc: train has 3 pictures, VOC 2012 train has 1,464 or VOC 2012 trainaug has 10,582"
    )
    with pytest.raises(
        SeedmaskError, match="protocol coco81: MS COCO 2014 has 80 classes with background, the data set 20"
    ):
        plans["coco81"].check()
