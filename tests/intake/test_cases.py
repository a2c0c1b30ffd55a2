"""Folders as people have them, with what is right: `cases/NAME/input` and `expect.json`.

`tags` are by file name, `says` are words that a note must have; `or_error` are words of an error that is as good.
"""

import json
import shutil
from pathlib import Path

import pytest
from intake_kit import read

from seedmask.errors import SeedmaskError

CASES = sorted(path.parent for path in Path(__file__).parent.glob("cases/*/expect.json"))


def test_there_are_cases():
    assert len(CASES) >= 20


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_is_read_right_or_refused_by_name(case, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copytree(case / "input", "input")
    expect = json.loads((case / "expect.json").read_text())
    try:
        reading = read("input")
    except SeedmaskError as error:
        assert "or_error" in expect, error
        assert [word for word in expect["or_error"] if word.lower() not in str(error).lower()] == []
        return
    assert expect.keys() - {"or_error"}, "this must be an error"
    assert [word for word in expect.get("says", ()) if word not in reading.said] == []
    if "classes" in expect:
        assert sorted(reading.classes) == sorted(expect["classes"])
    if "classes" in expect and "masks" in expect:
        assert list(reading.classes) == expect["classes"]
    if "tags" in expect:
        assert reading.tags == {name: tuple(sorted(tags)) for name, tags in expect["tags"].items()}
    assert len(reading.splits) == expect.get("pictures", len(reading.splits))
    assert len(reading.masks) == expect.get("masks", len(reading.masks))
    assert reading.counts == expect.get("splits", reading.counts)
