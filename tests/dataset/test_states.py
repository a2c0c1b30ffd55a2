import os
import shutil
from pathlib import Path

import pytest

from seedmask.dataset import states
from seedmask.dataset.states import current_states, read_states, states_path, write_states
from seedmask.errors import SeedmaskError

RESULTS = Path("results/cows")
FILES = ["boxes", "clicks.csv"]


@pytest.fixture(autouse=True)
def given(tmp_path, monkeypatch):
    """A folder with two files and a table."""
    monkeypatch.chdir(tmp_path)
    Path("boxes/herd").mkdir(parents=True)
    for name in ("boxes/a.xml", "boxes/herd/b.xml", "clicks.csv"):
        Path(name).touch()


@pytest.mark.parametrize(
    ("change", "changed"),
    [
        (lambda: Path("boxes/herd/b.xml").write_text("longer"), ["boxes"]),
        (lambda: os.utime("boxes/a.xml", ns=(1, 1)), ["boxes"]),
        (lambda: Path("boxes/c.xml").touch(), ["boxes"]),
        (lambda: Path("boxes/a.xml").unlink(), ["boxes"]),
        (lambda: Path("clicks.csv").write_text("a,1,1,cow\n"), ["clicks.csv"]),
        (lambda: Path("clicks.csv").unlink(), ["clicks.csv"]),
    ],
    ids=["below", "time", "new", "gone", "table", "no table"],
)
def test_the_state_of_what_changes_changes_and_no_other(change, changed):
    before = current_states(FILES)
    assert current_states(FILES) == before
    change()
    after = current_states(FILES)
    assert [name for name in FILES if after[name] != before[name]] == changed


def test_jobs_get_the_states_that_the_run_began_with():
    before = current_states(FILES)
    write_states(RESULTS, before)
    shutil.rmtree("boxes")
    assert read_states(RESULTS, FILES) == before


def test_what_is_kept_already_is_not_written_again(monkeypatch):
    write_states(RESULTS, current_states(FILES))
    monkeypatch.setattr(states, "write_record", lambda *_: pytest.fail("written again"))
    write_states(RESULTS, current_states(["boxes"]))
    write_states(RESULTS, {})


def test_states_of_another_configuration_stay():
    write_states(RESULTS, current_states(["boxes"]))
    write_states(RESULTS, current_states(["clicks.csv"]))
    assert read_states(RESULTS, FILES) == current_states(FILES)


def test_a_file_that_the_run_did_not_begin_with_is_named():
    write_states(RESULTS, current_states(["boxes"]))
    with pytest.raises(SeedmaskError, match=r"files\.json: does not hold 'clicks\.csv', which came .*; run snakemake"):
        read_states(RESULTS, FILES)


def test_damaged_states_are_refused_by_jobs_and_found_again_by_the_next_run():
    write_states(RESULTS, current_states(FILES))
    path = states_path(RESULTS)
    path.write_bytes(path.read_bytes().replace(b"clicks", b"clocks"))
    with pytest.raises(SeedmaskError, match=r"files\.json: is damaged.*; delete this file and run snakemake"):
        read_states(RESULTS, FILES)
    write_states(RESULTS, current_states(FILES))
    assert read_states(RESULTS, FILES) == current_states(FILES)


def test_a_job_of_variants_without_files_needs_no_states():
    assert read_states(RESULTS, []) == {}
