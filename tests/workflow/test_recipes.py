"""Published recipes run from end to end on a few pictures, and are planned in seconds on as many as there are."""

import json
import re
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from voc_kit import write_names, write_voc

from seedmask.config.graph import load_file
from seedmask.dataset.formats import list_images
from seedmask.dataset.formats.voc import VOC_CLASSES

RECIPES = Path(__file__).resolve().parents[2] / "recipes"
OF_VOC = sorted(path.stem for path in RECIPES.glob("*-voc*.yaml"))
OF_COCO = sorted(path.stem for path in RECIPES.glob("*-coco.yaml"))
SECONDS = 30
"""What a dry run may take."""


def seedmask(folder, *arguments):
    command = [sys.executable, "-m", "seedmask", "run", *map(str, arguments)]
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
        classes = [f"class{number}" for number in range(80)]
        write_names(folder / "coco2014", classes, {"train": 82_081, "val": 40_137})
        (folder / "coco2014/classes.txt").write_text("\n".join(classes))
        (folder / "coco2014/annotations").mkdir()
        (folder / "coco2014/annotations/instances_train2014.json").write_text("{}")
        return
    root = folder / "VOCdevkit/VOC2012"
    write_names(root, VOC_CLASSES, {"trainaug": 10_582, "val": 1_449})
    for name in ("SegmentationClass", "SegmentationClassAug", "saliency_aug", "point/segcls", "scribble/seginst"):
        (root / name).mkdir(parents=True)
    (root / "train_cls.txt").write_text("".join(f"trainaug_{n:06d} {n % 20} \n" for n in range(10_582)))


@pytest.mark.parametrize(
    "recipe", [pytest.param(one, marks=[] if one == "pmm-voc" else pytest.mark.thorough) for one in OF_VOC + OF_COCO]
)
def test_a_dry_run_takes_seconds_on_a_set_of_the_true_size(recipe, whole):
    data = "coco" if recipe in OF_COCO else "voc"
    folder = whole(data)
    started = time.monotonic()
    output = seedmask(folder, RECIPES / f"{recipe}.yaml", "--dry-run")
    assert time.monotonic() - started < SECONDS
    jobs = re.findall(r"^(?:local)?rule (\w+):", output, re.MULTILINE)
    config = load_file(RECIPES / f"{recipe}.yaml")
    pictures = {"voc": 10_582 + 1_449, "coco": 82_081 + 40_137}[data]
    assert jobs.count("index_shard") == -(-pictures // config.dataset.shard_size)
    assert jobs.count("segmenters") == len(config.segmenters)
