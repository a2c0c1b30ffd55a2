"""A run on pictures in which every pixel belongs to a class: sky, road and car, and nothing else."""

import importlib
import json
from pathlib import Path

import numpy as np
import pytest
import yaml
from index_kit import run_index
from PIL import Image
from results_kit import draw_report, job_of

from seedmask import load_segmenter
from seedmask.config.graph import load_file
from seedmask.config.stages import is_sharded, stage_of
from seedmask.dataset.catalogue import Catalogue
from seedmask.dataset.images import save_mask
from seedmask.export.arrays import open_results
from seedmask.export.images import export_masks
from seedmask.export.yolo import export_yolo
from seedmask.inference.networks import trained_network
from seedmask.methods.weak_labels import UNLABELLED, VOID
from seedmask.plan import Plan
from seedmask.report.class_scores import class_report
from seedmask.report.compare import compare_variants
from seedmask.storage.manifest import read_manifest
from seedmask.storage.reader import StoredVariant
from seedmask.storage.records import read_record
from seedmask.viewer.site import Site

NAMES = ("sky", "road", "car")
SIZE = (48, 64)
TINY = {"weights": "none", "epochs": 1, "least_steps": 0, "batch_size": 2, "threads": 1, "augmentation": {"crop": 64}}
FPN = {"arch": "FPN", **TINY}
VARIANTS = {
    "classifiers": {
        "cam": {"method": "cam", **TINY},
    },
    "seeds": {"cam": {"from": "classifiers/cam", "scales": [1.0]}},
    "masks": {
        "plain": {"method": "threshold", "from": "seeds/cam"},
        "crf": {"method": "crf", "from": "seeds/cam"},
        "spread": {"method": "mixture", "from": "segmenters/points", "labels": "weak_labels/points", "scores": True},
        "again": {"method": "cyclic", "from": "segmenters/plain", "scales": [1.0], "crf": {}},
    },
    "weak_labels": {
        "points": {"method": "points", "from": "truth"},
        "clicks": {"method": "points", "file": "clicks.csv"},
        "boxes": {"method": "boxes", "from": "truth", "seeds": "seeds/cam"},
        "sure": {"method": "tags", "from": "seeds/cam", "threshold": {"mode": "fixed", "value": 0.5}},
        "masks": {"method": "tags", "from": "masks/crf"},
    },
    "segmenters": {
        "points": {"from": "weak_labels/points", "loss": {"name": "mixture"}, **FPN},
        "plain": {"from": "masks/crf", "loss": {"name": "under_fitting"}, **FPN},
    },
    "predictions": {"points": {"from": "segmenters/points", "flip": False}},
}


def write_streets(root):
    """Six pictures with truth masks; the last two have no car."""
    rng, tags, clicks = np.random.default_rng(0), [], []
    for number in range(6):
        truth = np.full(SIZE, 1, np.uint8)
        truth[24 + number :] = 2
        if number < 4:
            truth[20:32, 8 * number + 4 : 8 * number + 24] = 3
        truth[:2] = VOID
        colours = np.array([[0, 0, 0], [120, 170, 230], [90, 90, 90], [200, 40, 40]], np.int64)
        picture = colours[np.where(truth == VOID, 0, truth)] + rng.integers(-20, 20, (*SIZE, 3))
        root.mkdir(exist_ok=True)
        Image.fromarray(picture.clip(0, 255).astype(np.uint8)).save(root / f"s{number}.png")
        save_mask(root / "masks" / f"s{number}.png", truth)
        tags.append(f"s{number},{','.join(NAMES[: 3 if number < 4 else 2])}\n")
        clicks.append(f"s{number},10,5,sky\ns{number},10,46,road\n")
    (root / "classes.txt").write_text("\n".join(NAMES) + "\n")
    (root / "tags.csv").write_text("".join(tags))
    (root / "splits.csv").write_text("".join(f"s{n},{'train' if n not in (3, 5) else 'val'}\n" for n in range(6)))
    Path("clicks.csv").write_text("image,x,y,class\n" + "".join(clicks[n] for n in (0, 1, 2, 4)))


def run(text):
    job = job_of(text)
    importlib.import_module(job.module).run(job, "cpu")


