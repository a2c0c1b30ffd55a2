import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from seedmask.config.stages import SHARDED
from seedmask.dataset import listing as listed
from seedmask.errors import InputError, SeedmaskError
from seedmask.fingerprint import code_of
from seedmask.plan import Plan
from seedmask.plan import variants as variants_module

RESULTS = "results/cows"


@pytest.fixture
def pictures(tmp_path):
    """Five training pictures and three others, in four shards of two; the files are empty."""
    root = tmp_path / "cows"
    (root / "masks").mkdir(parents=True)
    for name in "abcdefgh":
        (root / f"{name}.png").touch()
    (root / "masks" / "f.png").touch()
    (root / "tags.csv").write_text("".join(f"{name},cow\n" for name in "abcdefgh"))
    (root / "splits.csv").write_text("".join(f"{n},{'train' if n < 'f' else 'val'}\n" for n in "abcdefgh"))
    return root


@pytest.fixture
def values(pictures):
    """A configuration with every stage."""
    return {
        "dataset": {"name": "cows", "format": "folder", "root": str(pictures), "shard_size": 2},
        "classifiers": {"cam": {}},
        "seeds": {"cam": {"from": "classifiers/cam"}, "val": {"from": "classifiers/cam", "splits": ["val"]}},
        "masks": {
            "crf": {"from": "seeds/cam", "method": "crf"},
            "best": {"from": "seeds/val", "method": "threshold", "threshold": {"mode": "oracle", "split": "val"}},
            "fixed": {"from": "seeds/cam", "method": "par", "threshold": {"mode": "fixed"}},
        },
        "segmenters": {"crf": {"from": "masks/crf"}, "true": {"from": "truth"}},
        "predictions": {"crf": {"from": "segmenters/crf"}, "val": {"from": "segmenters/true", "splits": ["val"]}},
    }


@pytest.fixture
def plan(values):
    return Plan.of(values, [])


def names(files):
    return [file.removeprefix(f"{RESULTS}/") for file in files]


@pytest.mark.parametrize(
    ("reference", "splits", "shards"),
    [
        ("seeds/cam", ("train",), [0, 1, 2]),
        ("seeds/val", ("val",), [2, 3]),
        ("masks/crf", ("train",), [0, 1, 2]),
        ("masks/best", ("val",), [2, 3]),
        ("predictions/crf", ("train", "val"), [0, 1, 2, 3]),
        ("predictions/val", ("val",), [2, 3]),
    ],
)
def test_a_variant_has_the_shards_that_hold_pictures_of_its_splits(plan, reference, splits, shards):
    assert plan.splits(reference) == splits
    assert plan.shards(reference) == [f"{shard:04d}" for shard in shards]
    assert names(plan.manifests(reference)) == [f"{reference}/manifests/{shard:04d}.json" for shard in shards]


def test_the_index_has_all_shards(plan):
    assert plan.shards() == ["0000", "0001", "0002", "0003"]
    assert names(plan.index()) == ["index/set.json", "index/pictures.json"]
    assert names(plan.index("0002")) == ["index/set.json", "index/manifests/0002.json"]
    assert names(plan.tables()) == [f"index/tables/{shard}.json" for shard in plan.shards()]


def test_a_training_has_one_manifest(plan):
    assert names(plan.manifests("classifiers/cam")) == ["classifiers/cam/manifest.json"]


def test_a_split_without_pictures_is_refused_by_name(values):
    values["seeds"]["val"]["splits"] = ["test"]
    with pytest.raises(SeedmaskError, match=r"seeds/val: split 'test' has no pictures; there are train, val"):
        Plan.of(values, []).shards("seeds/val")


def test_shard_k_waits_for_shard_k_alone(plan):
    assert names(plan.inputs("seeds/cam", "0001")) == [
        "index/set.json",
        "index/manifests/0001.json",
        "classifiers/cam/manifest.json",
    ]
    assert names(plan.inputs("masks/fixed", "0001")) == [
        "index/set.json",
        "index/manifests/0001.json",
        "seeds/cam/manifests/0001.json",
    ]
    assert names(plan.inputs("predictions/val", "0003")) == [
        "index/set.json",
        "index/manifests/0003.json",
        "segmenters/true/manifest.json",
    ]


