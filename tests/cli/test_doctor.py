import shutil
from pathlib import Path

import pytest
from results_kit import make_run
from typer.testing import CliRunner

from seedmask.cli import app
from seedmask.runs.doctor import check as examine
from seedmask.runs.doctor import data


def doctor(*arguments):
    return CliRunner().invoke(app, ["doctor", *map(str, arguments)])


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    make_run()
    return tmp_path


def test_a_finished_run_has_a_line_for_each_thing_and_no_problem(here):
    result = doctor("--quick")
    assert result.exit_code == 0, result.output
    assert "ok       data           10 pictures (train 6, val 4), 2 classes, 10 truth masks" in result.output
    assert "everything is made" in result.output
    assert result.output.splitlines()[-1].startswith("0 problems, ")
    assert doctor("config.yaml", "--quick").output.splitlines()[0] == result.output.splitlines()[0]


def test_a_problem_of_the_data_set_is_told_with_its_line_and_remedy(here):
    with Path("pictures/tags.csv").open("a") as stream:
        stream.write("nowhere,[/bold]\n")
    result = doctor("--quick")
    assert result.exit_code == 1
    assert "problem  data           pictures/tags.csv line 11" in result.output
    assert result.output.splitlines()[-1].startswith("1 problem, ")


def test_a_missing_folder_is_a_problem_and_no_traceback(here):
    shutil.rmtree("pictures")
    result = doctor("--quick")
    assert result.exit_code == 1
    assert result.output.count("the data set's folder does not exist") == 1
    assert "Traceback" not in result.output


def test_a_check_that_fails_hides_no_other(here, monkeypatch):
    def fails(_):
        raise ZeroDivisionError("by nothing")

    monkeypatch.setattr(data, "findings", fails)
    result = doctor("--quick")
    assert result.exit_code == 0
    assert "data           could not be checked (ZeroDivisionError: by nothing)" in result.output
    assert "everything is made" in result.output


def test_a_configuration_that_is_none_is_refused_by_name(here):
    assert "nowhere.yaml: cannot be read" in doctor("nowhere.yaml").output
    Path("config.yaml").write_text("masks: {")
    result = doctor()
    assert result.exit_code == 1
    assert "config.yaml line 1: is not YAML" in result.output


def test_every_check_is_asked():
    folder = Path(examine.__file__).parent
    with_findings = {path.stem for path in folder.glob("*.py") if "\ndef findings(" in path.read_text()}
    assert with_findings == set(examine.CHECKS)
