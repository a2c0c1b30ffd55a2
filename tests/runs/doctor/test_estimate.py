import shutil
from pathlib import Path

import pytest

from seedmask.runs.doctor import estimate as module
from seedmask.runs.doctor.estimate import estimate
from seedmask.runs.doctor.rates import measured
from seedmask.runs.doctor.run import findings, in_bytes, in_time

HEADER = "s\th:m:s\n"


def benchmark(reference, seconds):
    """Give every finished job of a variant its benchmark file."""
    folder = Path("results/tiny") / reference
    for manifest in (folder / "manifests").glob("*.json"):
        path = folder / "benchmarks" / f"{manifest.stem}.tsv"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"{HEADER}{seconds}\t0\n")
    if (folder / "manifest.json").exists():
        (folder / "benchmark.tsv").write_text(f"{HEADER}{seconds}\t0\n")


@pytest.fixture
def timed(run):
    """A finished run with benchmark files."""
    for reference in (
        "classifiers/cam",
        "seeds/cam",
        "masks/threshold",
        "masks/crf",
        "segmenters/crf",
        "predictions/crf",
    ):
        benchmark(reference, 30 if "/crf" in reference else 10)
    return run


def test_rates_of_earlier_results_are_found_by_kind(timed):
    rates = measured(Path("results"))
    assert len(rates.seconds) == 6
    assert len(rates.bytes_each) == 6
    (seeds,) = [kind for kind in rates.seconds if kind[0] == "seeds"]
    assert rates.seconds_of(seeds) == pytest.approx(10 / (3 * 12 * 16 * 6.5))


def test_results_that_cannot_be_read_tell_nothing(timed):
    Path("results/tiny/index/set.json").write_text("nonsense\n")
    Path("results/other").mkdir()
    assert not measured(Path("results")).seconds


def test_time_and_bytes_are_those_of_earlier_results(timed):
    store = Path("results/tiny/predictions/crf/data.zarr")
    before = sum(file.stat().st_size for file in store.glob("*/c/**/*") if file.is_file())
    shutil.copytree("results/tiny", "results/before")
    shutil.rmtree("results/tiny/predictions/crf")
    found = estimate(timed())
    assert found.each == {"predictions/crf": pytest.approx(4 * 30, rel=0.2)}
    assert found.earlier == ["predictions/crf"]
    assert found.seconds[0] < (4 * 30 / 2) + 10 < found.seconds[1]
    assert found.bytes[0] < before < found.bytes[1]


def test_a_finished_run_takes_no_time(timed):
    found = estimate(timed())
    assert (found.work, found.seconds, found.bytes) == ({}, (0, 0), (0, 0))
    assert "everything is made" in str(next(findings(timed())))


def test_what_is_not_known_is_said_and_not_counted(run):
    shutil.rmtree("results/tiny/predictions/crf")
    found = estimate(run())
    assert found.unknown == ["predictions/crf"]
    lines = list(findings(run()))
    assert "leave out --quick" in lines[1].remedy
    assert lines[0].found.startswith("not estimated; 4 jobs of 1 variants remain")


def test_a_disk_that_is_too_small_is_a_problem(timed, monkeypatch):
    shutil.rmtree("results/tiny/predictions/crf")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: type("Usage", (), {"free": 10})())
    assert list(findings(timed()))[-1].level == "problem"


def test_many_jobs_are_placed_by_few(timed, monkeypatch):
    shutil.copytree("results/tiny", "results/before")
    shutil.rmtree("results/tiny/predictions/crf")
    whole = estimate(timed()).seconds
    monkeypatch.setattr(module, "MOST_STEPS", 2)
    assert estimate(timed()).seconds == pytest.approx(whole, rel=0.3)


def test_a_few_pictures_are_measured_where_nothing_is_known(run):
    shutil.rmtree("results/tiny/seeds/cam")
    found = estimate(run(quick=False))
    assert {"seeds/cam", "masks/crf", "segmenters/crf", "predictions/crf"} <= set(found.measured)
    assert all(0 < seconds < 3600 for seconds in found.each.values())


@pytest.mark.parametrize(("seconds", "words"), [(5, "5 s"), (99, "99 s"), (600, "10 min"), (36000, "10.0 h")])
def test_times_are_told_in_words(seconds, words):
    assert in_time(seconds) == words


def test_bytes_are_told_in_words():
    assert (in_bytes(2e6), in_bytes(3.4e9)) == ("2 MB", "3.4 GB")