def test_a_training_waits_for_the_whole_index_and_all_its_masks(plan):
    index = names(plan.index())
    assert names(plan.inputs("classifiers/cam")) == index
    assert names(plan.inputs("segmenters/crf")) == [*index, *names(plan.manifests("masks/crf"))]
    assert names(plan.inputs("segmenters/true")) == [*index, "index/truth.json"]


def test_masks_wait_for_a_threshold_that_is_fitted_to_all_seeds(plan):
    assert names(plan.inputs("masks/crf", "0001"))[-1] == "masks/crf/fit.json"
    assert names(plan.fit_inputs("masks/crf")) == names(plan.manifests("seeds/cam"))
    assert not plan.variants["masks/fixed"].fit()
    assert not plan.variants["seeds/cam"].fit()


def test_a_label_free_exponent_is_found_from_all_seeds_with_the_smoothing_of_its_masks(values):
    values["masks"]["ppg"] = {"from": "seeds/cam", "method": "proportional", "exponent": "label_free"}
    values["masks"]["paper"] = {"from": "seeds/cam", "method": "proportional"}
    plan = Plan.of(values, [])
    assert names(plan.inputs("masks/ppg", "0001"))[-1] == "masks/ppg/fit.json"
    assert names(plan.fit_inputs("masks/ppg")) == names(plan.manifests("seeds/cam"))
    job = json.loads(plan.fit_job("masks/ppg"))
    assert job["settings"] == {"from": "seeds/cam", "threshold": 0.05, "scale": 0.3, "cams": {"cam": 1.0}}
    assert job["splits"] == ["train"]
    assert not plan.variants["masks/paper"].fit()


def test_only_the_oracle_waits_for_truth(plan):
    assert names(plan.fit_inputs("masks/best")) == [*names(plan.manifests("seeds/val")), "index/truth.json"]
    waiting = [
        reference
        for reference, _ in plan.config.variants()
        if plan.truth in plan.inputs(reference, "0002" if reference.split("/")[0] in SHARDED else None)
    ]
    assert waiting == ["segmenters/true"]


def test_the_threshold_job_knows_its_seeds_and_splits(plan):
    job = json.loads(plan.fit_job("masks/best"))
    threshold = {"mode": "oracle", "split": "val"}
    assert job["settings"] == {"from": "seeds/val", "threshold": threshold, "cams": {"cam": 1.0}}
    assert job["splits"] == ["val"]
    assert job["upstream"] == {"seeds/val": plan.recipe("seeds/val")}
    assert job["stage"] == "masks"


def test_a_gpu_is_asked_for_by_networks_and_pixel_adaptive_refinement(plan):
    asking = [reference for reference, _ in plan.config.variants() if plan.uses_gpu(reference)]
    assert [r for r in asking if r.startswith("masks")] == ["masks/fixed"]
    assert len(asking) == 1 + 2 + 1 + 2 + 2


def test_a_training_asks_for_a_gpu_and_threads_for_each_of_its_processes(plan):
    shared = plan.variants["classifiers/cam"].model_copy(update={"processes": 4})
    assert (plan.gpus("classifiers/cam"), plan.gpus("masks/crf"), plan.gpus("seeds/cam")) == (1, 0, 1)
    plan.variants = {**plan.variants, "classifiers/cam": shared}
    assert (plan.gpus("classifiers/cam"), plan.threads("classifiers/cam")) == (4, 8)


def test_jobs_take_the_threads_of_their_settings(plan):
    assert {reference: plan.threads(reference) for reference in ("classifiers/cam", "masks/crf")} == {
        "classifiers/cam": 2,
        "masks/crf": 1,
    }


def test_seeds_masks_and_predictions_are_scored(plan):
    stages = [reference.split("/")[0] for reference in plan.evaluation.scored()]
    assert stages == ["seeds"] * 2 + ["masks"] * 3 + ["predictions"] * 2
    assert names([plan.evaluation.scores("masks/crf")]) == ["evaluation/masks/crf/scores.json"]


def jobs(plan):
    """Every job as JSON."""
    found = {"index": plan.index_job()} | {f"index {shard}": plan.index_shard_job(shard) for shard in plan.shards()}
    for reference in plan.variants:
        shards = plan.shards(reference) if reference.split("/")[0] in SHARDED else [None]
        found |= {f"{reference} {shard or ''}".strip(): plan.job(reference, shard) for shard in shards}
        if plan.variants[reference].fit():
            found[f"{reference} fit"] = plan.fit_job(reference)
    return found


