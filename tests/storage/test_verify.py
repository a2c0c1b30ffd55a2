import fcntl
import os
import shutil
from itertools import zip_longest

import numpy as np
import pytest
from results_kit import VARIANTS, draw_report, make_run, run_in

from seedmask.config.graph import load_file
from seedmask.errors import SeedmaskError
from seedmask.job import Job
from seedmask.plan import Plan
from seedmask.storage.fits import write_parts
from seedmask.storage.lock import only_writer
from seedmask.storage.records import read_record, write_record
from seedmask.storage.variants import expected_shards, leftovers, remove_leftovers
from seedmask.storage.verify import remove_variant, repair, verify


@pytest.fixture
def results(tmp_path):
    """Results to damage."""
    return run_in(tmp_path) / "results" / "tiny"


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Results with a report and numbers of pictures and classes; nobody changes them."""
    folder = run_in(tmp_path_factory.mktemp("whole"))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        draw_report(Plan(load_file(folder / "config.yaml")))
    return folder / "results" / "tiny"


def shard_file(results, variant, array, shard):
    return next(p for p in (results / variant / "data.zarr" / array / "c" / str(shard)).rglob("*") if p.is_file())


def messages(results):
    return [str(problem) for problem in verify(results)]


def flip(path, where):
    data = bytearray(path.read_bytes())
    data[int(len(data) * where)] ^= 1
    path.write_bytes(data)


def test_undamaged_results_pass(results):
    assert messages(results) == []


def proved_files(results):
    """Every file that a job or a person reads, by the variant or the part of the results that it belongs to."""
    groups = {}
    for path in sorted(results.rglob("*")):
        if path.is_file() and path.suffix not in (".txt", ".tsv", ".lock") and path.name != "lock":
            parts = path.relative_to(results).parts
            groups.setdefault("/".join(parts[: 3 if parts[0] == "evaluation" else 2]), []).append(path)
    return groups


def test_a_flipped_bit_in_any_file_is_found(whole, record_property):
    """Files of different parts are damaged together, one of each part at a time; those of the index alone."""
    groups = proved_files(whole)
    random = np.random.default_rng(0)
    alone = {name for name in groups if name.split("/")[0] in ("index", "listing")}
    rounds = [{path} for name in sorted(alone) for path in groups[name]]
    others = [paths for name, paths in groups.items() if name not in alone]
    rounds += [set(filter(None, paths)) for paths in zip_longest(*others)]
    found = 0
    for paths in rounds:
        before = {path: path.read_bytes() for path in paths if path.stat().st_size}
        for path, content in before.items():
            flip(path, random.random())
            assert path.read_bytes() != content
        problems = messages(whole)
        for path, content in before.items():
            part = path.relative_to(whole).parts
            named = [p for p in problems if str(path) in p or "/".join(part[:2]) in p or path.stem in p]
            assert named, f"{path}: nothing of {problems} is about it"
            path.write_bytes(content)
        found += len(before)
    assert messages(whole) == []
    every = [path for paths in groups.values() for path in paths]
    kinds = {path.name if path.suffix in (".json", ".csv") else path.suffix for path in every}
    assert {"zarr.json", "manifest.json", "sealed.json", "set.json", "truth.json", "index.csv", "classes.csv"} <= kinds
    assert {"scores.json", "fit.json", "tags.json", ".jsonl", ".safetensors", ".html", ".png"} <= kinds
    assert found >= 100
    record_property("files with a flipped bit found by verify", found)


def test_variants_may_be_called_what_folders_of_results_are_called(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = ("parts", "proofs", "manifests", "sealed")
    masks = {name: {"from": "seeds/cam", "method": "threshold"} for name in names}
    results = make_run(variants={**VARIANTS, "masks": {**VARIANTS["masks"], **masks}}).results
    assert messages(results) == []
    files = [results / "masks" / name / "fit.json" for name in names]
    for path in files:
        flip(path, 0.5)
    assert [problem.split(": is damaged")[0] for problem in messages(results)] == sorted(map(str, files))
    scores = [results / "evaluation" / "masks" / name / "scores.json" for name in names]
    for path in scores:
        flip(path, 0.5)
    assert [problem.split(": is damaged")[0] for problem in messages(results)] == sorted(map(str, [*files, *scores]))


def test_repair_deletes_what_a_run_makes_again_and_restores_what_a_manifest_knows(results):
    flip(shard_file(results, "masks/crf", "mask", 1), 0.5)
    metadata = results / "seeds/cam/data.zarr/cam/zarr.json"
    before = metadata.read_bytes()
    metadata.write_text("{")
    scores = results / "evaluation/masks/crf/scores.json"
    flip(scores, 0.5)
    declared = results / "masks/crf/manifests/0001.json"
    assert repair(results, verify(results)) == sorted([metadata, scores, declared])
    assert metadata.read_bytes() == before
    assert not scores.exists()
    assert messages(results) == ["masks/crf shard 0001: missing: not finished, or being made again; run snakemake"]


def test_a_damaged_part_is_made_again_with_all_that_were_made_with_it(results):
    folder = results / "masks/crf"
    job = Job(stage="masks", variant="crf", results=results, settings={}, basis={})
    write_parts(job, {"0000": {"p0": [[1, 2, 1]]}, "0001": {}}, "state")
    assert messages(results) == []
    flip(folder / "parts/0000.json", 0.5)
    (problem,) = messages(results)
    assert problem.startswith(f"{folder / 'parts/0000.json'}: is damaged")
    assert problem.endswith(f"delete {folder / 'fit.json'} and run snakemake")
    assert repair(results, verify(results)) == [folder / "fit.json", folder / "parts/0000.json"]
    assert messages(results) == []


def test_what_a_job_writes_is_not_repaired(results):
    flip(shard_file(results, "masks/crf", "mask", 1), 0.5)
    problems = verify(results)
    with only_writer(results / "masks/crf/locks/0000.lock", "masks/crf shard 0000"):
        with pytest.raises(SeedmaskError, match="a job is writing there; wait until it has ended"):
            repair(results, problems)
        with pytest.raises(SeedmaskError, match="a job is writing there; it is not deleted"):
            remove_variant(results, "masks/crf")
    assert (results / "masks/crf/manifests/0001.json").exists()


def test_a_variant_is_removed_with_its_scores_and_nothing_else(results):
    before = {path for path in results.rglob("*") if path.is_file()}
    remove_variant(results, "masks/threshold")
    gone = before - {path for path in results.rglob("*") if path.is_file()}
    assert gone
    assert {"/".join(path.relative_to(results).parts[:2]) for path in gone if "evaluation" not in path.parts} == {
        "masks/threshold"
    }
    scores = results / "evaluation/masks/threshold"
    assert all(path.is_relative_to(scores) for path in gone if "evaluation" in path.parts)
    assert not scores.exists()


def test_a_damaged_checkpoint_is_found(results):
    path = results / "classifiers/cam/checkpoint.pt"
    path.write_bytes(b"half a checkpoint")
    (problem,) = verify(results)
    assert problem.found == "checkpoint torn or bit-flipped"
    assert repair(results, [problem]) == [path]
    assert messages(results) == []


@pytest.mark.parametrize("variant", ["seeds/cam", "masks/crf", "predictions/crf"])
@pytest.mark.parametrize("where", [0.0, 0.3, 0.6, 0.99])
def test_a_flipped_bit_is_found_and_its_shard_named(results, variant, where):
    array = "cam" if variant == "seeds/cam" else "mask"
    flip(shard_file(results, variant, array, 1), where)
    (problem,) = messages(results)
    assert problem.startswith(f"{variant} shard 0001: torn or bit-flipped")
    assert problem.endswith(f"delete {results / variant / 'manifests' / '0001.json'} and run snakemake")


def test_a_torn_shard_is_found(results):
    path = shard_file(results, "masks/crf", "mask", 0)
    path.write_bytes(path.read_bytes()[:-20])
    (problem,) = messages(results)
    assert problem.startswith("masks/crf shard 0000: torn or bit-flipped (3 of 3 images, the first is herd/p1)")


def test_a_missing_shard_is_found(results):
    shard_file(results, "seeds/cam", "cam", 1).unlink()
    shutil.rmtree(results / "seeds/cam/data.zarr/cam/c/1")
    (problem,) = messages(results)
    assert problem.startswith("seeds/cam shard 0001: array cam missing")


def test_a_missing_store_is_found(results):
    shutil.rmtree(results / "masks/crf/data.zarr")
    assert [problem.split(" (")[0] for problem in messages(results)] == [
        "masks/crf shard 0000: array mask missing",
        "masks/crf shard 0001: array mask missing",
    ]


def test_a_shard_of_another_run_is_found(results):
    one, other = (shard_file(results, "masks/crf", "mask", shard) for shard in (0, 1))
    shutil.copy(one, other)
    (problem,) = messages(results)
    assert "masks/crf shard 0001: not what the manifest says" in problem


def test_a_shard_without_manifest_is_not_finished(results):
    (results / "predictions/crf/manifests/0003.json").unlink()
    (problem,) = messages(results)
    assert problem.startswith("predictions/crf shard 0003: missing")
    assert problem.endswith("run snakemake")


def test_a_damaged_manifest_is_found(results):
    path = results / "masks/crf/manifests/0000.json"
    path.write_text(path.read_text()[:100])
    assert messages(results)[0].startswith("masks/crf")


def test_shards_of_different_settings_are_found(results):
    path = results / "masks/crf/manifests/0001.json"
    write_record(path, {**read_record(path), "recipe": "0" * 64})
    assert messages(results) == ["masks/crf: its shards were made with different settings or code; run snakemake"]


@pytest.mark.parametrize("damage", ["flip", "swap", "remove"])
def test_wrong_weights_are_found(results, damage):
    path = results / "classifiers/cam/weights.safetensors"
    if damage == "flip":
        flip(path, 0.9)
    elif damage == "remove":
        path.unlink()
    else:
        import torch
        from safetensors.torch import save_file

        save_file({"weight": torch.zeros(64)}, path)
    (problem,) = messages(results)
    assert problem.startswith("classifiers/cam: weights missing or damaged")
    assert problem.endswith("manifest.json and run snakemake")


def test_an_unfinished_training_is_found(results):
    (results / "segmenters/crf/manifest.json").unlink()
    (problem,) = messages(results)
    assert problem.startswith("segmenters/crf: missing: the training is not finished")


def test_left_over_files_are_found_and_removed_alone(results):
    left = [
        results / "seeds/cam/manifests/.0000.json.abc.partial",
        results / "seeds/cam/data.zarr/cam/c/0/0/0/0.1234.partial",
        results / "masks/crf/.data.zarr.partial",
    ]
    for path in left[:2]:
        path.write_bytes(b"half")
    left[2].mkdir()
    (left[2] / "zarr.json.xyz.partial").write_bytes(b"half")
    kept = set(results.rglob("*")) - set(left) - {left[2] / "zarr.json.xyz.partial"}
    assert leftovers(results) == sorted(left)
    assert [problem.split(": ")[1] for problem in messages(results)] == ["left over by a killed run; remove it"] * 3
    assert remove_leftovers(results) == sorted(left)
    assert set(results.rglob("*")) == kept
    assert messages(results) == []


def test_what_a_living_writer_writes_is_not_left_over(results):
    path = results / "seeds/cam/manifests/.0000.json.abc.partial"
    path.write_bytes(b"half")
    with (results / "seeds/cam/locks/0000.lock").open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert leftovers(results) == remove_leftovers(results) == []
    assert path.exists()
    assert leftovers(results) == [path]


def test_a_fresh_temporary_file_without_lock_is_not_left_over(results):
    path = results / "evaluation/masks/crf/.scores.json.abc.partial"
    path.write_bytes(b"half")
    assert leftovers(results) == []
    os.utime(path, (0, 0))
    assert leftovers(results) == [path]


def test_variants_consist_of_the_shards_of_their_splits(results):
    assert expected_shards(results, "seeds/cam") == ["0000", "0001"]
    assert expected_shards(results, "masks/crf") == ["0000", "0001"]
    assert expected_shards(results, "predictions/crf") == ["0000", "0001", "0002", "0003"]


def test_masks_are_whole_without_the_seeds_that_they_were_made_from(results):
    shutil.rmtree(results / "seeds")
    assert expected_shards(results, "masks/crf") == ["0000", "0001"]
    assert messages(results) == []


def test_a_folder_without_results_is_refused(tmp_path):
    with pytest.raises(SeedmaskError, match="holds no index"):
        verify(tmp_path)
