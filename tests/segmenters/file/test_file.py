"""A segmenter that was trained elsewhere predicts as it did there, is marked, and is refused where it is another."""

import json
import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from elsewhere_kit import plan_with, run, scores_of
from results_kit import CLASS_NAMES, draw_report, job_of
from safetensors.torch import load_file, save_file
from segmenter_kit import NETWORK

from seedmask import load_segmenter
from seedmask.cli.check import broken_networks
from seedmask.errors import InputError, SeedmaskError
from seedmask.export.onnx_file import onnx_metadata
from seedmask.export.variants import open_variant
from seedmask.plan import Plan
from seedmask.runs.provenance.reruns import stale
from seedmask.segmenters.file import job
from seedmask.storage.manifest import read_manifest

FILE = {
    "method": "file",
    "weights": "theirs.pth",
    "origin": "closed_world",
    "network": {"arch": NETWORK["arch"]},
}


@pytest.fixture
def tensors(copied) -> dict[str, torch.Tensor]:
    """Those of `segmenters/crf`, in a run as the working directory."""
    return load_file("results/tiny/segmenters/crf/weights.safetensors")


def planned(**changes) -> Plan:
    return plan_with(
        segmenters={"theirs": {**FILE, **changes}}, predictions={"theirs": {"from": "segmenters/theirs", "flip": False}}
    )


def read(plan: Plan) -> None:
    job.run(job_of(plan.job("segmenters/theirs")), "cpu")


def refusal(saved: object, **changes) -> str:
    torch.save(saved, "theirs.pth")
    with pytest.raises(SeedmaskError) as error:
        read(planned(**changes))
    assert not Path("results/tiny/segmenters/theirs/manifest.json").exists()
    return str(error.value)


@pytest.mark.parametrize("wrapped", [False, True])
def test_its_predictions_are_those_that_it_made_elsewhere(tensors, wrapped):
    parallel = {f"module.{key}": part for key, part in tensors.items()}
    torch.save({"epoch": 3, "state_dict": parallel} if wrapped else tensors, "theirs.pth")
    plan = planned()
    read(plan)
    theirs, ours = run(plan, "predictions/theirs"), open_variant(plan.results, "predictions/small")
    assert [theirs.digest(image) for image in theirs.ids] == [ours.digest(image) for image in ours.ids]
    assert scores_of(plan, "predictions/theirs")[0] == scores_of(plan, "predictions/small")[0]


def test_safetensors_are_read_too(tensors):
    save_file(tensors, "theirs.safetensors")
    plan = planned(weights="theirs.safetensors")
    read(plan)
    digests = [read_manifest(plan.results, f"segmenters/{name}").digest for name in ("theirs", "crf")]
    assert digests[0] == digests[1]


def test_all_that_is_made_of_it_is_marked(tensors):
    torch.save(tensors, "theirs.pth")
    plan = planned(origin="pixel_labels")
    read(plan)
    run(plan, "predictions/theirs")
    assert scores_of(plan, "predictions/theirs")[1] == ["segmenters/theirs: uses pixel labels"]
    segmenter = load_segmenter("results/tiny/segmenters/theirs", device="cpu")
    assert segmenter.made_elsewhere == ("segmenters/theirs: uses pixel labels",)
    assert segmenter.pixel_labels == ("segmenters/theirs: made elsewhere with pixel labels",)
    assert json.loads(onnx_metadata(segmenter)["made_elsewhere"]) == list(segmenter.made_elsewhere)
    draw_report(plan)
    page = (plan.results / "report.html").read_text()
    assert "made elsewhere: segmenters/theirs: uses pixel labels" in page
    assert "made elsewhere: theirs.pth, uses pixel labels" in page
    assert "none: segmenters/theirs learns from truth" not in page


def test_a_changed_file_is_read_again_and_the_same_one_kept(tensors):
    torch.save(tensors, "theirs.pth")
    read(planned())
    first = read_manifest(Path("results/tiny"), "segmenters/theirs")
    assert first.facts["classes"] == list(CLASS_NAMES)
    plan = planned()
    assert stale(plan, ["segmenters/theirs"]) == {}
    read(plan)
    assert read_manifest(Path("results/tiny"), "segmenters/theirs") == first
    key = next(key for key in tensors if key.endswith("bias"))
    torch.save({**tensors, key: tensors[key] + 1}, "theirs.pth")
    assert list(stale(planned(), ["segmenters/theirs"])) == ["segmenters/theirs"]
    read(planned())
    second = read_manifest(Path("results/tiny"), "segmenters/theirs")
    assert second.digest != first.digest
    assert second.facts["sha256"] != first.facts["sha256"]


