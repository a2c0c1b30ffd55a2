import errno
import json
import logging
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from storage_kit import job as shard_job
from storage_kit import run_python

from seedmask.errors import SeedmaskError
from seedmask.storage.lock import only_writer
from seedmask.storage.manifest import read_manifest
from seedmask.storage.training import load_weights, only_training, weights_digest

WEIGHTS = {"head.weight": torch.arange(6.0).reshape(2, 3).t(), "steps": torch.tensor(7)}
METRICS = [{"epoch": 1, "loss": 0.5}, {"epoch": 2, "loss": 0.25}]
INPUTS = {"pictures": "p"}


@pytest.fixture
def job(tmp_path):
    return train_job(tmp_path)


def train_job(results, **changes):
    return shard_job(results, **{"stage": "classifiers", "shard": None} | changes)


def train(job, inputs=INPUTS):
    """Whether there was anything to train."""
    with only_training(job, inputs) as training:
        if training is None:
            return False
        training.finish(WEIGHTS, METRICS, {"classes": ["ant"]})
        return True


def test_a_checkpoint_comes_back_bit_equal(job):
    state = {"network": {"w": torch.randn(3, generator=torch.Generator().manual_seed(0))}, "metrics": METRICS}
    with only_training(job, INPUTS) as training:
        assert training.resume() is None
        training.save(state)
    with only_training(job, INPUTS) as training:
        found = training.resume()
    assert torch.equal(found["network"]["w"], state["network"]["w"])
    assert found["metrics"] == METRICS


@pytest.mark.parametrize(
    ("changes", "inputs"),
    [({"settings": {"lr": 1}}, INPUTS), ({"basis": {"code": "b"}}, INPUTS), ({}, {"pictures": "q"})],
    ids=["settings", "code", "inputs"],
)
def test_a_checkpoint_made_from_other_things_is_discarded_with_a_note(job, changes, inputs, caplog):
    with only_training(job, INPUTS) as training:
        training.save({"epoch": 1})
    with only_training(job.model_copy(update=changes), inputs) as training, caplog.at_level(logging.INFO):
        assert training.resume() is None
    assert "other settings, code or inputs: starting again" in caplog.text


@pytest.mark.parametrize("content", [b"", b"no checkpoint", None])
def test_a_damaged_checkpoint_is_discarded_with_a_note(job, caplog, content):
    with only_training(job, INPUTS) as training:
        training.save({"epoch": 1})
        path = job.folder / "checkpoint.pt"
        path.write_bytes(path.read_bytes()[:-50] if content is None else content)
        with caplog.at_level(logging.INFO):
            assert training.resume() is None
    assert "the checkpoint is damaged: starting again" in caplog.text


def test_a_finished_training_leaves_weights_metrics_and_manifest_and_no_checkpoint(job):
    with only_training(job, INPUTS) as training:
        training.save({"epoch": 1})
        training.finish(WEIGHTS, METRICS, {"classes": ["ant"]})
    assert sorted(path.name for path in job.folder.iterdir()) == [
        "lock", "manifest.json", "metrics.jsonl", "sealed.json", "weights.safetensors",
    ]  # fmt: skip
    assert [json.loads(line) for line in (job.folder / "metrics.jsonl").read_text().splitlines()] == METRICS
    manifest = read_manifest(job.results, "classifiers/cam", job.recipe)
    assert manifest.facts == {"classes": ["ant"], "metrics": METRICS}
    assert manifest.digest == weights_digest(WEIGHTS)
    weights = load_weights(job.results, "classifiers/cam", manifest)
    assert all(torch.equal(weights[name], tensor) for name, tensor in WEIGHTS.items())


def test_the_same_training_is_done_once(job):
    assert train(job)
    before = (job.folder / "manifest.json").read_bytes()
    assert not train(job)
    assert (job.folder / "manifest.json").read_bytes() == before


def test_a_deleted_manifest_is_written_again_without_training(job):
    train(job)
    before = (job.folder / "manifest.json").read_bytes()
    (job.folder / "manifest.json").unlink()
    assert not train(job)
    assert (job.folder / "manifest.json").read_bytes() == before


