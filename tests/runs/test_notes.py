import os
import time
from base64 import urlsafe_b64encode
from pathlib import Path

import pytest

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


def test_a_run_after_one_that_ended_well_has_nothing_to_say(plan):
    assert recovery.notes(plan, dry=False) == []
    assert there(plan) == {*MADE, *OTHERS}


def test_what_snakemake_has_forgotten_is_removed_and_nothing_else(plan):
    forgotten = MADE[2]
    (MEMORY / urlsafe_b64encode(str(plan.results / forgotten).encode()).decode()).unlink()
    (said,) = recovery.notes(plan, dry=True)
    assert "does not remember the making of 1 results: in the next run their jobs look" in said
    assert there(plan) == {*MADE, *OTHERS}
    (said,) = recovery.notes(plan, dry=False)
    assert "does not remember the making of 1 results: their jobs look" in said
    assert there(plan) == {*MADE, *OTHERS} - {forgotten}


def test_long_names_of_snakemakes_records_are_understood(plan):
    name = urlsafe_b64encode(str(plan.results / MADE[2]).encode()).decode()
    (MEMORY / name).unlink()
    (MEMORY / f"@{name[:20]}").mkdir()
    (MEMORY / f"@{name[:20]}" / name[20:]).touch()
    assert recovery.notes(plan, dry=False) == []


def test_a_memory_in_a_database_is_left_to_snakemake(plan):
    for record in MEMORY.iterdir():
        record.unlink()
    MEMORY.with_name("metadata.db").touch()
    assert recovery.notes(plan, dry=False) == []
    assert there(plan) == {*MADE, *OTHERS}


def test_dates_in_the_future_are_drawn_to_now_in_their_order(plan):
    past, same, other, latest = (plan.results / name for name in MADE)
    now = time.time()
    for path, date in ((past, now - HOUR), (same, now + HOUR), (other, now + HOUR), (latest, now + 2 * HOUR)):
        os.utime(path, (date, date))
    (said,) = recovery.notes(plan, dry=False)
    assert "3 results were dated in the future" in said
    dates = [path.stat().st_mtime_ns for path in (past, same, other, latest)]
    assert dates[0] < dates[1] == dates[2] < dates[3] < time.time_ns()
    assert dates[1] > (now - 1) * 1e9
    assert recovery.notes(plan, dry=False) == []


def test_results_that_cannot_be_written_are_told(plan, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK or path != plan.results)
    (said,) = recovery.notes(plan, dry=False)
    assert said == f"note: nothing can be written below {plan.results}: make it writable, or copy the results elsewhere"


def test_a_run_beside_another_touches_nothing(plan, monkeypatch):
    monkeypatch.setattr(recovery.active, "alone", lambda results: False)
    for record in Path(MEMORY).iterdir():
        record.unlink()
    assert recovery.notes(plan, dry=False) == []
    assert there(plan) == {*MADE, *OTHERS}
