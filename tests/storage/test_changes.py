import logging

import pytest
import storage_kit as kit

from seedmask.errors import SeedmaskError
from seedmask.fingerprint import code_of, definitions_of
from seedmask.storage import changes as storage_changes
from seedmask.storage.changes import changes, code_path, store_definitions
from seedmask.storage.manifest import Manifest
from seedmask.storage.records import read_record, write_record

MODULES = ("seedmask.methods.optimisation",)


def made(**fields):
    return Manifest(
        **{
            "stage": "seeds",
            "variant": "cam",
            "recipe": "",
            "fingerprint": "",
            "settings": {"scales": [1.0], "threshold": {"mode": "fixed", "value": 0.3}},
            "basis": {"code": "old", "numpy": "2.4.0", "clicks.csv": "a" * 64},
            "inputs": {"picture": "p", "classifiers/cam": "w"},
            "digest": "",
            **fields,
        }
    )


def job(tmp_path, **fields):
    return kit.job(tmp_path, **{"settings": made().settings, "basis": made().basis, **fields})


def test_nothing_differs_where_nothing_changed(tmp_path):
    assert changes(made(), job(tmp_path), made().inputs) == []


@pytest.mark.parametrize(
    ("fields", "lines"),
    [
        (
            {"settings": {"scales": [1.0, 2.0], "threshold": {"mode": "fixed", "value": 0.4}}},
            ["setting `scales`: [1.0], now [1.0, 2.0]", "setting `threshold.value`: 0.3, now 0.4"],
        ),
        ({"settings": {"scales": [1.0]}}, ["setting `threshold.mode`: 'fixed', now not there"]),
        ({"basis": made().basis | {"numpy": "2.5.0"}}, ["library numpy: 2.4.0, now 2.5.0"]),
        ({"basis": made().basis | {"clicks.csv": "b" * 64}}, ["file clicks.csv changed"]),
        ({"basis": made().basis | {"code": "new"}}, ["code: changed"]),
        ({"pixel_labels": ("masks/crf: oracle",)}, ["pixel labels: none, now masks/crf: oracle"]),
    ],
)
def test_what_differs_is_named(tmp_path, fields, lines):
    assert changes(made(), job(tmp_path, **fields))[: len(lines)] == lines


def test_inputs_are_named_in_words(tmp_path):
    now = {"picture": "other", "classifiers/cam": "other"}
    assert changes(made(), job(tmp_path), now) == ["input: pictures or tags changed", "input: classifiers/cam changed"]


def test_the_function_that_changed_is_named(tmp_path):
    code = code_of(MODULES)["code"]
    now = job(tmp_path, modules=MODULES, basis={"code": code})
    store_definitions(now)
    path = code_path(tmp_path, code)
    definitions = read_record(path)["definitions"]
    assert definitions == definitions_of(MODULES)
    older = {**definitions, MODULES[0]: {**definitions[MODULES[0]], "step_decay": "0", "gone": "0"}}
    older[MODULES[0]].pop("polynomial_decay")
    write_record(code_path(tmp_path, "old"), {"definitions": older})
    (lines,) = changes(made(settings=now.settings, basis={"code": "old"}), now)
    assert lines == (
        "code: seedmask.methods.optimisation.step_decay changed, seedmask.methods.optimisation.gone is gone, "
        "seedmask.methods.optimisation.polynomial_decay is new"
    )


def test_code_that_changed_since_the_run_was_planned_makes_nothing(tmp_path):
    with pytest.raises(SeedmaskError, match="the code has changed since this run was planned; run snakemake again"):
        store_definitions(job(tmp_path, modules=MODULES, basis={"code": "planned"}))
    assert not code_path(tmp_path, "planned").exists()


def test_files_that_nobody_touched_are_not_parsed_again(tmp_path, monkeypatch):
    now = job(tmp_path, modules=MODULES, basis={"code": code_of(MODULES)["code"]})
    store_definitions(now)
    monkeypatch.setattr(storage_changes, "code_of", lambda _: pytest.fail("parsed again"))
    store_definitions(now)
    path = code_path(tmp_path, now.basis["code"])
    kept = read_record(path)
    write_record(path, {**kept, "files": {**kept["files"], MODULES[0]: [1, 1]}})
    with pytest.raises(pytest.fail.Exception, match="parsed again"):
        store_definitions(now)


def test_a_shard_that_is_made_again_says_why(tmp_path, caplog):
    kit.write(tmp_path, 0)
    with caplog.at_level(logging.INFO):
        kit.write(tmp_path, 0, settings={"flip": False})
    notes = [record.getMessage() for record in caplog.records if record.levelname == "NOTE"]
    assert "made again: setting `flip`: True, now False" in notes
