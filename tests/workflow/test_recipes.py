"""Published recipes run from end to end on a few pictures, and are planned in seconds on as many as there are."""

import json
import re
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
import yaml
from coco_kit import write_coco, write_coco_names
from scenes_kit import (
    write_ade20k,
    write_ade20k_names,
    write_cityscapes,
    write_cityscapes_names,
    write_clicks,
    write_saliency,
)
from voc_kit import write_names, write_voc

from seedmask.config.graph import load_file
from seedmask.config.reading import merged_values
from seedmask.dataset.formats import list_images
from seedmask.dataset.formats.voc import VOC_CLASSES

RECIPES = Path(__file__).resolve().parents[2] / "recipes"
OF_VOC = sorted(path.stem for path in RECIPES.glob("*-voc*.yaml"))
OF_COCO = sorted(path.stem for path in RECIPES.glob("*-coco.yaml"))
OF_SCENES = {"agmm-cityscapes": "cityscapes", "agmm-ade20k": "ADEChallengeData2016"}
"""Folder of the data set of each recipe for whole scenes."""
PICTURES = {
    "voc": 10_582 + 1_449,
    "coco": 82_081 + 40_137,
    "cityscapes": 2_975 + 500 + 1_525,
    "ADEChallengeData2016": 20_210 + 2_000,
}
SECONDS = 30
"""What a dry run may take."""


