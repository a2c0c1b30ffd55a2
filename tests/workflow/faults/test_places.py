"""Results that are moved, wrongly dated, or forgotten by Snakemake are neither made again for nothing nor stale."""

import json
import os
import shutil
import time

from seedmask.storage.verify import verify

DAY = 86400


def test_moved_results_are_whole_name_no_place_and_nothing_runs_again(finished, copied):
    output = copied.run("--dry-run")
    assert "Nothing to be done" in output
    assert "note: " not in output
    assert verify(copied.results) == []
    for path in copied.results.rglob("*"):
        if path.is_file() and path.suffix in (".json", ".jsonl", ".csv", ".html"):
            assert str(finished.folder.parent) not in path.read_text(), path


def test_results_that_snakemake_has_forgotten_are_proved_by_their_jobs(finished, copied):
    shutil.rmtree(copied.folder / ".snakemake")
    copied.config["masks"]["crf"]["threshold"]["value"] = 0.4
    for question in (["--dry-run"], ["--summary"], ["--report", "page.zip"]):
        output = copied.run(*question, program=("snakemake",))
        assert "`seedmask recover` or `seedmask run` lets their jobs check whether they are right" in output
    output = copied.run("results/shapes/masks/crf/manifests/0000.json")
    assert "does not remember the making of" in output
    kept = [copied.results / "classifiers/cam/log.txt", copied.results / "seeds/cam/logs/0000.txt"]
    assert all("from the same inputs: kept" in log.read_text() for log in kept)
    remade = [json.loads((w.results / "masks/crf/manifests/0000.json").read_text()) for w in (finished, copied)]
    assert remade[0]["recipe"] != remade[1]["recipe"]
    assert remade[1]["settings"]["threshold"]["value"] == 0.4


def test_a_clock_that_was_set_back_hides_no_change(copied):
    """The results are a day ahead; a run that makes the seeds anew is killed before the masks."""
    for path in copied.results.rglob("*"):
        date = path.stat().st_mtime + DAY
        os.utime(path, (date, date))
    seeds = "results/shapes/seeds/cam/manifests/0000.json"
    made = json.loads((copied.folder / seeds).read_text())
    assert "results were dated in the future" in copied.run("--force", seeds)
    # As if the seeds had become others.
    (copied.folder / seeds).write_text(json.dumps(made, indent=2))
    assert (copied.folder / seeds).stat().st_mtime < time.time() + 1
    assert {"masks_shard crf 0000", "masks_shard threshold 0000"} <= set(copied.planned())
