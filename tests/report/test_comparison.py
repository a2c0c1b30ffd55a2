"""Runs side by side: what may stand in one table, and differences on the same pictures."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from results_kit import draw_report, make_run

from seedmask.errors import SeedmaskError
from seedmask.report.comparison import ScoredRun, read_runs, tables, with_differences
from seedmask.report.scores import NUMBERS, Summary
from seedmask.report.terms import Terms

TERMS = Terms("voc", "", "2", "with background", "0f", "flip yes", "closed world", "classifiers: resnet50 hub:x")


def row(variant="predictions/ce", classes=("background", "cow"), mode="none", split="val", **terms):
    numbers = dict.fromkeys(NUMBERS, 0.5)
    counted = dict.fromkeys(classes, 0.5)
    changed = replace(TERMS, **terms)
    return Summary(split, variant, 1, mode, None, "", "", numbers, {}, 4, 2, changed, counted, {}, ())


def run(name, *rows):
    return ScoredRun(name, Path("results") / name, rows)


@pytest.mark.parametrize(
    ("term", "words"),
    [
        ("protocol", "protocol: voc (a/predictions/ce); coco81 (b/predictions/ce)"),
        ("families", "family: closed world (a/predictions/ce); coco81 (b/predictions/ce)"),
        ("first_weights", "first weights: classifiers: resnet50 hub:x (a/predictions/ce); coco81 (b/predictions/ce)"),
        ("pictures", "list of pictures: 0f (a/predictions/ce); coco81 (b/predictions/ce)"),
        ("departures", "departures from it: none (a/predictions/ce); coco81 (b/predictions/ce)"),
    ],
)
def test_what_differs_is_refused_by_name_and_stands_apart_on_request(term, words):
    runs = [run("a", row()), run("b", row(**{term: "coco81"}))]
    with pytest.raises(SeedmaskError) as error:
        tables(runs)
    assert f"  val predictions, {words}" in str(error.value)
    assert "--mixed" in str(error.value)
    assert [[(one.name, line.variant) for one, line in part] for part in tables(runs, mixed=True)] == [
        [("a", "predictions/ce")],
        [("b", "predictions/ce")],
    ]


def test_another_data_set_stages_and_views_may_stand_in_one_table():
    """Their pictures, their networks and their sizes are others anyway."""
    others = [
        row(classes=("background", "ox"), pictures="f0", views="flip none"),
        row("masks/crf", first_weights="classifiers: vgg16"),
        row("seeds/cam", mode="fixed", protocol="irn-seeds"),
        row("seeds/cam", mode="label_free"),
    ]
    assert [len(part) for part in tables([run("a", row(), *others[1:]), run("b", others[0])])] == [5]


def test_lists_are_compared_within_each_data_set():
    ox = ("background", "ox")
    runs = [run("a", row(classes=ox, pictures="f0")), run("b", row()), run("c", row(pictures="ee"))]
    with pytest.raises(SeedmaskError, match=r"list of pictures: 0f \(b/predictions/ce\); ee \(c/predictions/ce\)$"):
        tables(runs)


def test_of_one_run_everything_stands_in_one_table():
    assert [len(part) for part in tables([run("a", row(), row(protocol=""))])] == [2]


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    """A run, and a copy of it under another name."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("two"))
        draw_report(make_run())
        shutil.copytree("results/tiny", "results/other")
        yield Path.cwd() / "results"


def test_equal_runs_do_not_differ_and_a_variant_differs_by_what_its_scores_say(two):
    runs = read_runs([two / "tiny", two / "other"])
    (table,) = tables(runs)
    of_run = {(one.run.name, one.row.variant, one.row.threshold_mode): one.difference
              for one in with_differences(table, runs, "other")}  # fmt: skip
    assert {difference.value for key, difference in of_run.items() if key[0] == "tiny"} == {0}
    assert {difference for key, difference in of_run.items() if key[0] == "other"} == {None}
    for line in with_differences(table, runs, f"{two}/tiny/masks/crf"):
        if line.row.split == "train" and (line.run.name, line.row.variant) != ("tiny", "masks/crf"):
            base = next(row for row in runs[0].rows if row.variant == "masks/crf")
            difference = line.row.numbers["miou"] - base.numbers["miou"]
            assert line.difference.value == pytest.approx(difference, abs=1e-6)
            assert line.difference.low <= line.difference.value <= line.difference.high
        else:
            assert line.difference is None


def test_only_named_variants_and_splits_are_read(two):
    runs = read_runs([two / "tiny"], ["predictions/crf"], "val")
    assert [(row.variant, row.split) for row in runs[0].rows] == [("predictions/crf", "val")]
    with pytest.raises(SeedmaskError, match="no scores of split val of masks/crf"):
        read_runs([two / "tiny"], ["masks/crf"], "val")


def test_an_unknown_baseline_is_refused_with_those_that_there_are(two):
    runs = read_runs([two / "tiny"])
    with pytest.raises(SeedmaskError, match="--baseline masks/none: neither a run nor a variant"):
        with_differences(tables(runs)[0], runs, "masks/none")
