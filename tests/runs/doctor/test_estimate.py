import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedmask.runs.doctor import estimate as module
from seedmask.runs.doctor.estimate import Step, check_remaining, estimate, finished_after, format_bytes, format_seconds
from seedmask.runs.doctor.work import read_rates

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
    rates = read_rates(Path("results"))
    assert len(rates.seconds) == 6
    assert len(rates.bytes_each) == 6
    (seeds,) = [kind for kind in rates.seconds if kind[0] == "seeds"]
    assert rates.seconds_of(seeds) == pytest.approx(10 / (3 * 12 * 16 * 6.5))


def test_results_that_cannot_be_read_tell_nothing(timed):
    Path("results/tiny/index/set.json").write_text("nonsense\n")
    Path("results/other").mkdir()
    assert not read_rates(Path("results")).seconds


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
    assert "everything is made" in str(next(check_remaining(timed())))


def test_what_is_not_known_is_said_and_not_counted(run):
    shutil.rmtree("results/tiny/predictions/crf")
    found = estimate(run())
    assert found.unknown == ["predictions/crf"]
    lines = list(check_remaining(run()))
    assert "leave out --quick" in lines[1].remedy
    assert lines[0].found.startswith("not estimated; 4 jobs of 1 variants remain")


def test_a_disk_that_is_too_small_is_a_problem(timed, monkeypatch):
    shutil.rmtree("results/tiny/predictions/crf")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: type("Usage", (), {"free": 10})())
    assert list(check_remaining(timed()))[-1].level == "problem"


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


@pytest.mark.parametrize(("seconds", "shown"), [(5, "5 s"), (99, "99 s"), (600, "10 min"), (36000, "10.0 h")])
def test_times_have_a_unit_that_fits(seconds, shown):
    assert format_seconds(seconds) == shown


def test_bytes_have_a_unit_that_fits():
    assert (format_bytes(2e6), format_bytes(3.4e9)) == ("2 MB", "3.4 GB")


def test_jobs_share_the_cores():
    steps = {str(n): Step(10.0) for n in range(4)}
    assert [finished_after(steps, cores) for cores in (1, 2, 4, 8)] == [40, 20, 10, 10]


def test_a_job_waits_for_what_it_reads_and_for_cores():
    steps = {"a": Step(5.0), "b": Step(3.0, after=["a"]), "c": Step(4.0, threads=2)}
    assert finished_after(steps, 2) == 12
    assert finished_after(steps, 3) == 8


def test_what_is_not_there_is_done():
    assert finished_after({"a": Step(5.0, after=["gone"])}, 1) == 5
    assert finished_after({}, 1) == 0


def test_a_job_with_more_threads_than_cores_takes_all():
    assert finished_after({"a": Step(5.0, threads=8)}, 2) == 5


def test_jobs_that_wait_for_each_other_are_an_error():
    with pytest.raises(ValueError, match="wait for each other: a, b"):
        finished_after({"a": Step(1.0, after=["b"]), "b": Step(1.0, after=["a"])}, 1)


@given(st.lists(st.floats(0.1, 10), min_size=1, max_size=12), st.integers(1, 4))
def test_it_takes_no_less_than_the_longest_job_and_no_more_than_all_of_them(seconds, cores):
    steps = {str(n): Step(s, after=[str(n - 1)] if n % 3 else ()) for n, s in enumerate(seconds)}
    found = finished_after(steps, cores)
    assert max(seconds) <= found <= sum(seconds) + 1e-6
    assert found >= sum(seconds) / cores - 1e-6