def made_of(plan, reference):
    """Every array of a variant whose numbers are labels."""
    stored = StoredVariant(plan.results, reference, plan.shards(reference))
    kind = "label" if stage_of(reference).holds == "labels" else "mask"
    return {image: stored.read(image)[kind] for image in stored.ids}


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    folder = tmp_path_factory.mktemp("streets")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        write_streets(Path("streets"))
        dataset = {"name": "streets", "format": "folder", "root": "streets", "background": False, "shard_size": 4}
        Path("config.yaml").write_text(yaml.safe_dump({"dataset": dataset, "report": {"images": 1}, **VARIANTS}))
        plan = Plan(load_file(Path("config.yaml")))
        plan.check()
        run_index(plan)
        waiting = list(plan.variants)
        while waiting:
            reference = next(one for one in waiting if not {*plan.variants[one].references()} & {*waiting})
            waiting.remove(reference)
            if plan.variants[reference].fit():
                run(plan.fit_job(reference))
            for shard in plan.shards(reference) if is_sharded(reference) else [None]:
                run(plan.job(reference, shard))
        for reference in plan.evaluation.scored():
            run(plan.evaluation.job(reference))
        for reference in plan.evaluation.tested_classifiers():
            run(plan.evaluation.tags_job(reference))
        draw_report(plan)
        yield plan


def test_networks_have_a_channel_for_each_class_and_no_other(plan):
    for reference in (f"segmenters/{name}" for name in VARIANTS["segmenters"]):
        manifest = read_manifest(plan.results, reference)
        assert manifest.facts["background"] is False
        layers = trained_network(plan.results, manifest, "cpu").state_dict()
        assert len(layers["network.segmentation_head.0.weight"]) == len(NAMES)


@pytest.mark.parametrize("stage", ["masks", "weak_labels", "predictions"])
def test_no_pixel_is_ever_labelled_0(plan, stage):
    for name in VARIANTS[stage]:
        for labels in made_of(plan, f"{stage}/{name}").values():
            assert 0 not in labels
            assert set(np.unique(labels)) <= {1, 2, 3, VOID, *([UNLABELLED] if stage == "weak_labels" else [])}


def test_a_mask_shows_the_classes_of_the_tags_alone(plan):
    for name in ("plain", "crf", "again"):
        assert 3 not in made_of(plan, f"masks/{name}")["s4"]
    spread = StoredVariant(plan.results, "masks/spread", plan.shards("masks/spread")).read("s0")
    assert spread["score"].shape == (3, *SIZE)
    assert "score_background" not in spread


def test_scores_are_means_over_the_classes_alone(plan):
    for reference in plan.evaluation.scored():
        for result in read_record(Path(plan.evaluation.scores(reference)))["results"]:
            assert [line["name"] for line in result["classes"]] == list(NAMES)
            assert np.shape(result["confusion"]) == (3, 3)
            assert result["protocol"]["threshold_mode"] in ("none", "fixed")
            ious = [line["iou"] for line in result["classes"] if line["iou"] is not None]
            assert result["miou"] == pytest.approx(np.mean(ious))
    header = (plan.results / "report" / "scores.csv").read_text().splitlines()[0]
    assert header.endswith("iou sky,iou road,iou car")
    report = class_report(plan.results, ["seeds/cam", "masks/crf"])
    assert report.background is None
    assert len(report.variants[0].runs[0]) == 3


def test_what_people_look_at_names_no_background(plan):
    page = (plan.results / "report.html").read_text()
    assert "sky" in page
    assert "background included" not in page
    assert ">background</t" not in page
    assert Site(plan.results).variants()["background"] is False
    assert compare_variants(plan.results, ["seeds/cam", "masks/spread"], ["s0"]).width
    assert dict(open_results(plan.results).label_names) == {
        1: "sky", 2: "road", 3: "car", UNLABELLED: "unlabelled", VOID: "ignored"
    }  # fmt: skip


def test_exports_and_predictions_of_new_pictures_count_classes_from_1(plan, tmp_path):
    assert export_masks(plan.results, "predictions/points", tmp_path / "png") == 6
    assert 0 not in np.asarray(Image.open(tmp_path / "png" / "s0.png"))
    export_yolo(plan.results, "predictions/points", tmp_path / "yolo")
    assert yaml.safe_load((tmp_path / "yolo" / "data.yaml").read_text())["names"] == dict(enumerate(NAMES))
    segmenter = load_segmenter(plan.results / "segmenters" / "points", device="cpu")
    assert segmenter.labels == {1: "sky", 2: "road", 3: "car"}
    mask, _ = segmenter.predict(Catalogue(plan.results).root / "s3.png")
    assert np.array_equal(mask, made_of(plan, "predictions/points")["s3"])


def test_the_index_keeps_that_there_is_no_background(plan):
    assert json.loads((plan.results / "index" / "set.json").read_text())["background"] is False
