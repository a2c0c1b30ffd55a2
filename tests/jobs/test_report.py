import os
import re
from pathlib import Path

import pytest
from results_kit import VARIANTS, draw_report, make_run, report_job

from seedmask.config.graph import load_file
from seedmask.errors import SeedmaskError
from seedmask.jobs import report
from seedmask.plan import Plan
from seedmask.report.class_table import read_classes
from seedmask.report.scores import read_score_table
from seedmask.storage.records import read_record, write_record


def drawn(folder, **arguments):
    """Makes a run and its report; the page's text and the report's folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        job = draw_report(make_run(**arguments))
    return (folder / job.results / "report.html").read_text(), folder / job.folder


@pytest.fixture(scope="module")
def usual(tmp_path_factory):
    """The report of the usual run, changed by no test."""
    return drawn(tmp_path_factory.mktemp("usual"))


def job_of(usual):
    """The report's job, as planned again from the configuration."""
    return report_job(Plan(load_file(usual[1].parents[2] / "config.yaml")))


def test_the_page_shows_every_score_that_was_counted(usual):
    page, folder = usual
    lines = read_score_table(folder / "scores.csv")
    assert [(line.split, line.variant) for line in lines] == [
        ("train", "seeds/cam"),
        ("train", "seeds/cam"),
        ("train", "masks/threshold"),
        ("train", "masks/crf"),
        ("train", "predictions/crf"),
        ("val", "predictions/crf"),
    ]
    for line in lines:
        assert f"{line.numbers['miou']:.3f}" in page
        assert f"no named protocol: {line.terms.classes} classes {line.terms.counting}" in page
        assert f"list {line.terms.pictures[:12]}…" in page


def test_numbers_are_those_of_hand_counting(usual):
    # 8 of 16 columns are the class; the predictions miss 3 of 12 rows: 72 of 96 pixels, background 96 of 120.
    _, folder = usual
    line = read_score_table(folder / "scores.csv")[-1]
    assert line.classes["sheep"] == 0.75
    assert line.classes["background"] == 0.8
    assert line.numbers["miou"] == pytest.approx((0.75 + 0.75 + 0.8) / 3, abs=1e-6)
    assert line.numbers["foreground_false_negative"] == 0.25
    assert line.images == 4


def test_the_page_refers_to_nothing_outside_itself(usual):
    page, _ = usual
    assert not re.search(r"https?:|//[a-z]|<script|<link|@import", page)
    sources = re.findall(r'src="(.{11})', page)
    assert sources
    assert set(sources) == {"data:image/"}
    assert not re.search(r'href="', page)


def test_equal_results_give_equal_bytes(usual, monkeypatch):
    _, folder = usual
    monkeypatch.chdir(folder.parents[2])
    names = ("../report.html", "overview.png", "scores.csv")
    first = {name: (folder / name).read_bytes() for name in names}
    report.run(job_of(usual), "cpu")
    assert {name: (folder / name).read_bytes() for name in names} == first


def test_without_truth_the_page_says_so_and_shows_the_sheets(tmp_path):
    page, folder = drawn(tmp_path, truth=False)
    assert "no truth masks: nothing to score" in page
    assert "no truth mask<" in page
    assert page.count("data:image/jpeg") > 4
    assert len((folder / "scores.csv").read_text().splitlines()) == 1


def test_missing_columns_say_why(usual):
    page, _ = usual
    assert "no seeds for val pictures" in page
    assert "no masks for val pictures" in page


def test_a_segmenter_that_learns_from_truth_is_named(tmp_path):
    variants = {"segmenters": {"full": {"from": "truth"}}, "predictions": {"full": {"from": "segmenters/full"}}}
    page, _ = drawn(tmp_path, variants=variants)
    assert "none: segmenters/full learns from truth masks" in page
    assert "uses pixel labels: segmenters/full: learns from truth masks" in page


def test_an_oracle_threshold_and_nothing_else_is_marked_as_using_pixel_labels(usual):
    page, folder = usual
    lines = read_score_table(folder / "scores.csv")
    assert [bool(line.pixel_labels) for line in lines] == [line.threshold_mode == "oracle" for line in lines]
    (marked,) = re.findall(r'<tr class="labels">.*?</tr>', page, re.DOTALL)
    assert "oracle" in marked
    assert "uses pixel labels: threshold chosen with truth masks" in marked


def test_class_names_are_escaped(usual):
    page, _ = usual
    assert "cow &amp; calf" in page
    assert "cow & calf" not in page


@pytest.mark.parametrize("stages", [("classifiers",), ("classifiers", "seeds"), ("classifiers", "seeds", "masks")])
def test_a_configuration_may_end_at_any_stage(tmp_path, stages):
    page, folder = drawn(tmp_path, variants={stage: VARIANTS[stage] for stage in stages})
    assert 'class="sheet"' in page
    assert (folder / "overview.png").stat().st_size > 0


def test_results_of_other_settings_are_refused(usual, monkeypatch):
    monkeypatch.chdir(usual[1].parents[2])
    job = job_of(usual)
    stale = job.model_copy(update={"upstream": {**job.upstream, "masks/crf": "another"}})
    with pytest.raises(SeedmaskError, match="masks/crf shard 0000 was made with other settings"):
        report.run(stale, "cpu")


def test_the_page_says_what_to_look_at_next(tmp_path):
    page, _ = drawn(tmp_path)
    assert "<h2>What to look at next</h2>" in page
    assert "Confidence, val" in page
    assert "Pictures of val where the predictions are least sure, the first of 4" in page