def test_a_change_trains_again_and_takes_the_old_manifest_away_first(job):
    train(job)
    with only_training(job, {"pictures": "q"}) as training:
        assert training is not None
        assert not (job.folder / "manifest.json").exists()
    assert train(job)


@pytest.mark.parametrize("damage", ["gone", "cut", "flipped", "other"])
def test_damaged_weights_are_refused_and_trained_again(job, damage):
    train(job)
    path = job.folder / "weights.safetensors"
    data = path.read_bytes()
    if damage == "gone":
        path.unlink()
    elif damage == "other":
        other = train_job(job.results, variant="other")
        with only_training(other, INPUTS) as training:
            training.finish({"head.weight": torch.zeros(1)}, [], {})
        path.write_bytes((other.folder / "weights.safetensors").read_bytes())
    else:
        path.write_bytes(data[:-1] if damage == "cut" else data[:-1] + bytes([data[-1] ^ 1]))
    with pytest.raises(SeedmaskError, match=r"weights.safetensors: (cannot be read|is not what).*run snakemake"):
        load_weights(job.results, "classifiers/cam", read_manifest(job.results, "classifiers/cam"))
    assert train(job)


def test_a_damaged_sealed_manifest_is_made_again(job):
    train(job)
    (job.folder / "sealed.json").write_text("{")
    assert train(job)


def test_weights_of_another_recipe_are_refused(job):
    train(job)
    with pytest.raises(SeedmaskError, match=r"classifiers/cam was trained with other settings or code"):
        read_manifest(job.results, "classifiers/cam", "another recipe")
    with pytest.raises(SeedmaskError, match=r"classifiers/none/manifest.json: is missing"):
        read_manifest(job.results, "classifiers/none")


def test_a_second_process_waits_and_finds_the_training_done(job):
    with ThreadPoolExecutor(1) as pool:
        with only_writer(job.folder / "lock", "x"):
            second = pool.submit(train, job)
            time.sleep(0.1)
            assert not second.done()
        assert second.result()
    assert not train(job)


def test_a_full_disk_keeps_the_last_checkpoint(job, monkeypatch):
    def full(handle):
        raise OSError(errno.ENOSPC, "No space left on device")

    refused = pytest.raises(SeedmaskError, match=r"No space left on device; free the disk .*finished epochs are kept")
    with refused, only_training(job, INPUTS) as training:
        training.save({"epoch": 1})
        monkeypatch.setattr(os, "fsync", full)
        training.save({"epoch": 2})
    monkeypatch.undo()
    with only_training(job, INPUTS) as training:
        assert training.resume()["epoch"] == 1


KILLED = """
import os, signal, sys
from pathlib import Path
import torch
from storage_kit import job
from seedmask.storage.training import only_training
with only_training(job(Path(sys.argv[1]), stage="classifiers", shard=None), {"pictures": "p"}) as training:
    training.save({"epoch": 1})
    Path.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
    training.save({"epoch": 2})
"""


def test_a_training_killed_while_it_saves_goes_on_from_the_epoch_before(job, tmp_path):
    assert run_python(KILLED, tmp_path).returncode == -signal.SIGKILL
    with only_training(job, INPUTS) as training:
        assert training.resume()["epoch"] == 1


@pytest.mark.parametrize(
    "other",
    [
        {"a": torch.zeros(3, 2)},
        {"a": torch.zeros(2, 3, dtype=torch.float64)},
        {"b": torch.zeros(2, 3)},
        {"a": torch.ones(2, 3)},
    ],
)
def test_the_digest_tells_names_shapes_types_and_numbers_apart(other):
    assert weights_digest(other) != weights_digest({"a": torch.zeros(2, 3)})


def test_the_digest_does_not_depend_on_the_order_or_the_strides():
    straight, turned = torch.arange(6.0).reshape(2, 3), torch.arange(6.0).reshape(2, 3).t().contiguous().t()
    assert weights_digest({"a": straight, "b": turned}) == weights_digest({"b": straight, "a": straight})
