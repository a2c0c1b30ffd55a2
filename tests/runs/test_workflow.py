import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from snakemake import cli
from workflow_kit import ROOT

from seedmask.errors import SeedmaskError
from seedmask.runs import workflow
from seedmask.runs.workflow import run_workflow, split_arguments, workflow_folder


@pytest.fixture
def handed_over(tmp_path, monkeypatch):
    """What was recovered and what Snakemake was started with; it succeeds unless it is to build `broken`."""
    seen, recovered = [], []

    def take(arguments, parser):
        seen.append(arguments)
        return "broken" not in arguments.targets

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["pytest"])
    monkeypatch.setattr(cli, "args_to_api", take)
    monkeypatch.setattr(workflow, "recover", lambda plan: recovered.append(plan.results) or [])
    Path("cows.yaml").write_text("dataset: {name: cows, format: folder, root: .}")
    return SimpleNamespace(seen=seen, recovered=recovered)


def test_the_workflow_of_a_checkout_is_at_its_root():
    assert workflow_folder() == ROOT


def test_the_workflow_of_a_wheel_is_in_the_package(tmp_path, monkeypatch):
    (tmp_path / "seedmask" / "workflow").mkdir(parents=True)
    monkeypatch.setattr(workflow, "PACKAGE", tmp_path / "seedmask")
    with pytest.raises(SeedmaskError, match="has no Snakefile; install Seedmask again"):
        workflow_folder()
    (tmp_path / "seedmask" / "workflow" / "Snakefile").touch()
    assert workflow_folder() == tmp_path / "seedmask" / "workflow"


@pytest.mark.parametrize(
    ("words", "files", "options"),
    [
        ([], [], []),
        (["a.yaml", "b.yml", "-n", "c.yaml"], ["a.yaml", "b.yml"], ["-n", "c.yaml"]),
        (["results/cows/index/set.json", "-c2"], [], ["results/cows/index/set.json", "-c2"]),
    ],
)
def test_configurations_come_first_and_all_else_is_snakemakes(words, files, options):
    assert split_arguments(words) == ([Path(file) for file in files], options)


def test_a_recipe_of_the_package_is_found_where_the_working_folder_has_none(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert split_arguments(["recipes/small.yaml"])[0] == [ROOT / "recipes/small.yaml"]
    assert split_arguments(["recipes/none.yaml"])[0] == [Path("recipes/none.yaml")]
    Path("recipes").mkdir()
    Path("recipes/small.yaml").touch()
    assert split_arguments(["recipes/small.yaml"])[0] == [Path("recipes/small.yaml")]


def test_snakemake_gets_the_configuration_the_options_and_the_defaults(handed_over):
    words = ["--forcerun", "index", "--config", "report={images: 2}", "--", "results/cows/report.html"]
    assert run_workflow([Path("cows.yaml")], words) == 0
    (arguments,) = handed_over.seen
    assert arguments.configfile == [Path("cows.yaml")]
    assert arguments.snakefile == str(ROOT / "Snakefile")
    assert (arguments.forcerun, arguments.config) == ({"index"}, ["report={images: 2}"])
    assert arguments.targets == ["results/cows/report.html"]
    assert arguments.cores
    assert arguments.rerun_incomplete
    assert list(arguments.logger) == ["seedmask"]


def test_a_configuration_may_stand_behind_the_options(handed_over):
    assert run_workflow([], ["--cores", "2", "cows.yaml", "report"]) == 0
    (arguments,) = handed_over.seen
    assert (arguments.configfile, arguments.targets, arguments.cores) == ([Path("cows.yaml")], ["report"], 2)


def test_without_a_profile_all_cores_are_used_unless_a_number_is_given(handed_over):
    run_workflow([Path("cows.yaml")], ["--workflow-profile", "none"])
    run_workflow([Path("cows.yaml")], ["--workflow-profile", "none", "--jobs", "3"])
    assert [bool(arguments.cores) for arguments in handed_over.seen] == [True, False]


def test_the_exit_status_of_snakemake_is_passed_on(handed_over):
    assert run_workflow([Path("cows.yaml")], ["broken"]) == 1


def test_without_a_configuration_it_is_said_how_to_get_one(handed_over):
    with pytest.raises(SeedmaskError, match=r"no config\.yaml here: name a configuration.*`seedmask init` writes one"):
        run_workflow([], ["-n"])
    Path("cows.yaml").rename("config.yaml")
    assert run_workflow([], ["-n"]) == 0


def test_configurations_are_named_in_one_way(handed_over):
    with pytest.raises(SeedmaskError, match=r"name configurations in one way: cows\.yaml without --configfile"):
        run_workflow([Path("cows.yaml")], ["--configfile", "other.yaml"])


def test_recovery_comes_before_snakemake_but_not_before_a_dry_run(handed_over):
    run_workflow([Path("cows.yaml")], ["-n"])
    assert handed_over.recovered == []
    run_workflow([Path("cows.yaml")], ["--config", "dataset={name: sheep}"])
    assert handed_over.recovered == [Path("results/sheep")]


def test_recovery_is_where_snakemake_works(handed_over, monkeypatch, tmp_path):
    monkeypatch.setattr(workflow, "recover", lambda plan: handed_over.recovered.append(Path.cwd()) or [])
    run_workflow([Path("cows.yaml")], ["--directory", "elsewhere"])
    assert handed_over.recovered == []
    Path("elsewhere").mkdir()
    run_workflow([Path("cows.yaml")], ["--directory", "elsewhere"])
    assert handed_over.recovered == [tmp_path / "elsewhere"]
    assert Path.cwd() == tmp_path


def test_what_was_recovered_is_printed_and_a_wrong_configuration_is_refused(handed_over, monkeypatch, capsys):
    monkeypatch.setattr(workflow, "recover", lambda plan: ["a lock was left: released"])
    run_workflow([Path("cows.yaml")], [])
    assert "note: a lock was left: released\n" in capsys.readouterr().err
    Path("cows.yaml").write_text("dataset: {name: cows, format: folder, root: ., colour: red}")
    with pytest.raises(SeedmaskError, match=r"dataset\.colour: unknown key"):
        run_workflow([Path("cows.yaml")], [])
    assert len(handed_over.seen) == 1
