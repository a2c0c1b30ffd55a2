import csv
import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from results_kit import VARIANTS, draw_report, make_run
from typer.testing import CliRunner

from seedmask.cli import app
from seedmask.dataset.images import palette
from seedmask.storage.records import prove, read_record, write_proved, write_record


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A run with its report."""
    folder = tmp_path_factory.mktemp("run")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        draw_report(make_run())
    return folder


@pytest.fixture
def here(finished, tmp_path, monkeypatch):
    """A copy as the working directory."""
    folder = shutil.copytree(finished, tmp_path / "here")
    monkeypatch.chdir(folder)
    return folder


def seedmask(*arguments):
    return CliRunner().invoke(app, list(map(str, arguments)))


def test_scores_end_with_the_path_of_the_report(here):
    result = seedmask("scores", "results/tiny")
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert lines[-1] == "report: results/tiny/report.html"
    assert any(line.split()[:2] == ["val", "predictions/crf"] and " 0.767 " in line for line in lines)


def test_scores_mark_what_used_pixel_labels(here):
    output = seedmask("scores", "results/tiny").output
    marked = [line for line in output.splitlines() if " * " in line]
    assert len(marked) == 1
    assert "oracle" in marked[0]
    assert "* uses pixel labels" in output


def edit_classes(**classes):
    """Change cells of the table of classes, by class and column."""
    path = Path("results/tiny/report/classes.csv")
    with path.open(newline="") as file:
        header, *rows = list(csv.reader(file))
    for row in rows:
        for column, value in classes.get(row[0], {}).items():
            row[header.index(column)] = value
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    prove(path)


def test_scores_end_with_the_classes_that_are_not_to_be_trusted(here):
    edit_classes(sheep={"f1 predictions/crf": "0"})
    before = seedmask("scores", "results/tiny").output.splitlines()
    (warning,) = [line for line in before if line.startswith("not to be trusted: ")]
    assert warning.startswith("not to be trusted: sheep (trust 0.00): 3 pictures: add more of this class; the network")
    assert "to be looked at: cow & calf (trust 0.94): 3 pictures: add more of this class" in before
    assert not any("rank correlation" in line for line in before)  # of two classes

    lines = Path("results/tiny/report/scores.csv").read_text().splitlines()
    write_proved(Path("results/tiny/report/scores.csv"), f"{lines[0]}\n".encode())
    without = seedmask("scores", "results/tiny").output.splitlines()
    assert without[0] == "no truth masks: nothing to score"
    assert warning in without


def test_scores_say_how_far_truth_bears_them_out(here):
    table, scored = Path("results/tiny/report/classes.csv"), Path("results/tiny/report/scores.csv")
    header, cow, _ = table.read_text().splitlines()
    table.write_text("\n".join([header, *(cow.replace("cow & calf", name) for name in "abc")]) + "\n")
    edit_classes(**{name: {"clear": clear} for name, clear in (("a", "0.6"), ("b", "0.8"), ("c", "1"))})
    head, *lines = scored.read_text().splitlines()
    lines = [f"{head},iou a,iou b,iou c", *(f"{line},0.2,0.3,0.4" for line in lines)]
    write_proved(scored, ("\n".join(lines) + "\n").encode())
    output = seedmask("scores", "results/tiny").output
    assert "val: rank correlation of trust with the IoU of predictions/crf: 1.00" in output
    assert "train: rank correlation of trust with the IoU of masks/crf: 1.00" in output
    assert "masks/threshold: 1.00" not in output


def test_scores_without_a_report_say_what_to_do(here):
    shutil.rmtree("results/tiny/report")
    result = seedmask("scores", "results/tiny")
    assert result.exit_code == 1
    assert "scores.csv: is missing" in result.output
    assert "run snakemake" in result.output
    assert "Traceback" not in result.output


def test_tags_compares_found_classes_with_tags(here):
    lines = seedmask("tags", "results/tiny", "masks/crf", "predictions/crf").output.splitlines()
    assert [line.split()[:3] for line in lines[1:]] == [
        ["train", "masks/crf", "6"],
        ["train", "predictions/crf", "6"],
        ["val", "predictions/crf", "4"],
    ]
    assert all(line.split()[3:] == ["1.000", "1.000", "1.000", "0.000"] for line in lines[1:])
    strict = seedmask("tags", "results/tiny", "masks/crf", "--smallest", 0.5).output.splitlines()
    assert strict[1].split()[3:] == ["-", "0.000", "0.000", "0.000"]


def test_tags_explains_what_it_cannot_compare(here):
    result = seedmask("tags", "results/tiny", "seeds/cam")
    assert result.exit_code == 1
    assert "seeds/cam holds no masks" in result.output


@pytest.fixture(scope="module")
def replicated(tmp_path_factory):
    """A run with a segmenter trained twice on masks whose threshold was chosen with truth."""
    folder = tmp_path_factory.mktemp("replicated")
    oracle = {**VARIANTS["masks"]["threshold"], "threshold": {"mode": "oracle"}}
    variants = {**VARIANTS, "masks": {"best": oracle}, "segmenters": {"crf": {"from": "masks/best", "replicates": 2}}}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        draw_report(make_run(variants=variants))
    return folder


def test_scores_of_replicates_are_one_line_with_deviation_and_number(replicated, monkeypatch):
    monkeypatch.chdir(replicated)
    terms, _, table = seedmask("scores", "results/tiny").output.partition("\n\n")
    assert "no named protocol: 2 classes with background" in terms
    lines = table.splitlines()
    assert lines[0].split()[-2:] == ["images", "runs"]
    (line,) = [line for line in lines if "val" in line]
    assert line.split() == ["val", "predictions/crf", "*", "none", *["0.767", "±", "0.000"], *line.split()[7:]]
    assert line.split()[-2:] == ["4", "2"]
    assert "of several runs: mean ± standard deviation of the sample" in lines


def test_tags_of_replicates_that_are_named_are_one_line(replicated, monkeypatch):
    monkeypatch.chdir(replicated)
    both = seedmask("tags", "results/tiny", "predictions/crf", "predictions/crf.1").output.splitlines()
    assert [line.split()[:3] for line in both[1:3]] == [
        ["train", "predictions/crf", "*"],
        ["val", "predictions/crf", "*"],
    ]
    assert [line.split()[-1] for line in both[:3]] == ["runs", "2", "2"]
    one = seedmask("tags", "results/tiny", "predictions/crf.1").output
    assert "runs" not in one
    assert "* uses pixel labels: a bound, not a result" in one


def test_what_used_pixel_labels_says_so_wherever_it_goes(replicated, tmp_path, monkeypatch):
    """Also where what it was made from is gone."""
    monkeypatch.chdir(shutil.copytree(replicated, tmp_path / "copy"))
    shutil.rmtree("results/tiny/masks")
    shutil.rmtree("results/tiny/seeds")
    output = seedmask("export", "results/tiny", "predictions/crf.1", "--out", "out").output
    assert "uses pixel labels: masks/best: threshold chosen with truth masks" in output
    page = (tmp_path / "copy" / "results/tiny/report.html").read_text()
    assert page.count("uses pixel labels: masks/best: threshold chosen with truth masks") > 3


def test_check_lists_how_often_a_variant_is_made(replicated, monkeypatch):
    monkeypatch.chdir(replicated)
    lines = seedmask("check").output.splitlines()
    assert [line.split()[:3] for line in lines if "×" in line] == [
        ["segmenters/crf", "×", "2"],
        ["predictions/crf", "×", "2"],
    ]
    assert lines[-1].endswith(" 26 jobs with index, scores and report")


def test_verify_fails_only_for_damage(here):
    assert seedmask("verify", "results/tiny").exit_code == 0
    (here / "results/tiny/masks/crf/manifests/.0000.json.x.partial").write_bytes(b"")
    result = seedmask("verify", "results/tiny")
    assert result.exit_code == 1
    assert ".0000.json.x.partial: left over" in result.output
    result = seedmask("verify", "results/tiny", "--clean")
    assert result.exit_code == 0
    assert "removed results/tiny/masks/crf/manifests/.0000.json.x.partial" in result.output


def test_exported_masks_are_palette_pictures_named_by_image(here):
    result = seedmask("export", "results/tiny", "masks/crf", "--out", "out")
    assert result.exit_code == 0, result.output
    with Image.open("out/herd/p1.png") as picture:
        assert picture.mode == "P"
        assert picture.getpalette()[:9] == palette()[:3].ravel().tolist()
        mask = np.asarray(picture)
    assert mask.shape == (12, 16)
    assert mask[-1, 0] == 2
    assert mask[0, 0] == mask[-1, -1] == 0
    assert len([path for path in (here / "out").rglob("*") if path.is_file()]) == 6


def test_export_overwrites_nothing_unless_forced(here):
    (here / "out").mkdir()
    (here / "out/p3.png").write_bytes(b"mine")
    arguments = ["export", "results/tiny", "predictions/crf", "--out", "out"]
    result = seedmask(*arguments)
    assert result.exit_code == 1
    assert "out/p3.png is there already" in result.output
    assert [path.name for path in (here / "out").iterdir()] == ["p3.png"]
    assert seedmask(*arguments, "--force").exit_code == 0
    assert (here / "out/p3.png").read_bytes()[:4] == b"\x89PNG"


def test_confidence_and_heat_are_exported(here):
    assert seedmask("export", "predictions/crf", "--to", "confidence", "--out", "grey").exit_code == 0
    assert set(np.unique(np.asarray(Image.open("grey/p9.png")))) == {51}
    assert seedmask("export", "seeds/cam", "--to", "heat", "--out", "heat").exit_code == 0
    heat = np.asarray(Image.open("heat/p2.jpg")).astype(int)
    assert heat[:, :3, 0].mean() > heat[:, -3:, 0].mean()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["seeds/cam"], "seeds/cam holds no masks"),
        (["masks/crf", "--to", "confidence"], "holds no confidence"),
        (["masks/crf", "--to", "heat"], "holds no activation maps"),
        (["masks/crf", "--to", "tiff"], "holds no activation maps"),
        (["masks/nothing"], "there are: seeds/cam, masks/crf, masks/threshold, predictions/crf"),
    ],
)
def test_export_explains_what_it_cannot_do(here, arguments, said):
    result = seedmask("export", "results/tiny", *arguments, "--out", "out")
    assert result.exit_code == 1
    assert said in result.output
    assert not (here / "out").exists()


def test_export_refuses_a_variant_that_is_not_finished(here):
    (here / "results/tiny/predictions/crf/manifests/0002.json").unlink()
    result = seedmask("export", "results/tiny", "predictions/crf", "--out", "out")
    assert result.exit_code == 1
    assert "0002.json: is missing" in result.output


def test_compare_draws_variants_side_by_side_once(here):
    arguments = ("compare", "results/tiny", "seeds/cam", "masks/crf", "--out", "figures/both.png")
    result = seedmask(*arguments, "--image", "herd/p1", "--image", "p2")
    assert result.output == "figures/both.png\n"
    with Image.open("figures/both.png") as two:
        assert two.width == 8 + 4 * 208  # image, two variants, truth
        two_high = two.height
    again = seedmask(*arguments)
    assert again.exit_code == 1
    assert "figures/both.png is there already" in again.output
    assert seedmask(*arguments, "--count", 3, "--force").exit_code == 0
    with Image.open("figures/both.png") as three:
        assert three.height > two_high


def test_check_lists_variants_and_jobs_and_runs_nothing(here):
    shutil.rmtree("results")
    result = seedmask("check")
    assert result.exit_code == 0, result.output
    jobs = {line.split()[0]: line.split()[-1] for line in result.output.splitlines() if "/" in line}
    # shards, plus a job for a fitted threshold and one for scores
    assert jobs["masks/threshold"] == "4"
    assert jobs["masks/crf"] == "3"
    assert jobs["predictions/crf"] == "5"
    assert jobs["segmenters/crf"] == "1"
    assert "10 images, 2 classes; 23 jobs" in result.output
    assert not (here / "results").exists()


def test_check_merges_files_and_names_the_line_of_an_error(here):
    (here / "more.yaml").write_text("masks:\n  crf:\n    from: seeds/cma\n")
    result = seedmask("check", "config.yaml", "more.yaml")
    assert result.exit_code == 1
    assert "more.yaml line 3" in result.output
    assert '"seeds/cam"' in result.output


def test_check_reports_problems_of_the_data_set(here):
    with (here / "pictures/tags.csv").open("a") as stream:
        stream.write("nowhere,sheep\n")
    result = seedmask("check")
    assert result.exit_code == 1
    assert "tags.csv line 11" in result.output


def test_times_add_up_the_jobs_of_a_variant(here):
    folder = here / "results/tiny/predictions/crf/benchmarks"
    folder.mkdir()
    for shard, seconds in enumerate((1.5, 2.5)):
        (folder / f"{shard:04d}.tsv").write_text(f"s\th:m:s\n{seconds}\t0:00:01\n")
    (here / "results/tiny/index/benchmark.tsv").write_text("s\th:m:s\n0.5\t0:00:00\n")
    result = seedmask("times", "results/tiny")
    assert result.exit_code == 0
    rows = [line.split() for line in result.output.splitlines()]
    assert rows[1] == ["index", "1", "0.5"]
    assert rows[2] == ["predictions/crf", "2", "4.0", "6", "0.667"]
    assert rows[3][-2] == "4.5"


def test_times_without_benchmarks_say_so(here):
    result = seedmask("times", "results/tiny")
    assert result.exit_code == 1
    assert "no benchmark files" in result.output


def test_classes_are_compared_one_by_one_and_in_thirds(here):
    result = seedmask("classes", "results/tiny", "seeds/cam", "masks/crf")
    assert result.exit_code == 0, result.output
    lines = [line.split() for line in result.output.splitlines()]
    assert lines[1][:4] == ["A", "train", "seeds/cam", "label_free"]
    assert lines[2] == ["B", "train", "masks/crf", "fixed", "0.400", "6"]
    # Of the left half, a class of 8 x 12 pixels, seeds are 10 columns wide and masks lack a quarter.
    both = ["0.800", "0.200", "0.000", "0.750", "0.000", "0.250", "-0.050"]
    assert lines[5:7] == [["cow", "&", "calf", "3", "head", *both], ["sheep", "3", "middle", *both]]
    assert lines[7] == ["background", "0.750", "0.000", "0.250", "0.800", "0.200", "0.000", "+0.050"]
    assert lines[8:11] == [["mean", "head", *both], ["mean", "middle", *both], ["mean", "tail", *["-"] * 7]]
    assert lines[11] == ["mean", "of", "all", *["0.783", "0.133", "0.083", "0.767", "0.067", "0.167", "-0.017"]]
    assert "*" not in result.output


def test_classes_of_other_splits_and_thresholds_are_asked_for(here):
    val = seedmask("classes", "results/tiny", "predictions/crf", "--split", "val").output.splitlines()
    assert val[1].split() == ["A", "val", "predictions/crf", "none", "4"]
    assert "B - A" not in val[3]
    best = seedmask("classes", "results/tiny", "seeds/cam", "--threshold", "oracle").output.splitlines()
    assert best[1].split()[:5] == ["A", "train", "seeds/cam", "*", "oracle"]
    assert best[4].split()[-3:] == ["1.000", "0.000", "0.000"]
    assert best[-1] == "* uses pixel labels: a bound, not a result"


def test_classes_of_replicates_are_their_mean_with_their_number(replicated, monkeypatch):
    monkeypatch.chdir(replicated)
    arguments = ("classes", "results/tiny", "predictions/crf", "--split", "val")
    lines = seedmask(*arguments).output.splitlines()
    assert lines[0].split()[-1] == "runs"
    assert lines[1].split() == ["A", "val", "predictions/crf", "*", "none", "4", "2"]
    assert lines[-2:] == ["of several runs: mean", "* uses pixel labels: a bound, not a result"]


def test_a_class_may_be_called_like_markup(here):
    for name in ("index/set.json", "evaluation/masks/crf/scores.json"):
        path = here / "results/tiny" / name
        write_record(path, json.loads(json.dumps(read_record(path)).replace("sheep", "[/sheep]")))
    output = seedmask("classes", "results/tiny", "masks/crf").output
    assert "[/sheep]  " in output


def test_classes_are_plotted_once(here):
    arguments = ("classes", "results/tiny", "seeds/cam", "masks/crf", "--out", "figures/classes.png")
    result = seedmask(*arguments)
    assert result.exit_code == 0, result.output
    assert result.output.splitlines()[-1] == "figures/classes.png"
    first = (here / "figures/classes.png").read_bytes()
    assert first.startswith(b"\x89PNG")
    again = seedmask(*arguments)
    assert again.exit_code == 1
    assert "figures/classes.png is there already" in again.output
    (here / "figures/classes.png").write_bytes(b"mine")
    assert seedmask(*arguments, "--force").exit_code == 0
    assert (here / "figures/classes.png").read_bytes() == first


def test_classes_are_shown_without_matplotlib_but_not_drawn(here, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    arguments = ("classes", "results/tiny", "masks/crf")
    assert seedmask(*arguments).exit_code == 0
    result = seedmask(*arguments, "--out", "classes.png")
    assert result.exit_code == 1
    assert "pip install 'seedmask[plots]'" in result.output
    assert not (here / "classes.png").exists()


def test_classes_explains_what_it_cannot_compare(here):
    result = seedmask("classes", "results/tiny", "seeds/cam", "seeds/sfc")
    assert result.exit_code == 1
    assert "results/tiny holds no 'seeds/sfc'; there are scores of: masks/crf, " in result.output
    assert "Traceback" not in result.output


def test_rank_lists_pictures_to_look_at_first(here):
    lines = seedmask("rank", "results/tiny", "--by", "iou", "--split", "val", "--count", 2).output.splitlines()
    assert lines[0].split()[:4] == ["image", "split", "disagreement", "confidence"]
    assert [line.split()[:2] for line in lines[1:3]] == [["p6", "val"], ["p7", "val"]]
    assert "the first 2 of 4 pictures by iou" in lines


def test_rank_explains_what_it_cannot_order(here):
    result = seedmask("rank", "results/tiny", "--split", "val")
    assert result.exit_code == 1
    assert "no picture can be ordered by disagreement: it needs two variants" in result.output
    shutil.rmtree("results/tiny/report")
    assert "images.csv: is missing" in seedmask("rank", "results/tiny").output
