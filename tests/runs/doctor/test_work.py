import json
import os
from pathlib import Path

import pytest
from results_kit import VARIANTS

from seedmask.config.graph import load
from seedmask.plan import Plan
from seedmask.runs.doctor import calibration as calibration_module
from seedmask.runs.doctor.calibration import Calibration
from seedmask.runs.doctor.work import remaining, samples, signature, units
from seedmask.saliency.network.options import NetworkOptions


def planned(**changed):
    values = {"dataset": {"name": "tiny", "format": "folder", "root": "pictures", "shard_size": 3}}
    return Plan(load(values | {"report": {"images": 2}, **VARIANTS, **changed}, []))


def test_nothing_remains_of_a_finished_run(run):
    assert remaining(run()) == {}


def test_a_missing_shard_remains_with_what_is_made_from_it(run):
    Path("results/tiny/masks/crf/manifests/0001.json").unlink()
    found = remaining(run())
    assert {name: work.shards for name, work in found.items()} == {
        "masks/crf": ("0001",),
        "segmenters/crf": (),
        "predictions/crf": ("0000", "0001", "0002", "0003"),
    }
    assert (found["masks/crf"].images, found["segmenters/crf"].images, found["predictions/crf"].images) == (3, 6, 10)


def test_what_was_made_from_changed_pictures_remains(run):
    os.utime("pictures/p8.png", (0, 0))
    assert {name: work.shards for name, work in remaining(run()).items()} == {"predictions/crf": ("0002",)}
    os.utime("pictures/p5.png", (0, 0))
    assert {"classifiers/cam", "seeds/cam", "segmenters/crf"} <= set(remaining(run(plan=planned())))


def test_what_learned_other_classes_remains(run):
    for table in ("tags.csv", "classes.txt"):
        path = Path("pictures") / table
        path.write_text(path.read_text().replace("cow & calf", "cattle"))
    assert {"classifiers/cam", "segmenters/crf"} <= set(remaining(run()))


def test_a_fit_over_all_pictures_makes_every_shard_again(run):
    Path("results/tiny/seeds/cam/manifests/0001.json").unlink()
    found = remaining(run())
    assert found["masks/threshold"].shards == ("0000", "0001")
    assert found["masks/crf"].shards == ("0001",)


def test_other_settings_and_damaged_manifests_are_made_again(run):
    changed = planned(seeds={"cam": {"from": "classifiers/cam", "scales": [1.0]}})
    assert "seeds/cam" in remaining(run(plan=changed))
    assert "classifiers/cam" not in remaining(run(plan=changed))
    Path("results/tiny/seeds/cam/manifests/0001.json").write_text(json.dumps({}))
    assert remaining(run())["seeds/cam"].shards == ("0001",)


@pytest.mark.parametrize(
    ("options", "seen"),
    [
        ({"epochs": 50}, 50 * 96),
        ({}, 42 * 96),
        ({"epochs": 3, "least_steps": 0}, 3 * 96),
        ({"epochs": 3, "least_steps": 0, "incomplete_batch": True}, 3 * 100),
        ({"steps": 5, "accumulate": 2}, 80),
        ({"batch_size": 200}, 500 * 100),
    ],
)
def test_a_training_looks_at_so_many_pictures(run, options, seen):
    segmenter = planned(segmenters={"crf": {"from": "masks/crf", **options}}).variants["segmenters/crf"]
    assert samples(segmenter, 100) == seen


def test_units_grow_with_views_and_crops(run):
    variants = planned().variants
    seeds = variants["seeds/cam"]
    assert units(seeds, 10, 100.0) == 10 * 100 * (1 + 2.25) * 2
    assert units(variants["masks/crf"], 10, 100.0) == 1000
    assert units(variants["segmenters/crf"], 80, 100.0) == 80 * 50 * 224**2


def test_variants_are_alike_by_method_network_and_library(run):
    variants = planned(
        masks={
            "a": {"from": "seeds/cam", "method": "crf"},
            "crf": {"from": "seeds/cam", "method": "crf", "crf": {"iterations": 3}},
            "par": {"from": "seeds/cam", "method": "par"},
        }
    ).variants
    assert signature("masks/a", variants) == signature("masks/crf", variants) != signature("masks/par", variants)
    assert "tf_efficientnet_lite0" in str(signature("seeds/cam", variants))
    networks = planned(saliency={"a": {}, "b": {"stretch": True}, "full": {"model": "u2net"}}).variants
    a, b, full = (signature(f"saliency/{name}", networks) for name in ("a", "b", "full"))
    assert a == b != full


def test_the_time_of_saliency_counts_its_network(run, monkeypatch):
    monkeypatch.setattr(calibration_module, "_salient", lambda options: {"u2netp": 10.0, "u2net": 100.0}[options.model])
    kinds = {"small": {}, "full": {"model": "u2net"}, "twice": {"flip": True}}
    diagnosis = run(plan=planned(saliency=kinds))
    calibration, work = Calibration(diagnosis), remaining(diagnosis)
    small, full, twice = (calibration.seconds(work[f"saliency/{name}"]) for name in kinds)
    assert full - small == pytest.approx(90 * work["saliency/full"].images)
    assert twice - small == pytest.approx(10 * work["saliency/twice"].images)
    assert small > 10 * work["saliency/small"].images


def test_the_time_of_a_network_for_saliency_is_measured():
    assert 0 < calibration_module._salient(NetworkOptions()) < 60


def test_the_time_of_seeds_counts_a_network_that_is_not_trained(run):
    named = planned(
        classifiers={"x": {"method": "named"}},
        seeds={"x": {"from": "classifiers/x", "scales": [1.0]}},
        **{stage: {} for stage in ("masks", "segmenters", "predictions")},
    )
    diagnosis = run(plan=named)
    calibration = Calibration(diagnosis)
    assert calibration.seconds(remaining(diagnosis)["seeds/x"]) > 0
    assert "classifiers/x" in calibration.bytes_of