def test_half_precision_is_computed_with_in_single(tensors, copied, caplog):
    halves = {key: part.half() if part.is_floating_point() else part for key, part in tensors.items()}
    torch.save(halves, "theirs.pth")
    caplog.set_level("INFO", "seedmask")
    plan = planned()
    read(plan)
    floats = sum(part.is_floating_point() for part in tensors.values())
    assert f"theirs.pth: {floats} tensors of half precision are computed with in single precision" in caplog.text
    kept = load_file("results/tiny/segmenters/theirs/weights.safetensors")
    assert all(torch.equal(kept[key], part.to(kept[key].dtype)) for key, part in halves.items())
    theirs = run(plan, "predictions/theirs").read("p0")["confidence"].astype(int)
    ours = open_variant(plan.results, "predictions/small").read("p0")["confidence"].astype(int)
    assert np.abs(theirs - ours).max() <= 2


def test_a_file_of_another_architecture_names_ten_missing_tensors(tensors):
    message = refusal(tensors, network={"arch": {"name": "deeplab_v2"}, "encoder": "resnet18"})
    assert message.startswith("theirs.pth: lacks ")
    assert "multi_scale.network.encoder.model.conv1.weight" in message or "base.features.conv1.weight" in message
    assert message.split("(", 1)[1].split(")", 1)[0].count(",") == 9
    assert message.endswith("; name the network that the file was saved from")


def test_missing_and_further_tensors_are_named(tensors):
    key = next(key for key in tensors if key.endswith(".weight"))
    assert f"lacks 1 tensor ({key})" in refusal({name: part for name, part in tensors.items() if name != key})
    assert "has 1 tensor (fc.weight) that the network has not" in refusal({**tensors, "fc.weight": torch.ones(2)})


def test_a_file_of_another_number_of_classes_names_both_numbers(tensors):
    last = {key: part for key, part in tensors.items() if key.startswith("network.segmentation_head")}
    more = {key: torch.cat([part, part[:1]]) for key, part in last.items()}
    assert "theirs.pth: its last layers have 4 channels, the network's 3" in refusal({**tensors, **more})


def test_objects_that_could_run_code_and_other_files_are_refused(tensors):
    class Attack:
        def __reduce__(self):
            return Path.touch, (Path("ran"),)

    assert "which could run code and are not read" in refusal({"state_dict": tensors, "attack": Attack()})
    Path("theirs.pth").write_bytes(pickle.dumps(Attack()))
    with pytest.raises(SeedmaskError, match=r"theirs\.pth: is not a weight file"):
        read(planned())
    assert not Path("ran").exists()


def test_another_hash_than_the_expected_is_refused(tensors):
    assert "SHA-256 is" in refusal(tensors, weights_sha256="0" * 64)


def test_check_names_a_file_that_is_not_of_the_network(tensors):
    torch.save({}, "theirs.pth")
    (problem,) = broken_networks(planned())
    assert (problem.where, problem.remedy) == (
        "segmenters/theirs",
        "name the network that the file was saved from",
    )
    torch.save(tensors, "theirs.pth")
    assert broken_networks(planned()) == []
    (problem,) = broken_networks(planned(network={"arch": "FPM"}))
    assert "there is no architecture 'FPM'" in problem.found


def test_a_file_that_is_not_there_is_named(copied):
    with pytest.raises(SeedmaskError, match=r"segmenters/theirs: 'theirs\.pth' does not exist"):
        planned()


@pytest.mark.parametrize(
    ("network", "found"),
    [
        ({"lr": 0.1}, "network.lr: unknown key"),
        ({"weights": "hub"}, "network.weights: input should be 'none'"),
    ],
)
def test_keys_that_only_a_training_looks_at_are_refused(copied, network, found):
    Path("theirs.pth").touch()
    with pytest.raises(InputError, match=found):
        planned(network=network)
