from pathlib import Path

import pytest
from pydantic import ValidationError

from seedmask.job import Job, manifest_path

JOB = Job(
    stage="seeds",
    variant="cam",
    shard="0003",
    results=Path("results/cows"),
    settings={"scales": [1.0, 1.5], "flip": True},
    basis={"code": "a", "numpy": "2.4"},
    shard_size=32,
    gpu=True,
    upstream={"classifiers/cam": "r"},
)


def test_a_job_survives_the_command_line():
    assert Job.model_validate_json(JOB.model_dump_json()) == JOB


def test_a_job_lies_in_the_folder_of_its_variant():
    assert JOB.folder == Path("results/cows/seeds/cam")
    assert manifest_path(JOB.results, JOB.stage, JOB.variant, JOB.shard) == JOB.folder / "manifests" / "0003.json"
    assert manifest_path(JOB.results, "classifiers", "cam", None) == Path("results/cows/classifiers/cam/manifest.json")


def test_messages_name_stage_variant_and_shard():
    assert JOB.name == "seeds/cam shard 0003"
    assert JOB.model_copy(update={"shard": None}).name == "seeds/cam"


@pytest.mark.parametrize(
    "change",
    [{"stage": "masks"}, {"settings": {"scales": [1.0, 1.5], "flip": False}}, {"basis": {"code": "b", "numpy": "2.4"}}],
)
def test_the_recipe_follows_what_decides_numbers(change):
    assert JOB.model_copy(update=change).recipe != JOB.recipe


@pytest.mark.parametrize(
    "change",
    [
        {"variant": "renamed"},
        {"shard": "0004"},
        {"results": Path("/elsewhere")},
        {"shard_size": 64},
        {"gpu": False},
        {"upstream": {"classifiers/cam": "s"}},
        {"settings": {"flip": True, "scales": [1.0, 1.5]}},
    ],
)
def test_the_recipe_leaves_out_where_and_how_a_job_is_run(change):
    assert JOB.model_copy(update=change).recipe == JOB.recipe


def test_a_job_with_an_unknown_part_is_refused():
    with pytest.raises(ValidationError, match="extra"):
        Job.model_validate({**JOB.model_dump(), "shards": 3})
    with pytest.raises(ValidationError, match="frozen"):
        JOB.shard = "0004"