def changed(before, after):
    """Variants whose jobs differ, and other jobs."""
    assert before.keys() == after.keys()
    return sorted(
        {
            name.removesuffix(name[-5:]) if name[-4:].isdigit() else name
            for name in before
            if before[name] != after[name]
        }
    )


def test_the_same_configuration_gives_the_same_jobs(plan, values):
    assert jobs(plan) == jobs(Plan.of(values, []))


@pytest.mark.parametrize(
    ("stage", "variant", "key", "value", "expected"),
    [
        ("masks", "crf", "crf", {"iterations": 3}, ["masks/crf", "segmenters/crf"]),
        ("predictions", "val", "flip", False, ["predictions/val"]),
        ("seeds", "val", "flip", False, ["masks/best", "masks/best fit", "seeds/val"]),
        (
            "classifiers", "cam", "epochs", 3, ["classifiers/cam", "seeds/cam", "seeds/val"],
        ),
        (
            "masks", "best", "threshold", {"mode": "label_free"}, ["masks/best", "masks/best fit"],
        ),
    ],
)  # fmt: skip
def test_a_setting_changes_the_jobs_of_its_variant_and_the_recipe_their_readers_ask_for(
    plan, values, stage, variant, key, value, expected
):
    values[stage][variant][key] = value
    assert changed(jobs(plan), jobs(Plan.of(values, []))) == expected


def test_a_default_that_is_written_out_changes_nothing(plan, values):
    values["masks"]["crf"] |= {"crf": {"iterations": 10}, "threshold": {"mode": "label_free"}}
    assert jobs(plan) == jobs(Plan.of(values, []))


def test_a_new_variant_changes_no_other_job(plan, values):
    before = jobs(plan)
    values["masks"]["more"] = {"from": "seeds/cam", "method": "threshold"}
    after = jobs(Plan.of(values, []))
    assert {name: after[name] for name in before} == before


def test_code_of_a_method_changes_its_own_jobs_and_the_recipe_their_readers_ask_for(plan, values, monkeypatch):
    before, method = jobs(plan), "seedmask.masks.crf.job"
    monkeypatch.setattr(variants_module, "code_of", lambda m: {"code": "new"} if method in m else code_of(m))
    assert changed(before, jobs(Plan.of(values, []))) == ["masks/crf", "segmenters/crf"]


def test_a_job_carries_settings_as_they_are_written(plan):
    job = json.loads(plan.job("masks/crf", "0002"))
    assert (job["stage"], job["variant"], job["shard"], job["shard_size"]) == ("masks", "crf", "0002", 2)
    assert job["results"] == RESULTS
    assert job["settings"]["from"] == "seeds/cam"
    assert job["upstream"] == {"seeds/cam": plan.recipe("seeds/cam")}
    assert job["gpu"] is False


def index_settings(values):
    """Settings of the jobs that make the index, those of its shards by their numbers."""
    plan = Plan.of(values, [])
    jobs = {shard: plan.index_shard_job(shard) for shard in plan.shards()} | {"": plan.index_job()}
    return {shard: json.loads(job)["settings"] for shard, job in jobs.items()}


@pytest.mark.parametrize(
    "change",
    [
        lambda root: (root / "a.png").write_bytes(b"longer"),
        lambda root: os.utime(root / "masks" / "f.png", ns=(1, 1)),
        lambda root: (root / "tags.csv").write_text((root / "tags.csv").read_text().replace("b,cow", "b,")),
        lambda root: (root / "splits.csv").write_text((root / "splits.csv").read_text().replace("e,train", "e,val")),
        lambda root: (root / "i.png").touch(),
        lambda root: (root / "classes.txt").write_text("cow\nsheep\n"),
    ],
    ids=["picture", "mask", "tags", "splits", "new picture", "classes"],
)
def test_the_index_is_made_anew_when_a_file_of_the_data_set_changes(values, pictures, change):
    before = index_settings(values)
    assert index_settings(values) == before
    change(pictures)
    assert index_settings(values) != before


def test_a_changed_picture_has_its_own_shard_of_the_index_made_anew_and_no_other(values, pictures):
    before = index_settings(values)
    (pictures / "c.png").write_bytes(b"longer")
    after = index_settings(values)
    assert [shard for shard in before if after[shard] != before[shard]] == ["0001"]


