"""Results that were changed by hand or by a failing disk."""

import hashlib
import io
import os
from collections.abc import Callable
from pathlib import Path

import pytest
import storage_kit as kit
import torch
from hostile_kit import Cases

from seedmask.storage.manifest import read_manifest
from seedmask.storage.records import read_record, write_record
from seedmask.storage.training import load_weights, only_training

cases = Cases("stored results")


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@cases.each()
def test_a_clear_answer(case, request):
    cases.check(case, request)


def manifest(what: str, change: Callable[[dict], object], *names: str) -> None:
    """Add a manifest whose entries are changed, seal included, as a case."""

    def give() -> None:
        kit.write(Path(), 0)
        file = kit.manifest(Path())
        value = read_record(file)
        change(value)
        write_record(file, value)
        kit.stored(Path(), 0).read("p0")

    cases(what, *names)(give)


def damage(what: str, text: str | bytes, *names: str) -> None:
    """Add a manifest with another content as a case."""

    def give() -> None:
        kit.write(Path(), 0)
        kit.manifest(Path()).write_bytes(text if isinstance(text, bytes) else text.encode())
        kit.stored(Path(), 0)

    cases(what, "manifests/0000.json", *names)(give)


def image(**changes: object) -> Callable[[dict], object]:
    return lambda value: value["images"][0].update(changes)


damage("a manifest that is empty", "", "is damaged")
damage("a manifest that is a list", "[]", "is damaged")
damage("a manifest of zeros", bytes(64), "is damaged")
damage("a manifest that is a tower of brackets", "[" * 100_000, "is damaged")
damage("a manifest without its seal", "{}", "is damaged")
manifest("a picture of another row", image(row=1), "seeds/cam shard 0000", "image p0", "run snakemake")
manifest("a picture of row 10^12", image(row=10**12), "image p0", "run snakemake")
manifest("a picture of a negative row", image(row=-1), "image p0", "run snakemake")
manifest("a picture of 10^12 pixels", image(height=10**6, width=10**6), "image p0", "run snakemake")
manifest("a digest that is another", image(digest="00"), "image p0", "not what the manifest says")
manifest("a row that is a text", image(row="../.."), "manifests/0000.json", "run snakemake")


@cases("a store whose shard is gone", "seeds/cam shard 0000", "image p0", "run snakemake")
def _():
    kit.write(Path(), 0)
    kit.chunk(Path()).unlink()
    kit.stored(Path(), 0).read("p0")


@cases("a store whose shard is of zeros", "seeds/cam shard 0000", "image p0", "run snakemake")
def _():
    kit.write(Path(), 0)
    chunk = kit.chunk(Path())
    chunk.write_bytes(bytes(chunk.stat().st_size))
    kit.stored(Path(), 0).read("p0")


@cases("a store whose metadata are none", "seeds/cam shard 0000", "image p0", "run snakemake")
def _():
    kit.write(Path(), 0)
    (Path("seeds/cam/data.zarr/cam/zarr.json")).write_text("{")
    kit.stored(Path(), 0).read("p0")


def trained() -> None:
    with only_training(kit.job(Path(), None, stage="classifiers"), {}) as training:
        training.finish({"w": torch.zeros(3)}, [], {"classes": ["ant"]})


@cases("weights that are those of another run", "weights.safetensors", "run snakemake")
def _():
    from safetensors.torch import save_file

    trained()
    save_file({"w": torch.ones(3)}, "classifiers/cam/weights.safetensors")
    load_weights(Path(), "classifiers/cam", read_manifest(Path(), "classifiers/cam"))


@cases("weights that are torn", "weights.safetensors", "run snakemake")
def _():
    trained()
    Path("classifiers/cam/weights.safetensors").write_bytes(b"\x08\0\0")
    load_weights(Path(), "classifiers/cam", read_manifest(Path(), "classifiers/cam"))


class Harm:
    def __reduce__(self) -> tuple:
        return os.system, ("touch owned",)


@pytest.mark.parametrize("state", [{"fingerprint": Harm()}, [1, 2]])
def test_a_checkpoint_that_is_more_than_tensors_is_not_opened(state, caplog):
    with only_training(kit.job(Path(), None, stage="classifiers"), {}) as training:
        training.save({})
        (file,) = Path("classifiers/cam").glob("checkpoint*")
        buffer = io.BytesIO()
        torch.save(state, buffer)
        file.write_bytes(buffer.getvalue() + hashlib.sha256(buffer.getvalue()).digest())
        assert training.resume() is None
    assert "the checkpoint is damaged" in caplog.text
    assert not Path("owned").exists()