def seedmask(folder, *arguments, command="run"):
    command = [sys.executable, "-m", "seedmask", command, *map(str, arguments)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, (done.stdout + done.stderr)[-6000:]
    return done.stdout + done.stderr


@pytest.mark.thorough
@pytest.mark.parametrize("recipe", OF_VOC)
def test_a_reduced_recipe_runs_and_is_scored_on_the_masks_of_voc_itself(recipe, tmp_path):
    write_voc(tmp_path / "VOCdevkit/VOC2012", train=4, augmented=8, val=4)
    path = RECIPES / f"{recipe}.yaml"
    config = load_file(path)
    seedmask(tmp_path, path, RECIPES / "reduced.yaml", "--cores", 2)
    scores = (tmp_path / "results/reduced/evaluation").rglob("scores.json")
    scored = {str(file.parent.relative_to(tmp_path / "results/reduced/evaluation")): file for file in scores}
    assert {f"predictions/{name}" for name in config.predictions} <= scored.keys()
    for file in scored.values():
        results = json.loads(file.read_text())["results"]
        assert {(one["protocol"]["split"], one["images"]) for one in results} <= {
            ("train", 4),
            ("val", 4),
        }


@pytest.mark.thorough
def test_a_set_in_the_layout_of_voc_runs_as_init_writes_it(tmp_path):
    write_voc(tmp_path / "VOCdevkit/VOC2012", train=4, augmented=8, val=4)
    seedmask(tmp_path, "VOCdevkit/VOC2012", command="init")
    dataset = load_file(tmp_path / "config.yaml").dataset
    assert dataset.splits["train"] == "ImageSets/Segmentation/trainaug.txt"
    assert "12 images, 20 classes" in seedmask(tmp_path, command="check")
    seedmask(tmp_path, "config.yaml", RECIPES / "reduced.yaml", "--cores", 2)
    (scores,) = (tmp_path / "results/reduced/evaluation/predictions").rglob("scores.json")
    scored = [(one["protocol"]["split"], one["protocol"]["scored_list"], one["images"])
              for one in json.loads(scores.read_text())["results"]]  # fmt: skip
    train, val = "ImageSets/Segmentation/train.txt", "ImageSets/Segmentation/val.txt"
    assert scored == [("train", train, 4), ("val", val, 4)]


@pytest.mark.thorough
def test_the_recipe_of_agmm_runs_on_published_strokes_and_points_as_they_are(tmp_path):
    write_voc(tmp_path / "VOCdevkit/VOC2012", train=4, augmented=8, val=4)
    points = {"file": "VOCdevkit/VOC2012/whats_the_point.json", "folder": None, "codes": None}
    scribbles = {"folder": "VOCdevkit/VOC2012/scribble/voc_2012", "codes": None}
    published = tmp_path / "published.yaml"
    published.write_text(json.dumps({"weak_labels": {"points": points, "scribbles": scribbles}}))
    seedmask(tmp_path, RECIPES / "agmm-voc.yaml", RECIPES / "reduced.yaml", published, "--cores", 2)
    predictions = tmp_path / "results/reduced/evaluation/predictions"
    for name in ("points", "scribbles"):
        (val,) = json.loads((predictions / name / "scores.json").read_text())["results"]
        assert (val["protocol"]["split"], val["images"]) == ("val", 4)


@pytest.mark.thorough
@pytest.mark.parametrize("recipe", OF_COCO)
def test_a_reduced_recipe_for_coco_runs_and_is_scored_on_rendered_masks(recipe, tmp_path):
    write_coco(tmp_path / "coco2014", train=8, val=4, empty=2)
    path = RECIPES / f"{recipe}.yaml"
    seedmask(tmp_path, path, RECIPES / "reduced.yaml", "--cores", 2)
    for name in load_file(path).predictions:
        file = tmp_path / f"results/reduced/evaluation/predictions/{name}/scores.json"
        (result,) = json.loads(file.read_text())["results"]
        assert (result["protocol"]["split"], result["images"], len(result["classes"])) == ("val", 4, 81)
        assert result["protocol"]["truth_recipe"] == "smallest_on_top"


@pytest.mark.thorough
def test_a_set_in_the_layout_of_coco_runs_as_init_writes_it(tmp_path):
    write_coco(tmp_path / "coco2014", train=8, val=4, empty=2)
    seedmask(tmp_path, "coco2014", command="init")
    assert "80 classes" in seedmask(tmp_path, command="check")
    seedmask(tmp_path, "config.yaml", RECIPES / "reduced.yaml", "--cores", 2)
    (scores,) = (tmp_path / "results/reduced/evaluation/predictions").rglob("scores.json")
    scored = [(one["protocol"]["split"], len(one["classes"])) for one in json.loads(scores.read_text())["results"]]
    assert scored == [("train", 81), ("val", 81)]


WRITERS = {"cityscapes": lambda root: write_clicks(write_cityscapes(root)), "ADEChallengeData2016": write_ade20k}


@pytest.mark.thorough
@pytest.mark.parametrize(("recipe", "data"), OF_SCENES.items())
def test_a_reduced_recipe_for_scenes_runs_and_is_scored_without_a_background(recipe, data, tmp_path):
    WRITERS[data](tmp_path / data)
    path = RECIPES / f"{recipe}.yaml"
    seedmask(tmp_path, path, RECIPES / "reduced.yaml", "--cores", 2)
    for name in load_file(path).predictions:
        file = tmp_path / f"results/reduced/evaluation/predictions/{name}/scores.json"
        (result,) = json.loads(file.read_text())["results"]
        assert result["protocol"]["split"] == "val"
        assert "background" not in {one["name"] for one in result["classes"]}


@pytest.mark.thorough
@pytest.mark.parametrize("data", OF_SCENES.values())
def test_init_check_and_run_take_scenes_as_they_are(data, tmp_path):
    WRITERS[data](tmp_path / data)
    for command in (["init", data, "--name", "scenes"], ["check"]):
        subprocess.run([sys.executable, "-m", "seedmask", *command], cwd=tmp_path, check=True)
    seedmask(tmp_path, "config.yaml", RECIPES / "reduced.yaml", "--cores", 2)
    assert (tmp_path / "results/reduced/evaluation/predictions/points/scores.json").exists()


@pytest.mark.thorough
@pytest.mark.parametrize("data", OF_SCENES.values())
@pytest.mark.parametrize("recipe", ["pmm-voc", "sfc-voc", "i2crc-voc"])
def test_a_system_whose_formulas_have_a_background_runs_on_scenes_that_are_given_one(recipe, data, tmp_path):
    root = WRITERS[data](tmp_path / data)
    form = {"cityscapes": "cityscapes", "ADEChallengeData2016": "ade20k"}[data]
    config = merged_values([RECIPES / f"{recipe}.yaml", RECIPES / "reduced.yaml"])
    config["dataset"] = {"name": "reduced", "format": form, "root": str(root), "background": True, "shard_size": 8}
    for saliency in config.get("saliency", {}).values():
        saliency["folder"] = str(tmp_path / "saliency")
        write_saliency(root, tmp_path / "saliency")
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(config))
    seedmask(tmp_path, "config.yaml", "--cores", 2)
    for name in load_file(tmp_path / "config.yaml").predictions:
        assert (tmp_path / f"results/reduced/evaluation/predictions/{name}/scores.json").exists()


