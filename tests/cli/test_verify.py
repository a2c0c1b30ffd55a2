"""Commands about what is stored, on a small finished run."""

import shutil
from pathlib import Path

import pytest
import yaml
from results_kit import make_run
from typer.testing import CliRunner

from seedmask.cli import app

CHUNK = Path("results/tiny/masks/crf/data.zarr/mask/c/1/0/0")


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A finished run to change, in the working directory."""
    monkeypatch.chdir(tmp_path)
    make_run()


def seedmask(*arguments, status=0, **more):
    result = CliRunner().invoke(app, [str(argument) for argument in arguments], **more)
    assert result.exit_code == status, result.output
    return result.output


def configure(change):
    values = yaml.safe_load(Path("config.yaml").read_text())
    change(values)
    Path("config.yaml").write_text(yaml.safe_dump(values, sort_keys=False))


def raise_threshold(values):
    values["masks"]["crf"]["threshold"]["value"] = 0.5


def drop_threshold(values):
    del values["masks"]["threshold"]


def damage():
    data = bytearray(CHUNK.read_bytes())
    data[len(data) // 2] ^= 1
    CHUNK.write_bytes(data)


def test_all_results_are_verified_where_none_are_named(here):
    assert seedmask("verify").splitlines() == ["results/tiny: everything is whole"]


def test_damage_ends_with_status_1_and_is_repaired_by_one_option(here):
    damage()
    assert "masks/crf shard 0001: torn or bit-flipped" in seedmask("verify", status=1)
    assert CHUNK.exists()
    assert "removed results/tiny/masks/crf/manifests/0001.json" in seedmask("verify", "--repair")
    assert "masks/crf shard 0001: missing" in seedmask("verify", status=1)


def test_stale_results_end_with_status_3_and_say_why(here):
    configure(raise_threshold)
    output = seedmask("verify", "results/tiny", status=3)
    assert (
        "masks/crf, 2 shards from 0000: stale: setting `threshold.value`: 0.4, now 0.5; snakemake makes it again"
        in output
    )
    # Both shards, the segmenter, and four shards of predictions.
    assert "everything is whole, 7 results are stale" in output


def test_what_no_configuration_names_is_listed_with_its_size_and_deleted_on_demand(here):
    configure(drop_threshold)
    output = seedmask("verify")
    assert "masks/threshold: not named by the configuration, 0.0 MB" in output
    seedmask("verify", "--prune", status=1, input="n\n")
    assert Path("results/tiny/masks/threshold").exists()
    assert "removed masks/threshold" in seedmask("verify", "--prune", "--yes")
    assert not Path("results/tiny/masks/threshold").exists()
    assert "threshold" not in seedmask("verify")


def test_nothing_is_pruned_without_the_configuration_of_the_results(here):
    (folder := Path("elsewhere")).mkdir()
    Path("config.yaml").rename(folder / "mine.yaml")
    assert "note: results/tiny is not compared with a configuration" in seedmask("verify")
    assert "no configuration says what to keep" in seedmask("verify", "--prune", "--yes", status=1)
    assert "not compared" not in seedmask("verify", folder / "mine.yaml")


def test_nothing_is_pruned_where_two_configurations_name_the_results(here):
    shutil.copy("config.yaml", "other.yaml")
    assert "no configuration says what to keep" in seedmask("verify", "results/tiny", "--prune", "--yes", status=1)
    assert "not compared" not in seedmask("verify", "other.yaml")


def test_results_of_another_data_set_are_not_judged_by_a_configuration(here):
    configure(lambda values: values["dataset"].update(name="other"))
    assert "not compared with a configuration" in seedmask("verify", "results/tiny")
    assert "results/other: does not exist; run snakemake, which makes it" in seedmask("verify", "config.yaml", status=1)


def test_no_results_are_no_success(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "holds no results; run snakemake" in seedmask("verify", status=1)


def test_explain_tells_where_a_result_comes_from_and_that_it_is_fresh(here):
    lines = seedmask("explain", "masks/crf").splitlines()
    assert lines[0].startswith("masks/crf, 2 shards: made on cpu, digest ")
    assert any(line.strip().startswith("classifiers/cam: made on cpu") for line in lines)
    assert lines[-1] == "nothing of it would be made again"


@pytest.mark.parametrize("result", ["masks/crf/0001", "results/tiny/masks/crf/manifests/0001.json"])
def test_explain_tells_why_a_shard_would_be_made_again(here, result):
    configure(raise_threshold)
    lines = seedmask("explain", result, status=3).splitlines()
    expected = ["masks/crf shard 0001 would be made again:", "  setting `threshold.value`: 0.4, now 0.5"]
    assert [line for line in lines if line in expected] == expected


@pytest.mark.parametrize(
    ("result", "message"),
    [
        ("masks/none", "masks/none: the configuration has no such variant; it has classifiers/cam, seeds/cam"),
        ("masks", "no result in `masks`; name one behind the configuration or folder of results, like masks/crf"),
        ("masks/crf/0009", "there is no such shard; masks/crf has 0000 to 0001"),
    ],
)
def test_explain_names_what_there_is(here, result, message):
    assert message in seedmask("explain", result, status=1)


def test_explain_of_what_is_not_made_says_so(here):
    shutil.rmtree("results/tiny/masks/crf")
    assert "nothing of it is finished; run snakemake" in seedmask("explain", "masks/crf", status=1)


def test_a_renamed_class_makes_results_stale_and_is_named(here):
    for name in ("tags.csv", "classes.txt"):
        path = Path("pictures") / name
        path.write_text(path.read_text().replace("cow & calf", "cattle"))
    change = "the list of classes changed: cow & calf, sheep, now cattle, sheep"
    output = seedmask("verify", "config.yaml", status=3)
    assert f"index: stale: {change}; snakemake makes it again" in output
    assert f"classifiers/cam: stale: {change}; snakemake makes it again" in output
    assert change in seedmask("explain", "masks/crf", status=3)


def test_results_of_another_folder_are_named_and_those_of_a_moved_one_are_kept(here):
    shutil.copytree("pictures", "elsewhere")
    configure(lambda values: values["dataset"].update(root="elsewhere"))
    folders = f"results/tiny was made from another folder, {Path.cwd()}/pictures, and"
    output = seedmask("verify", "config.yaml")
    assert f"note: {folders} the same pictures are in {Path.cwd()}/elsewhere; a run reads them again" in output
    Path("elsewhere/p5.png").write_bytes(b"another picture")
    output = seedmask("verify", "config.yaml", status=3)
    assert f"{folders} 10 of its 10 pictures are in {Path.cwd()}/elsewhere" in output
    assert "give this data set another `name`" in output
