import fcntl
import os
import shutil

import pytest
from results_kit import make_run

from pipeline.errors import SeedmaskError
from pipeline.storage.leftovers import clean, leftovers
from pipeline.storage.records import read_record, write_record
from pipeline.storage.verify import expected_shards, verify


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A run whose results nobody changes."""
    folder = tmp_path_factory.mktemp("run")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        make_run()
    return folder / "results" / "tiny"


@pytest.fixture
def results(finished, tmp_path):
    """A copy to damage."""
    return shutil.copytree(finished, tmp_path / "tiny")


def shard_file(results, variant, array, shard):
    return next(p for p in (results / variant / "data.zarr" / array / "c" / str(shard)).rglob("*") if p.is_file())


def told(results):
    return [str(problem) for problem in verify(results)]


def flip(path, where):
    data = bytearray(path.read_bytes())
    data[int(len(data) * where)] ^= 1
    path.write_bytes(data)


def test_undamaged_results_pass(results):
    assert told(results) == []


@pytest.mark.parametrize("variant", ["seeds/cam", "masks/crf", "predictions/crf"])
@pytest.mark.parametrize("where", [0.0, 0.3, 0.6, 0.99])
def test_a_flipped_bit_is_found_and_its_shard_named(results, variant, where):
    array = "cam" if variant == "seeds/cam" else "mask"
    flip(shard_file(results, variant, array, 1), where)
    (problem,) = told(results)
    assert problem.startswith(f"{variant} shard 0001: torn or bit-flipped")
    assert problem.endswith(f"delete {results / variant / 'manifests' / '0001.json'} and run snakemake")


def test_a_torn_shard_is_found(results):
    path = shard_file(results, "masks/crf", "mask", 0)
    path.write_bytes(path.read_bytes()[:-20])
    (problem,) = told(results)
    assert problem.startswith("masks/crf shard 0000: torn or bit-flipped (3 of 3 images, the first is herd/p1)")


def test_a_missing_shard_is_found(results):
    shard_file(results, "seeds/cam", "cam", 1).unlink()
    shutil.rmtree(results / "seeds/cam/data.zarr/cam/c/1")
    (problem,) = told(results)
    assert problem.startswith("seeds/cam shard 0001: array cam missing")


def test_a_missing_store_is_found(results):
    shutil.rmtree(results / "masks/crf/data.zarr")
    assert [problem.split(" (")[0] for problem in told(results)] == [
        "masks/crf shard 0000: array mask missing",
        "masks/crf shard 0001: array mask missing",
    ]


def test_a_shard_of_another_run_is_found(results):
    one, other = (shard_file(results, "masks/crf", "mask", shard) for shard in (0, 1))
    shutil.copy(one, other)
    (problem,) = told(results)
    assert "masks/crf shard 0001: not what the manifest says" in problem


def test_a_shard_without_manifest_is_not_finished(results):
    (results / "predictions/crf/manifests/0003.json").unlink()
    (problem,) = told(results)
    assert problem.startswith("predictions/crf shard 0003: missing")
    assert problem.endswith("run snakemake")


def test_a_damaged_manifest_is_found(results):
    path = results / "masks/crf/manifests/0000.json"
    path.write_text(path.read_text()[:100])
    assert told(results)[0].startswith("masks/crf")


def test_shards_of_different_settings_are_found(results):
    path = results / "masks/crf/manifests/0001.json"
    write_record(path, {**read_record(path), "recipe": "0" * 64})
    assert told(results) == ["masks/crf: its shards were made with different settings or code; run snakemake"]


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
    (problem,) = told(results)
    assert problem.startswith("classifiers/cam: weights missing or damaged")
    assert problem.endswith("manifest.json and run snakemake")


def test_an_unfinished_training_is_found(results):
    (results / "segmenters/crf/manifest.json").unlink()
    (problem,) = told(results)
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
    assert [problem.split(": ")[1] for problem in told(results)] == ["left over by a killed run; remove it"] * 3
    assert clean(results) == sorted(left)
    assert set(results.rglob("*")) == kept
    assert told(results) == []


def test_what_a_living_writer_writes_is_not_left_over(results):
    path = results / "seeds/cam/manifests/.0000.json.abc.partial"
    path.write_bytes(b"half")
    with (results / "seeds/cam/locks/0000.lock").open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert leftovers(results) == clean(results) == []
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
    assert told(results) == []


def test_a_folder_without_results_is_refused(tmp_path):
    with pytest.raises(SeedmaskError, match="holds no index"):
        verify(tmp_path)
