"""Every command takes a configuration or a folder of results first."""

import json
import shutil
from pathlib import Path

import pytest
import yaml
from results_kit import draw_report, make_run
from typer.testing import CliRunner

from seedmask.cli import app
from seedmask.cli.target import find_target, split_runs, split_words
from seedmask.errors import SeedmaskError
from seedmask.fingerprint import digest

TAKE_A_VARIANT = {"classes": "masks/crf", "compare": "masks/crf", "explain": "masks/crf", "export": "masks/crf"}
TAKE_A_VARIANT |= {"predict": "segmenters/crf", "submit": "predictions/crf", "tags": "masks/crf"}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        draw_report(make_run())
        Path("config.yaml").rename("mine.yaml")
    return folder


@pytest.fixture
def here(made, tmp_path, monkeypatch):
    """A finished run, whose configuration is `mine.yaml`, as the working directory."""
    monkeypatch.chdir(shutil.copytree(made, tmp_path / "here"))


def seedmask(*arguments):
    return CliRunner().invoke(app, list(map(str, arguments)))


def refusal(*words):
    with pytest.raises(SeedmaskError) as error:
        target = find_target(words)
        _ = target.results, target.plan()
    return str(error.value)


@pytest.mark.parametrize("words", [(), ("results/tiny",), ("results",), ("mine.yaml",)])
def test_configuration_and_results_are_found_from_each_other(here, words):
    target = find_target(words)
    assert target.results == target.plan().results == Path("results/tiny")


def test_the_default_is_config_yaml_before_results(here):
    shutil.copy("mine.yaml", "config.yaml")
    values = yaml.safe_load(Path("config.yaml").read_text())
    values["dataset"]["name"] = "others"
    Path("config.yaml").write_text(yaml.safe_dump(values))
    assert find_target(()).results == Path("results/others")


def test_later_configurations_override_earlier_ones(here):
    Path("more.yaml").write_text("dataset: {name: more}")
    assert find_target(("mine.yaml", "more.yaml")).plan().results == Path("results/more")


def test_results_in_another_folder_are_those_of_the_plan(here):
    Path("sub").mkdir()
    Path("results").rename("sub/results")
    assert find_target(("sub/results/tiny",)).plan().results == Path("sub/results/tiny")


@pytest.mark.parametrize(
    "command", sorted({command.callback.__name__ for command in app.registered_commands} - {"init", "run"})
)
def test_every_command_names_what_it_cannot_take_and_what_it_expects(here, command):
    out = ["--out", "out"] if command in {"compare", "export", "predict"} else []
    out += ["--to", "coco"] if command == "submit" else []
    more = [TAKE_A_VARIANT[command]] if command in TAKE_A_VARIANT else []
    result = seedmask(command, "results/none", *more, *["."] * (command == "predict"), *out)
    assert result.exit_code == 1
    assert (
        "results/none: does not exist; expected a configuration like cows.yaml, or a folder of results" in result.output
    )
    assert "there is results/tiny" in result.output


def test_commands_that_take_variants_find_the_target_themselves(here):
    for words in (["masks/crf"], ["results/tiny", "masks/crf"], ["mine.yaml", "masks/crf"]):
        target, variants = split_words(words)
        assert (target.results, variants) == (Path("results/tiny"), ["masks/crf"])


def test_what_comes_behind_the_first_variant_is_left_as_it_is(here):
    _, words = split_words(["results/tiny", "segmenters/crf", "pictures", "mine.yaml"])
    assert words == ["segmenters/crf", "pictures", "mine.yaml"]


def test_a_missing_variant_is_asked_for(here):
    result = seedmask("export", "results/tiny", "--out", "out")
    assert result.exit_code == 1
    assert "no variant in `results/tiny`; name one behind the configuration or folder of results" in result.output


def test_results_without_their_configuration_say_what_to_give(here):
    Path("mine.yaml").unlink()
    assert "results/tiny: no *.yaml here names its data set (tiny)" in refusal("results/tiny")


def test_two_configurations_of_one_data_set_are_both_named(here):
    shutil.copy("mine.yaml", "other.yaml")
    assert "results/tiny: mine.yaml, other.yaml name this data set; give the one to use" in refusal("results/tiny")


def test_files_that_are_no_configuration_are_passed_over(here):
    Path("broken.yaml").write_text("masks: {")
    Path("list.yaml").write_text("[1, 2]")
    assert find_target(("results/tiny",)).plan().results == Path("results/tiny")


def test_a_configuration_does_not_stand_for_results_elsewhere(here, tmp_path):
    elsewhere = tmp_path / "elsewhere/results/tiny"
    shutil.copytree("results/tiny", elsewhere)
    assert "names its data set (tiny)" in refusal(str(elsewhere))


def test_a_recipe_of_the_package_is_a_target(here):
    assert find_target(["recipes/pmm-stamps.yaml"]).results == Path("results/stamps")


def test_several_data_sets_are_named(here):
    shutil.copytree("results/tiny", "results/two")
    assert refusal() == "results/: holds 2 data sets; name one of results/tiny, results/two"
    assert "name one folder of results, or configurations alone" in refusal("results/tiny", "mine.yaml")


def test_an_empty_folder_says_how_to_begin(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "`seedmask init` writes a configuration" in refusal()


@pytest.mark.parametrize("command", ["scores", "status", "view", "verify", "times", "rank"])
def test_results_of_an_older_layout_are_refused_as_a_whole(here, command):
    for name in ("index/set.json", "listing/summary.json"):
        path = Path("results/tiny") / name
        if path.exists():
            value = json.loads(path.read_bytes())
            entries = {key: entry for key, entry in value.items() if key not in ("results_layout", "sha256")}
            path.write_text(json.dumps({**entries, "sha256": digest(entries)}))
    result = seedmask(command, "results/tiny")
    assert result.exit_code == 1
    assert "results/tiny: was made by an older version of Seedmask" in result.output


def test_configurations_of_several_runs_stay_apart_and_a_layer_belongs_to_the_one_before_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("a", "b"):
        Path(f"{name}.yaml").write_text(f"dataset: {{name: {name}, format: folder, root: {name}}}\n")
    Path("reduced.yaml").write_text("dataset: {name: reduced, shard_size: 8}\n")
    Path("results/a/index").mkdir(parents=True)
    targets, variants = split_runs(["a.yaml", "b.yaml", "reduced.yaml", "results/a", "masks/crf", "seeds/cam"])
    assert [str(target.results) for target in targets] == ["results/a", "results/reduced"]
    assert variants == ["masks/crf", "seeds/cam"]