def test_what_can_be_trusted_stands_class_by_class_with_words(usual):
    page, folder = usual
    table = page.split("<h2>What can be trusted, without truth</h2>")[1].split("<h2>")[0]
    cow, sheep = re.findall(r"<tr[^>]*>\n<td>(?:cow &amp; calf|sheep)</td>.*?</tr>", table, re.DOTALL)
    # Masks and predictions are alike; the kit's classifier is sure of the first class and does not know the second.
    assert ">1.000<" in cow
    assert 'class="warned"' not in cow + sheep
    assert (
        "3 pictures: add more of this class; the network hardly knows it (average precision 0.50, chance 0.50)" in sheep
    )
    assert "(classifiers/cam: a guess)" in table
    assert "Of masks alone trust says little" not in table
    assert [line.name for line in read_classes(folder.parent)] == ["cow & calf", "sheep"]


def test_a_result_that_is_not_to_be_trusted_says_so_at_the_top(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    plan = make_run(truth=False, variants={stage: VARIANTS[stage] for stage in ("classifiers", "seeds", "masks")})
    path = Path(plan.evaluation.tags("classifiers/cam"))
    tried = read_record(path)
    write_record(path, {**tried, "classes": [{**one, "average_precision": 0.5} for one in tried["classes"]]})
    page = (draw_report(plan).results / "report.html").read_text()
    head = page.split("<h2>")[0]
    assert "This result is not to be trusted: 2 of 2 classes have a trust below 0.6." in head
    assert "The network hardly knows 2 of 2 classes: try another encoder" in head
    assert page.count('<tr class="warned">') == 2


@pytest.mark.parametrize("stages", [(), ("classifiers",), ("classifiers", "seeds", "masks")])
def test_a_class_table_needs_no_segmenter_and_no_classifier(tmp_path, stages):
    page, folder = drawn(tmp_path, variants={stage: VARIANTS[stage] for stage in stages}, truth=False)
    lines = read_classes(folder.parent)
    assert [line.images for line in lines] == [3, 3]
    assert ("<h2>What can be trusted, without truth</h2>" in page) == bool(stages)
    assert ("Of masks alone trust says little" in page) == bool(stages)
    known = {(): set(), ("classifiers",): {"knows"}}.get(stages, {"knows", "clear", "fits"})
    assert {name for line in lines for name in line.parts.counted()} == known


def test_worst_median_and_best_pictures_come_first(usual):
    page, _ = usual
    sheets = re.findall(r"<h3>([^<]+)</h3>\n<table class=\"sheet\">", page)
    assert sheets[0] == "predictions/crf on val: worst, median and best pictures"
    assert page.count("worst: IoU 0.78") == 4


def test_classes_have_bars_and_thirds(usual):
    page, _ = usual
    assert '<i style="width: 75.0%"></i></span>0.750' in page
    assert "mean, frequent third" in page


def test_mistakes_are_named_by_class(usual):
    page, _ = usual
    # A quarter of each object is predicted as background, nothing the other way round.
    assert "val: what predictions/crf takes for what" in page
    assert "cow &amp; calf as background 0.250, sheep as background 0.250." in page


def test_what_rankings_are_worth_stands_beside_them(usual):
    page, _ = usual
    table = page.split("<h2>Ranking without truth</h2>")[1].split("<h2>")[0]
    assert table.count("<td>predictions/crf</td>") == 2
    assert "–" in table  # all pictures of the kit are equally good


@pytest.fixture
def timed(tmp_path, monkeypatch):
    """A run with benchmark files of Snakemake, and the log of a later run."""
    monkeypatch.chdir(tmp_path)
    plan = make_run()
    for name, seconds, memory in (("segmenters/crf/benchmark", 12.5, 345.6), ("masks/crf/benchmarks/0000", 2, "NA")):
        path = plan.results / f"{name}.tsv"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"s\tmax_rss\n{seconds}\t{memory}\n")
    os.utime(plan.results / "segmenters/crf/benchmark.tsv", (0, 0))
    log = tmp_path / ".snakemake" / "log" / "2001-02-03T040506.789.snakemake.log"
    log.parent.mkdir(parents=True)
    log.touch()
    path = plan.results / "segmenters/crf/manifest.json"
    trained = read_record(path)
    losses = [{"epoch": epoch, "loss": 3 - epoch / 2} for epoch in range(1, 5)]
    write_record(path, {**trained, "facts": {**trained["facts"], "metrics": losses}})
    return (draw_report(plan).results / "report.html").read_text()


def test_time_and_memory_of_each_variant_are_listed(timed):
    (row,) = re.findall(r"<tr><td>segmenters/crf</td>.*?</tr>", timed, re.DOTALL)
    assert '<td class="n">12.5</td>' in row
    assert '<td class="n">346</td>' in row
    assert "before the last run" in row
    (row,) = re.findall(r"<tr><td>masks/crf</td>.*?</tr>", timed, re.DOTALL)
    assert '<td class="n">–</td>' in row
    assert "before the last run" not in row


def test_what_the_last_run_kept_is_dashed_in_the_graph(timed):
    assert timed.count('<rect class="kept"') == 1


def test_trainings_are_drawn(timed):
    assert 'aria-label="loss of each epoch"' in timed
    assert ">2.50<" in timed
    assert timed.count("<b>Too short:</b> the loss still fell by 33 %") == 1
