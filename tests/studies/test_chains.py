"""The study of chains: it is planned for every set, holds every method, and goes on where it was interrupted."""

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
import yaml
from chains import DATA, FILES, PRUNED, SETS, configuration, without
from PIL import Image
from voc_kit import write_names

from seedmask.config.graph import load
from seedmask.config.stages import is_sharded
from seedmask.demo.hard.kinds import NAMES
from seedmask.demo.shapes import make_shapes
from seedmask.plan import Plan

STAMPS = ("cattle", "rodent", "carnivore", "flower", "produce", "vehicle")
SPLITS = {"train": 8, "val": 4}
ENDINGS = ("_threshold", "_crf", "_crf_03")


@pytest.fixture
def data(tmp_path, monkeypatch):
    """A folder with as much of every set as a plan looks at."""
    monkeypatch.chdir(tmp_path)
    for name, classes in (("stamps", STAMPS), ("shapes-hard", NAMES)):
        write_names(tmp_path / DATA / name, classes, SPLITS)
        (tmp_path / DATA / name / "classes.txt").write_text("".join(f"{one}\n" for one in classes))
    for folder, mode in (("pictures", "RGB"), ("masks", "L")):
        (tmp_path / "own" / folder).mkdir(parents=True)
        for number in range(4):
            Image.new(mode, (8, 8)).save(tmp_path / f"own/{folder}/{number}.png")
    (tmp_path / "own/classes.txt").write_text("".join(f"{one}\n" for one in STAMPS))
    (tmp_path / "own/tags.csv").write_text("image,tag\n" + "".join(f"{n}.png,{STAMPS[n]}\n" for n in range(4)))
    return tmp_path


def plan_of(name, stage):
    plan = Plan.of(configuration(name, stage, Path("own")), [])
    plan.check()
    return plan


def jobs(plan):
    """The first job of every variant."""
    first = {reference: plan.shards(reference)[0] if is_sharded(reference) else None for reference in plan.variants}
    return {reference: plan.job(reference, shard) for reference, shard in first.items()}


@pytest.mark.parametrize(
    ("name", "stage"), [*(("stamps", stage) for stage in FILES), *((name, "rounds") for name in SETS[1:])]
)
def test_every_set_is_planned(name, stage, data):
    plan = plan_of(name, stage)
    assert plan.listing.problems == ()
    assert all(jobs(plan).values())
    trained = [reference for reference in plan.variants if reference.startswith("segmenters/")]
    fewer = 3 if name == "shapes-hard" else 0  # no words
    assert len(trained) == {"masks": 0, "segmenters": 16 - fewer, "rounds": 24 - fewer}[stage]


def test_sets_keep_their_results_apart(data):
    assert len({plan_of(name, "masks").results for name in SETS}) == len(SETS)


def test_photographs_have_their_truth(data):
    pictures = list(plan_of("photos", "masks").listing.entries)
    assert [one.mask is not None for one in pictures] == [True] * 4


def test_each_third_photograph_is_new(data):
    splits = {one.id: one.split for one in plan_of("photos", "masks").listing.entries}
    assert splits == {"0": "train", "1": "train", "2": "val", "3": "train"}


def test_sets_after_the_first_keep_what_is_compared_of_segmenters(data):
    for name in SETS[1:]:
        plan = Plan.of(without(configuration(name, "rounds", Path("own")), *PRUNED), [])
        plan.check()
        words = () if name == "shapes-hard" else ("scenes",)
        assert plan.config.segmenters.keys() == {"baseline", "best", "i2crc", "truth", *words}
        assert {"cam_crf", "salient_crf", "i2crc_filled_labels"} <= plan.config.masks.keys()


def test_segmenters_leave_everything_before_them_as_it_is(data):
    before, after = jobs(plan_of("stamps", "masks")), jobs(plan_of("stamps", "rounds"))
    assert before == {reference: after[reference] for reference in before}


def test_heads_from_words_are_only_where_there_are_words(data):
    stamps, hard, photos = (configuration(name, "segmenters", Path("own")) for name in SETS)
    assert "cattle" in stamps["classifiers"]["started"]["names"]
    assert photos["classifiers"]["started"]["head"] == "named"
    assert "names" not in photos["classifiers"]["started"]
    assert [key for key in hard["masks"] if key.startswith("started")] == []
    assert {**hard["classifiers"], "started": None}.keys() == stamps["classifiers"].keys()