def test_what_does_not_change_the_pictures_leaves_the_index_alone(values, pictures):
    before = index_settings(values)
    (pictures / "tags.csv").write_text((pictures / "tags.csv").read_text().replace("\n", "\r\n"))
    values["masks"].pop("fixed")
    assert index_settings(values) == before


def test_a_damaged_picture_does_not_stop_the_plan(values, pictures):
    (pictures / "a.png").write_bytes(b"no picture")
    assert len(jobs(Plan.of(values, []))) > 10


def test_a_cluster_s_job_plans_the_same_without_looking_at_the_pictures(values, pictures, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    expected = jobs(Plan.of(values, [], listed.update_listing))
    shutil.rmtree(pictures)
    assert jobs(Plan.of(values, [], listed.read_listing)) == expected


def test_a_cluster_s_job_plans_the_same_without_looking_at_files_beside_the_data_set(values, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("drawn").mkdir()
    Path("drawn/a.png").touch()
    values["saliency"] = {"drawn": {"method": "folder", "folder": "drawn", "origin": "drawn by hand"}}
    expected = jobs(Plan.of(values, [], listed.update_listing))
    Path("drawn/a.png").write_text("changed while the run goes on")
    assert jobs(Plan.of(values, [], listed.read_listing)) == expected
    assert jobs(Plan.of(values, [], listed.current_listing)) != expected
    assert (
        jobs(Plan.of(values, [], listed.update_listing)) == jobs(Plan.of(values, [], listed.read_listing)) != expected
    )


def test_jobs_of_a_variant_differ_by_their_shard_alone(plan):
    first, second = (json.loads(plan.job("masks/crf", shard)) for shard in ("0000", "0002"))
    assert (first["shard"], second["shard"]) == ("0000", "0002")
    assert {**first, "shard": "0002"} == second


def test_a_missing_folder_is_told_with_its_name(values):
    values["dataset"]["root"] = "nowhere"
    with pytest.raises(SeedmaskError, match="nowhere"):
        Plan.of(values, []).shards()


def test_a_variant_waits_for_everything_that_it_reads_shard_by_shard(values):
    crops = {"method": "seam", "crops": {"rough": "seeds/cam"}}
    values["classifiers"]["tiles"] = crops
    plan = Plan.of(values, [])
    assert names(plan.inputs("classifiers/tiles")) == [*names(plan.index()), *names(plan.manifests("seeds/cam"))]
    assert set(json.loads(plan.job("classifiers/tiles"))["upstream"]) == {"seeds/cam"}


def test_a_split_that_something_read_does_not_cover_is_refused(values):
    Plan.of(values, []).check()
    values["segmenters"]["crf"]["from"] = "masks/best"
    with pytest.raises(SeedmaskError, match="segmenters/crf: masks/best does not cover split 'train'; add it to"):
        Plan.of(values, []).check()


def untag(pictures, names):
    lines = [f"{name},{'' if name in names else 'cow'}\n" for name in "abcdefgh"]
    (pictures / "tags.csv").write_text("".join(lines))
    (pictures / "classes.txt").write_text("cow\n")


def test_a_run_whose_training_pictures_show_no_class_is_refused(values, pictures):
    untag(pictures, "abcde")
    found = r"classifiers/cam: no training picture shows a class, so nothing can be learned \(5 without a tag in "
    with pytest.raises(SeedmaskError, match=found):
        Plan.of(values, []).check()
    untag(pictures, "abcd")
    Plan.of(values, []).check()


def test_what_is_learned_from_truth_or_weak_labels_needs_no_tags(values, pictures):
    untag(pictures, "abcdefgh")
    (pictures / "tags.csv").unlink()
    without = {
        "dataset": values["dataset"],
        "weak_labels": {"clicks": {"method": "points", "from": "truth"}},
        "segmenters": {"true": {"from": "truth"}},
    }
    Plan.of(without, []).check()


def test_tags_that_cannot_be_read_are_the_problem_and_not_their_lack(values, pictures):
    (pictures / "classes.txt").write_text("sheep\n")
    plan = Plan.of(values, [])
    plan.check()
    assert 'tag "cow" is not in classes.txt' in str(plan.listing.problems[0])


def test_truth_that_went_into_anything_upstream_is_named(plan):
    assert plan.pixel_labels("masks/crf") == plan.pixel_labels("predictions/crf") == ()
    assert plan.pixel_labels("masks/best") == ("masks/best: threshold chosen with truth masks",)
    assert plan.pixel_labels("predictions/val") == ("segmenters/true: learns from truth masks",)
    assert json.loads(plan.job("predictions/val", "0002"))["pixel_labels"] == [
        "segmenters/true: learns from truth masks"
    ]


def test_a_file_of_the_user_s_that_changes_makes_what_reads_it_again(values, tmp_path):
    folder = tmp_path / "maps"
    folder.mkdir()
    values["saliency"] = {"own": {"method": "folder", "folder": str(folder)}, "net": {}}

    def recipes():
        plan = Plan.of(values, [])
        plan.check()
        return plan.recipe("saliency/own"), plan.recipe("saliency/net")

    own, net = recipes()
    (folder / "a.png").write_bytes(b"map")
    changed, same = recipes()
    assert (changed != own, same == net) == (True, True)
    assert recipes() == (changed, same)
    values["saliency"]["own"]["folder"] = str(tmp_path / "nowhere")
    with pytest.raises(
        SeedmaskError, match=r"saliency/own: .*nowhere' does not exist; name a file or folder that does"
    ):
        Plan.of(values, []).check()


def test_saliency_is_made_shard_by_shard_and_not_scored(values):
    values["saliency"] = {"net": {}}
    plan = Plan.of(values, [])
    assert names(plan.manifests("saliency/net")) == [f"saliency/net/manifests/000{n}.json" for n in range(3)]
    assert "saliency/net" not in plan.evaluation.scored()
    assert json.loads(plan.job("saliency/net", "0000"))["provenance"].startswith("U2-Net-P")


def test_boundaries_learned_from_truth_are_named_in_the_masks_of_their_walk(values):
    values["classifiers"]["edges"] = {"method": "boundary", "from": "truth"}
    values["masks"]["walk"] = {"from": "seeds/cam", "method": "random_walk", "boundary": "classifiers/edges"}
    plan = Plan.of(values, [])
    assert plan.pixel_labels("masks/walk") == ("classifiers/edges: learns from truth masks",)
    assert plan.truth in plan.inputs("classifiers/edges")


def test_a_job_names_its_module_and_method(plan):
    job = json.loads(plan.job("masks/crf", "0000"))
    assert (job["module"], job["made_by"]) == ("seedmask.masks.crf.job", "method crf")
    assert json.loads(plan.fit_job("masks/crf"))["module"] == "seedmask.seeds.fit_label_free"
    assert json.loads(plan.job("segmenters/crf"))["made_by"] == "arch DeepLabV3Plus, loss cross_entropy"


def test_replicates_have_jobs_of_their_own_that_differ_by_seed_and_source(values):
    once = jobs(Plan.of(values, []))
    values["segmenters"]["crf"]["replicates"] = 2
    plan = Plan.of(values, [])
    assert {name: job for name, job in jobs(plan).items() if ".1" not in name} == once
    assert plan.replicates["predictions/crf"] == 2
    first, second = (json.loads(plan.job(f"segmenters/{name}")) for name in ("crf", "crf.1"))
    assert second["settings"] == {**first["settings"], "seed": 1}
    assert "segmenters/crf.1" in json.loads(plan.job("predictions/crf.1", "0000"))["upstream"]
    assert f"{RESULTS}/predictions/crf.1/manifests/0000.json" in plan.page.inputs()


def test_a_wrong_configuration_is_told_with_file_and_line(values, tmp_path):
    file = tmp_path / "config.yaml"
    file.write_text("dataset:\n  name: cows\n")
    with pytest.raises(InputError, match=r"config.yaml line 1: dataset.format: missing"):
        Plan.of({"dataset": {"name": "cows"}}, [str(file)])


def test_the_page_waits_for_all_results_and_scores(plan):
    files = set(names(plan.page.inputs()))
    assert {"segmenters/crf/manifest.json", "predictions/crf/manifests/0003.json"} <= files
    assert {"evaluation/seeds/val/scores.json", "index/truth.json"} <= files


def test_a_job_is_the_same_in_every_process(values, tmp_path):
    code = (
        "import json, sys; from seedmask.plan import Plan\n"
        "print(Plan.of(json.loads(sys.argv[1]), []).job('seeds/cam', '0000'))"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code, json.dumps(values)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in "12"
    }
    assert len(outputs) == 1
    assert json.loads(outputs.pop())["variant"] == "cam"
