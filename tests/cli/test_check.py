"""Commands that look at a configuration before it is run."""

import re
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import ClassVar

import pytest
import yaml
from results_kit import make_run
from typer.testing import CliRunner
from voc_kit import write_voc

from seedmask.cli import app
from seedmask.cli.check import show_matches
from seedmask.config.networks import TagNames
from seedmask.runs.doctor import data, diagnosis
from seedmask.wordnet import LabelSpace

SPACE = LabelSpace("small", ("n02123045", "n02123394", "n02123597", "n02124075", "n02123159", "n02127052", "n02403003"))


class Trained(TagNames):
    """May go without."""


class Picky(TagNames):
    """Needs every tag."""

    needs_every_tag: ClassVar[bool] = True


class Careless(Picky):
    """Looks at no name, as its options are."""

    def matches_names(self):
        return False


@pytest.fixture
def heads(monkeypatch):
    """Every encoder has the same small head."""
    module = SimpleNamespace(head_label_space=lambda options: SPACE)
    monkeypatch.setitem(sys.modules, "seedmask.networks.imagenet_head", module)


def plan(tags, **variants):
    config = SimpleNamespace(variants=lambda: ((f"classifiers/{name}", options) for name, options in variants.items()))
    return SimpleNamespace(config=config, listing=SimpleNamespace(classes=tuple(tags)))


def test_tags_are_listed_with_sense_number_of_rows_and_the_first_classes(heads, capsys):
    assert show_matches(plan(["cat", "cattle"], named=Picky())) == []
    first, headings, cat, cattle, *_ = capsys.readouterr().out.splitlines()
    assert first == "classifiers/named: 2 of 2 tags have classes of small"
    assert headings.split() == ["tag", "sense", "rows", "classes"]
    assert cat.split()[:4] == ["cat", "n02121620", "cat", "(feline)"]
    assert cat.endswith(" 6  tabby, Persian cat, Siamese cat, Egyptian cat, tiger cat, ...")
    assert cattle.rstrip().endswith(" 1  ox")


def test_tags_without_classes_are_told_with_reason_and_remedy(heads, capsys):
    assert show_matches(plan(["cat", "Katze"], named=Trained())) == []
    assert "  Katze: no word for ImageNet's classes" in (output := capsys.readouterr().out)
    assert "names: {Katze: [WORD]}" in output


def test_variants_that_need_every_tag_are_returned_where_one_is_missing(heads, capsys):
    left_out = Picky(names={"Katze": ()})
    variants = {"named": Picky(), "trained": Trained(), "careless": Careless(), "other": left_out}
    assert show_matches(plan(["cat", "Katze"], **variants)) == ["classifiers/named", "classifiers/other"]


def test_variants_with_the_same_matches_share_a_table(heads, capsys):
    show_matches(plan(["cat", "ox"], a=Trained(), b=Picky(), c=Trained(names={"cat": ("tabby",)})))
    output = capsys.readouterr().out
    assert "classifiers/a, classifiers/b: 2 of 2" in output
    assert "classifiers/c: 2 of 2" in output


def test_nothing_is_shown_and_no_head_is_asked_for_where_no_names_are_used(heads, capsys, monkeypatch):
    monkeypatch.delitem(sys.modules, "seedmask.networks.imagenet_head")
    assert show_matches(plan(["cat"], careless=Careless(), other=SimpleNamespace())) == []
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(("lacking", "status"), [([], 0), (["classifiers/named"], 1)])
def test_check_fails_where_a_variant_needs_a_class_for_more_tags(lacking, status, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    make_run()
    monkeypatch.setattr("seedmask.cli.check.show_matches", lambda plan: lacking)
    result = CliRunner().invoke(app, ["check"])
    assert result.exit_code == status
    assert "jobs with index, scores and report" in result.output
    assert ("classifiers/named: every tag needs a class" in result.output) == bool(lacking)


def checked():
    return CliRunner().invoke(app, ["check"])


def configure(**dataset):
    values = yaml.safe_load(Path("config.yaml").read_text())
    values["dataset"] |= dataset
    Path("config.yaml").write_text(yaml.safe_dump(values, sort_keys=False))


def test_check_stops_where_no_training_picture_shows_a_class(here):
    names = [line.split(",")[0] for line in Path("pictures/tags.csv").read_text().splitlines()]
    Path("pictures/tags.csv").write_text("".join(f"{name},\n" for name in names))
    result = checked()
    assert result.exit_code == 1
    assert "classifiers/cam: no training picture shows a class, so nothing can be learned" in result.output


def test_check_names_a_list_that_is_missing_and_not_the_split_that_has_no_pictures(here):
    write_voc(here / "VOC2012", train=2, augmented=2, val=1)
    configure(format="voc", root="VOC2012", splits={"train": "gone.txt", "val": "ImageSets/Segmentation/val.txt"})
    result = checked()
    assert result.exit_code == 1
    assert "gone.txt: the list of split `train` is missing" in result.output
    assert "has no pictures" not in result.output + doctor("--quick").output


def test_check_stops_at_results_of_another_folder_and_takes_a_moved_one(here, monkeypatch):
    monkeypatch.setattr("seedmask.cli.check.broken_networks", lambda plan: [])
    monkeypatch.setattr("seedmask.cli.check.show_matches", lambda plan: [])
    shutil.copytree("pictures", "elsewhere")
    configure(root="elsewhere")
    result = checked()
    assert result.exit_code == 0
    assert "note: results/tiny was made from another folder" in result.output
    Path("elsewhere/p5.png").write_bytes(b"another picture")
    result = checked()
    assert result.exit_code == 1
    assert "10 of its 10 pictures are in" in result.output
    assert "give this data set another `name`" in result.output


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

    monkeypatch.setattr(data, "check_data", fails)
    result = doctor("--quick")
    assert result.exit_code == 0
    assert "data           could not be checked (ZeroDivisionError: by nothing)" in result.output
    assert "everything is made" in result.output


def test_a_configuration_that_is_none_is_refused_by_name(here):
    assert "nowhere.yaml: does not exist; expected a configuration like cows.yaml" in doctor("nowhere.yaml").output
    Path("config.yaml").write_text("masks: {")
    result = doctor()
    assert result.exit_code == 1
    assert "config.yaml line 1: is not YAML" in result.output


def test_every_check_of_a_module_is_made():
    modules = [path for path in Path(diagnosis.__file__).parent.glob("*.py") if path.stem != "diagnosis"]
    checks = {
        f"{path.stem}.{name}" for path in modules for name in re.findall(r"(?m)^def (check_\w+)", path.read_text())
    }
    assert checks == set(diagnosis.CHECKS)
