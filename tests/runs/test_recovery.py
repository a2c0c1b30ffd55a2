import json
import os
import time
from base64 import urlsafe_b64encode
from pathlib import Path

import pytest

from seedmask.dataset.changes import OtherFolder
from seedmask.errors import SeedmaskError
from seedmask.fingerprint import digest
from seedmask.plan import Plan
from seedmask.runs import recovery
from seedmask.runs.recovery import MEMORY

MADE = ("index/set.json", "classifiers/cam/manifest.json", "seeds/cam/manifests/0000.json", "report.html")
OTHERS = ("seeds/cam/sealed/0000.json", "seeds/of_no_variant/manifests/0000.json", "index/listing.json")
HOUR = 3600


@pytest.fixture
def plan(tmp_path, monkeypatch):
    """A plan some of whose results are there, made by a run that has ended."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cows").mkdir()
    values = {
        "dataset": {"name": "cows", "format": "folder", "root": "cows"},
        "classifiers": {"cam": {}},
        "seeds": {"cam": {"from": "classifiers/cam"}},
    }
    plan = Plan.of(values, [])
    for name in (*MADE, *OTHERS):
        path = plan.results / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    MEMORY.mkdir(parents=True)
    for name in MADE:
        (MEMORY / urlsafe_b64encode(str(plan.results / name).encode()).decode()).touch()
    return plan


def there(plan):
    return {name for name in (*MADE, *OTHERS) if (plan.results / name).exists()}


def test_after_a_run_that_ended_well_there_is_nothing_to_recover(plan):
    assert recovery.notes(plan) == []
    assert recovery.recover(plan) == []
    assert there(plan) == {*MADE, *OTHERS}


def test_a_run_says_that_results_were_made_from_another_folder(plan, monkeypatch):
    other = OtherFolder(plan.results, "/a/cows", "/b/cows", indexed=4, common=1, same=False)
    monkeypatch.setattr(recovery, "other_folder", lambda *_: other)
    (note,) = recovery.notes(plan)
    assert note.startswith("note: results/cows was made from another folder, /a/cows, and 1 of its 4 pictures are in")


def test_what_snakemake_has_forgotten_is_removed_and_nothing_else(plan):
    forgotten = MADE[2]
    (MEMORY / urlsafe_b64encode(str(plan.results / forgotten).encode()).decode()).unlink()
    (note,) = recovery.notes(plan)
    assert (
        "does not remember the making of 1 results: `seedmask recover` or `seedmask run` lets their jobs check" in note
    )
    assert there(plan) == {*MADE, *OTHERS}
    (done,) = recovery.recover(plan)
    assert "does not remember the making of 1 results: their jobs check" in done
    assert there(plan) == {*MADE, *OTHERS} - {forgotten}


def test_long_names_of_snakemakes_records_are_understood(plan):
    name = urlsafe_b64encode(str(plan.results / MADE[2]).encode()).decode()
    (MEMORY / name).unlink()
    (MEMORY / f"@{name[:20]}").mkdir()
    (MEMORY / f"@{name[:20]}" / name[20:]).touch()
    assert recovery.notes(plan) == []
    assert recovery.recover(plan) == []


def test_a_memory_in_a_database_is_left_to_snakemake(plan):
    for record in MEMORY.iterdir():
        record.unlink()
    MEMORY.with_name("metadata.db").touch()
    assert recovery.recover(plan) == []
    assert there(plan) == {*MADE, *OTHERS}


def test_dates_in_the_future_are_drawn_to_now_in_their_order(plan):
    past, same, other, latest = (plan.results / name for name in MADE)
    now = time.time()
    for path, date in ((past, now - HOUR), (same, now + HOUR), (other, now + HOUR), (latest, now + 2 * HOUR)):
        os.utime(path, (date, date))
    before = [path.stat().st_mtime_ns for path in (past, same, other, latest)]
    (note,) = recovery.notes(plan)
    assert "3 results are dated in the future" in note
    assert [path.stat().st_mtime_ns for path in (past, same, other, latest)] == before
    (done,) = recovery.recover(plan)
    assert "3 results were dated in the future" in done
    dates = [path.stat().st_mtime_ns for path in (past, same, other, latest)]
    assert dates[0] < dates[1] == dates[2] < dates[3] < time.time_ns()
    assert dates[1] > (now - 1) * 1e9
    assert recovery.recover(plan) == []


@pytest.mark.parametrize("folder", ["", "results", "results/cows"])
def test_folders_that_cannot_be_written_are_named(plan, monkeypatch, folder):
    refused = Path.cwd() / folder if folder == "" else Path(folder)
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK or path != refused)
    (note,) = recovery.notes(plan)
    assert note == f"note: {refused} cannot be written: make it writable, or work in another folder"
    with pytest.raises(SeedmaskError, match="cannot be written; make it writable, or work in another folder"):
        recovery.recover(plan)


def test_results_of_an_older_layout_are_named(plan):
    (plan.results / "index" / "set.json").write_text(json.dumps({"classes": [], "sha256": digest({"classes": []})}))
    message = f"{plan.results} was made by an older version of Seedmask: all of it is made again"
    assert recovery.notes(plan) == [f"note: {message}"]
    assert recovery.recover(plan) == [message]


def test_beside_another_run_nothing_is_changed(plan, monkeypatch):
    monkeypatch.setattr(recovery.active, "alone", lambda results: False)
    for record in Path(MEMORY).iterdir():
        record.unlink()
    assert recovery.notes(plan) == []
    assert recovery.recover(plan) == []
    assert there(plan) == {*MADE, *OTHERS}
