import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
import yaml

from seedmask.config.graph import Config
from seedmask.config.reference import editor_schema, pages

ROOT = Path(__file__).parents[2]
SCHEMA = editor_schema()
PARTS = {"Config": SCHEMA, **SCHEMA["$defs"]}


@pytest.mark.parametrize("name", ["docs/config.md", "config.schema.json"])
def test_the_reference_says_what_the_models_say(name):
    written = (ROOT / name).read_text(encoding="utf-8")
    assert written == pages()[name], "stale; run: python -m seedmask.config.reference"


def test_a_stale_page_is_shown_as_a_difference_and_written_anew(tmp_path):
    def run(*arguments):
        command = [sys.executable, "-m", "seedmask.config.reference", "--root", str(tmp_path), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    assert run().returncode == 0
    assert run("--check").returncode == 0
    page = tmp_path / "docs" / "config.md"
    page.write_text(page.read_text().replace("| `32` |", "| `33` |"))
    stale = run("--check")
    assert stale.returncode == 1
    assert "-| `shard_size` | integer > 0 | `33` |" in stale.stderr
    assert "+| `shard_size` | integer > 0 | `32` |" in stale.stderr


@pytest.mark.parametrize("name", PARTS)
def test_every_key_has_a_description_of_one_sentence(name):
    for key, value in PARTS[name]["properties"].items():
        assert value.get("description", "").endswith("."), f"{name}.{key}"


def errors(values):
    return list(jsonschema.Draft202012Validator(SCHEMA).iter_errors(values))


@pytest.mark.parametrize(
    "file", [ROOT / "config.yaml", *(ROOT / "recipes").glob("own-*.yaml")], ids=lambda file: file.name
)
def test_the_schema_accepts_what_the_models_accept(file):
    values = yaml.safe_load(file.read_text())
    Config.model_validate(values)
    assert errors(values) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"sead": {}},
        {"seeds": {"cam": {"from": "masks/crf"}}},
        {"seeds": {"Cam": {"from": "classifiers/cam"}}},
        {"masks": {"a": {"from": "seeds/cam"}}},
        {"masks": {"a": {"from": "seeds/cam", "method": "par", "crf": {}}}},
        {"masks": {"a": {"from": "seeds/cam", "method": "par", "threshold": {"value": 0.1}}}},
        {"segmenters": {"a": {"from": "truth", "lr": 0}}},
        {"dataset": {"name": "cows", "root": "cows"}},
    ],
)
def test_the_schema_marks_what_the_models_refuse(wrong):
    assert errors({"dataset": {"name": "cows", "root": "cows", "format": "voc"}, **wrong})


def test_the_written_schema_is_a_schema():
    written = json.loads(pages()["config.schema.json"])
    jsonschema.Draft202012Validator.check_schema(written)
    assert written == SCHEMA
