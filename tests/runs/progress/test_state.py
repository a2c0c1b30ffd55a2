import json
import os
import platform
import time
from pathlib import Path

import pytest
from progress_kit import VARIANTS, finish, make_plan, write_events

from seedmask.events import Ended, Epoch, Failed, Interrupted, Kept, Note
from seedmask.runs.progress.state import STARTING, RunProgress, State
from seedmask.storage.lock import only_writer

EPOCH = Epoch(number=3, of=8, loss=0.412, seconds=22.0)


@pytest.fixture
def plan(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return make_plan()


def row(plan, name, **more):
    return next(row for row in RunProgress(plan, **more).rows() if row.name == name)


def test_without_results_everything_waits(plan):
    rows = RunProgress(plan).rows()
    assert [row.name for row in rows] == [
        "index",
        "classifiers/cam",
        "seeds/cam",
        "masks/crf",
        "evaluation",
        "tags",
        "images",
        "report",
    ]
    assert {row.state for row in rows} == {State.waiting}
    assert not Path("results").exists()


def test_shards_and_images_of_finished_jobs_are_counted(plan):
    finish(plan, "seeds/cam", "0000", "0002")
    found = row(plan, "seeds/cam")
    assert (found.done, found.jobs, found.images_done, found.images) == (2, 3, 6, 9)


def test_only_images_of_the_variant_s_splits_count(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    both = {"seeds": {"cam": {"from": "classifiers/cam", "splits": ["train", "val"]}}}
    assert row(make_plan(train=7, val=5), "seeds/cam").images == 7
    assert row(make_plan({**VARIANTS, **both}, train=7, val=5), "seeds/cam").images == 12


def test_speed_and_time_left_come_from_finished_shards_and_the_jobs_that_run(plan):
    finish(plan, "seeds/cam", "0000", seconds=6.0)
    write_events(plan, "seeds/cam", shard="0001")
    found = row(plan, "seeds/cam")
    assert (found.state, found.running, found.rate) == (State.running, 1, 0.5)
    assert found.left == 12
    write_events(plan, "seeds/cam", shard="0002")
    assert row(plan, "seeds/cam").left == 6


def test_shards_that_were_found_done_say_nothing_of_the_speed(plan):
    finish(plan, "seeds/cam", "0000", seconds=6.0)
    finish(plan, "seeds/cam", "0001", seconds=0.1)
    write_events(plan, "seeds/cam", Kept(), Ended(), shard="0001")
    assert row(plan, "seeds/cam").rate == 0.5


def test_a_torn_benchmark_file_counts_for_nothing(plan):
    finish(plan, "seeds/cam", "0000", "0001", seconds=6.0)
    (plan.results / "seeds/cam/benchmarks/0001.tsv").write_text("s\nabc")
    assert row(plan, "seeds/cam").rate == 0.5


def test_a_training_that_runs_shows_its_epoch_and_what_is_left(plan):
    events = write_events(plan, "classifiers/cam", EPOCH)
    os.utime(events, (time.time() - 10,) * 2)
    found = row(plan, "classifiers/cam")
    assert (found.epoch.number, found.epoch.of, found.epoch.loss) == (3, 8, 0.412)
    assert found.left == pytest.approx(5 * 22 - 10, abs=2)


def test_a_finished_training_shows_the_last_of_its_metrics(plan):
    finish(plan, "classifiers/cam")
    write_events(plan, "classifiers/cam", Kept(), Ended())
    metrics = [{"epoch": 1, "loss": 0.9}, {"epoch": 2, "loss": 0.25}]
    (plan.results / "classifiers/cam/metrics.jsonl").write_text("\n".join(map(json.dumps, metrics)))
    found = row(plan, "classifiers/cam")
    assert (found.state, found.epoch.number, found.epoch.of, found.epoch.loss) == (State.done, 2, 2, 0.25)
    (plan.results / "classifiers/cam/metrics.jsonl").write_text("{")
    assert row(plan, "classifiers/cam").epoch is None


def test_an_error_of_a_job_is_a_failure_until_the_job_runs_again(plan):
    message = "seeds/cam shard 0000: error: image p00000: is torn; mend it"
    write_events(plan, "seeds/cam", Failed(message=message), shard="0000")
    found = row(plan, "seeds/cam")
    assert (found.state, found.trouble) == (State.failed, message)
    assert row(plan, "seeds/cam", since=time.time() + 5).state == State.waiting
    write_events(plan, "seeds/cam", shard="0000")
    assert row(plan, "seeds/cam").state == State.running


def test_a_job_that_was_killed_is_stopped(plan):
    write_events(plan, "classifiers/cam", EPOCH, host=platform.node())
    assert row(plan, "classifiers/cam").state == State.stopped


@pytest.mark.parametrize(
    ("reference", "shard", "lock"), [("classifiers/cam", None, "lock"), ("seeds/cam", "0001", "locks/0001.lock")]
)
def test_a_job_on_another_machine_runs_while_it_starts_or_holds_its_lock(plan, reference, shard, lock):
    events = write_events(plan, reference, Note(text="no GPU here"), shard=shard)
    assert row(plan, reference).state == State.running
    os.utime(events, (time.time() - 2 * STARTING,) * 2)
    assert row(plan, reference).state == State.stopped
    with only_writer(plan.results / reference / lock, reference):
        assert row(plan, reference).state == State.running
    assert row(plan, reference).state == State.stopped


def test_a_job_that_somebody_interrupted_is_stopped_on_any_machine(plan):
    write_events(plan, "seeds/cam", Interrupted(), shard="0000")
    assert row(plan, "seeds/cam").state == State.stopped


def test_a_kill_in_the_middle_of_a_line_takes_that_line_alone(plan):
    events = write_events(plan, "classifiers/cam", EPOCH, EPOCH.model_copy(update={"number": 4}))
    events.write_bytes(events.read_bytes()[:-9])
    found = row(plan, "classifiers/cam")
    assert (found.state, found.epoch.number) == (State.running, 3)


def test_a_result_that_was_deleted_waits(plan):
    finish(plan, "seeds/cam", "0000", "0001", "0002")
    assert row(plan, "seeds/cam").state == State.done
    (plan.results / "seeds/cam/manifests/0001.json").unlink()
    assert row(plan, "seeds/cam").state == State.waiting


def test_results_of_other_settings_are_stale_and_so_is_what_was_made_from_them(plan):
    finish(plan, "seeds/cam", "0000", "0001", "0002", recipe="other")
    finish(plan, "masks/crf", "0000", "0001", "0002")
    seeds = row(plan, "seeds/cam")
    assert (seeds.state, seeds.done) == (State.stale, 0)
    assert row(plan, "masks/crf").state == State.stale


def test_a_source_further_down_the_list_is_looked_at_too(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    again = {"from": "segmenters/crf", "method": "cyclic"}
    further = {"masks": {**VARIANTS["masks"], "again": again}, "segmenters": {"crf": {"from": "masks/crf"}}}
    plan = make_plan(VARIANTS | further)
    finish(plan, "segmenters/crf", recipe="other")
    finish(plan, "masks/again", "0000", "0001", "0002")
    assert list(plan.variants).index("masks/again") < list(plan.variants).index("segmenters/crf")
    assert row(plan, "masks/again").state == State.stale


def test_a_damaged_manifest_is_named(plan):
    finish(plan, "seeds/cam", "0000")
    path = plan.results / "seeds/cam/manifests/0000.json"
    path.write_text("{")
    write_events(plan, "seeds/cam", Ended(), shard="0000", host=platform.node())
    found = row(plan, "seeds/cam")
    assert (found.state, found.done) == (State.failed, 0)
    assert found.trouble.startswith(f"{path}: is damaged")
    assert "delete it and run snakemake" in found.trouble


def test_scores_and_page_of_variants_that_are_made_anew_are_stale(plan):
    for name in (
        plan.evaluation.scores("seeds/cam"),
        plan.evaluation.tags("classifiers/cam"),
        plan.page.beside("images.csv"),
        plan.page.path,
    ):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).touch()
    assert row(plan, "report").state == row(plan, "evaluation").state == State.stale
    assert (row(plan, "evaluation").done, row(plan, "evaluation").jobs) == (1, 2)
    assert row(plan, "tags").state == State.stale
    finish(plan, "classifiers/cam")
    assert row(plan, "tags").state == State.done


def test_jobs_that_are_known_to_run_need_no_events(plan):
    found = {row.name: row for row in RunProgress(plan).rows({"seeds/cam": 2})}
    assert (found["seeds/cam"].state, found["seeds/cam"].running) == (State.running, 2)
    write_events(plan, "masks/crf", shard="0000")
    assert {row.name: row for row in RunProgress(plan).rows({})}["masks/crf"].state != State.running


def test_a_second_look_sees_what_has_changed(plan):
    progress = RunProgress(plan)
    progress.rows()
    finish(plan, "seeds/cam", "0000")
    assert progress.rows()[2].done == 1
    (plan.results / "seeds/cam/manifests/0000.json").unlink()
    assert progress.rows()[2].done == 0


def test_a_large_run_is_looked_at_in_little_time(tmp_path, monkeypatch):
    """42 shards by 20 variants; the second look, as a table makes one each second, opens no file."""
    monkeypatch.chdir(tmp_path)
    masks = {f"m{number}": {"from": "seeds/cam", "method": "crf"} for number in range(18)}
    variants = {"classifiers": {"cam": {}}, "seeds": {"cam": {"from": "classifiers/cam"}}, "masks": masks}
    plan = make_plan(variants, train=126, val=0)
    for reference in plan.variants:
        if not reference.startswith("classifiers"):
            finish(plan, reference, *plan.shards(reference))
    progress = RunProgress(plan)
    assert sum(row.done for row in progress.rows()) == 19 * 42
    started = time.process_time()
    progress.rows()
    assert time.process_time() - started < 0.5