@pytest.mark.parametrize("recipe", OF_VOC)
def test_training_pictures_of_a_recipe_have_the_truth_of_voc_itself(recipe, tmp_path):
    write_voc(tmp_path, train=4, augmented=8, val=4)
    dataset = load_file(RECIPES / f"{recipe}.yaml").dataset
    listing = list_images(dataset.model_copy(update={"root": str(tmp_path)}))
    assert not listing.problems
    splits = Counter((entry.split, entry.mask is not None) for entry in listing.entries)
    assert splits == {("train", True): 4, ("train", False): 4, ("val", True): 4}
    assert all(len(entry.tags or ()) == 2 for entry in listing.entries if entry.split == "train")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Makes a folder with as many pictures as a data set has, none of which has content."""
    made = {}

    def folder(data):
        if data not in made:
            made[data] = tmp_path_factory.mktemp(data)
            for name in ("res38d.pth", "resnet38_SEAM.pth", "scalenet101.pth"):
                (made[data] / "weights").mkdir(exist_ok=True)
                (made[data] / "weights" / name).touch()
            _write_whole(made[data], data)
        return made[data]

    return folder


def _write_whole(folder, data):
    if data == "coco":
        write_coco_names(folder / "coco2014", {"train2014": (82_783, 82_081), "val2014": (40_504, 40_137)})
        return
    if data == "cityscapes":
        write_cityscapes_names(folder / data, {"train": 2_975, "val": 500, "test": 1_525})
        for clicks in (20, 50, 100):
            (folder / data / f"{clicks}clicks").mkdir()
        return
    if data == "ADEChallengeData2016":
        write_ade20k_names(folder / data, {"training": 20_210, "validation": 2_000})
        return
    root = folder / "VOCdevkit/VOC2012"
    write_names(root, VOC_CLASSES, {"trainaug": 10_582, "val": 1_449})
    for name in ("SegmentationClass", "SegmentationClassAug", "saliency_aug", "point/segcls", "scribble/seginst"):
        (root / name).mkdir(parents=True)
    (root / "train_cls.txt").write_text("".join(f"trainaug_{n:06d} {n % 20} \n" for n in range(10_582)))


@pytest.mark.parametrize(
    "recipe",
    [
        pytest.param(one, marks=[] if one == "pmm-voc" else pytest.mark.thorough)
        for one in (*OF_VOC, *OF_COCO, *OF_SCENES)
    ],
)
def test_a_dry_run_takes_seconds_on_a_set_of_the_true_size(recipe, whole):
    data = OF_SCENES.get(recipe, "coco" if recipe in OF_COCO else "voc")
    folder = whole(data)
    started = time.monotonic()
    output = seedmask(folder, RECIPES / f"{recipe}.yaml", "--dry-run")
    assert time.monotonic() - started < SECONDS
    jobs = re.findall(r"^(?:local)?rule (\w+):", output, re.MULTILINE)
    config = load_file(RECIPES / f"{recipe}.yaml")
    pictures = PICTURES[data]
    assert jobs.count("index_shard") == -(-pictures // config.dataset.shard_size)
    assert jobs.count("segmenters") == len(config.segmenters)