def test_sets_of_many_classes_are_learned_for_longer(data):
    stamps, *others = (configuration(name, "rounds", Path("own"))["segmenters"] for name in SETS)
    for other in others:
        assert {name: one["least_steps"] for name, one in other.items()} == {
            name: 2 * stamps[name]["least_steps"] for name in other
        }


def test_photographs_are_seen_at_half_their_size(data):
    stamps, photos = (configuration(name, "rounds", Path("own")) for name in ("stamps", "photos"))
    for name in stamps["segmenters"]:
        assert photos["segmenters"][name]["augmentation"] == {"crop": 128, "scale": [0.25, 0.5]}
    assert {tuple(one["scales"]) for one in photos["predictions"].values()} == {(0.375,)}
    assert photos["masks"]["pmm_cyclic"]["scales"] == [0.25, 0.375, 0.5]


def test_all_that_is_made_from_a_variant_goes_with_it():
    values = {
        "dataset": {"name": "x", "format": "voc", "root": "x"},
        "classifiers": {"a": {}, "b": {}},
        "seeds": {"a": {"from": "classifiers/a"}, "b": {"from": "classifiers/b"}},
        "masks": {
            "a": {"from": "seeds/a", "method": "threshold"},
            "b": {"from": "seeds/b", "method": "threshold"},
            "both": {"method": "agreement", "of": ["masks/b", "masks/a"]},
        },
    }
    left = without(values, "classifiers/a")
    assert {stage: [*left[stage]] for stage in ("classifiers", "seeds", "masks")} == {
        "classifiers": ["b"],
        "seeds": ["b"],
        "masks": ["b"],
    }
    assert left["dataset"] == values["dataset"]
    assert [*without(values, "masks/[ab]")["masks"]] == []
    assert without(values, "masks/c*") == values


def test_every_method_takes_part():
    config = load(configuration("stamps", "rounds"), [])
    titles = {
        stage: {one.title for one in config.of_stage(stage).values()} for stage in ("classifiers", "seeds", "masks")
    }
    assert titles["classifiers"] == {"cam", "seam", "sfc", "i2crc", "boundary"}
    assert titles["seeds"] == {"multi_scale", "multi_crop", "prototype", "affinity", "salient", "rough"}
    assert titles["masks"] == {
        *("threshold", "crf", "par", "proportional", "random_walk", "saliency_labels", "confidence", "agreement"),
        *("cyclic", "object_guided"),
    }
    assert {one.walk for one in config.masks.values() if one.title == "random_walk"} == {"single", "double"}
    losses = {one.loss.title for one in config.segmenters.values()}
    assert losses == {"cross_entropy", "under_fitting", "mixture"}
    repeated = {name for name, one in config.segmenters.items() if one.replicates == 3}
    assert repeated == {"baseline", "best", "scenes", "truth"}


def test_seeds_that_are_compared_have_the_same_two_masks():
    masks = configuration("stamps", "masks")["masks"]
    made = {ending: {name.removesuffix(ending) for name in masks if name.endswith(ending)} for ending in ENDINGS}
    both = made["_threshold"] & made["_crf"]
    assert {"cam", "started", "seam", "weights", "sfc", "i2crc", "spread", "kept", "salient", "scenes"} <= both
    assert made["_crf_03"] == {"cam", "salient"}


def test_all_train_on_one_encoder_and_one_thread():
    config = load(configuration("stamps", "rounds"), [])
    networks = [*config.classifiers.values(), *config.segmenters.values()]
    assert {(one.encoder, one.weights, one.threads) for one in networks} == {("tf_efficientnet_lite0", "packaged", 1)}
    frozen = {name: one.frozen_stages for name, one in config.classifiers.items() if one.title != "boundary"}
    assert frozen.pop("seam") == 8
    assert set(frozen.values()) == {"all"}


def test_an_interrupted_study_goes_on(tmp_path):
    make_shapes(tmp_path / DATA / "shapes-hard", train=4, val=2, seed=0, size=64)
    (tmp_path / "study.yaml").write_text(yaml.safe_dump(configuration("shapes-hard", "masks")))

    def planned(*arguments):
        command = [sys.executable, "-m", "seedmask", "run", "study.yaml", "--cores", "1", *arguments]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
        return Counter(re.findall(r"^(?:local)?rule (\w+):", done.stdout + done.stderr, re.MULTILINE))

    before = planned("--dry-run")
    planned("--until", "index")
    after = planned("--dry-run")
    assert before - after == Counter(index_shard=before["index_shard"], index=1)
    assert not after - before
