import pytest
import storage_kit as kit

from seedmask.errors import SeedmaskError
from seedmask.storage import fits
from seedmask.storage.fits import damaged_parts, fit_path, part_path, read_fit, read_part, write_fit, write_parts
from seedmask.storage.records import write_record

PARTS = {"0000": {"a": [[1, 2, 1]]}, "0002": {}}


@pytest.fixture
def job(tmp_path):
    """A job over the whole set."""
    return kit.job(tmp_path, None, stage="weak_labels", variant="clicks")


@pytest.fixture
def folder(job):
    """The variant's folder, with parts."""
    write_parts(job, PARTS, "state")
    return job.folder


def test_what_was_found_is_read_with_what_it_was_found_by(job):
    write_fit(job, {"mode": "label_free", "value": 0.3})
    made = read_fit(job.folder)
    assert (made.facts, made.settings, made.basis) == (
        {"mode": "label_free", "value": 0.3},
        {"flip": True},
        {"code": "a"},
    )
    assert list(damaged_parts(job.folder)) == []


def test_nothing_is_found_by_code_that_changed_meanwhile(job):
    changed = job.model_copy(update={"modules": ("seedmask.seeds.fit_label_free",)})
    with pytest.raises(SeedmaskError, match="the code has changed since this run was planned; run snakemake again"):
        write_fit(changed, {"value": 0.3})


def test_each_shard_gets_its_part(folder):
    assert {shard: read_part(folder, shard, "state") for shard in PARTS} == PARTS
    assert list(damaged_parts(folder)) == []


def test_the_same_parts_are_the_same_bytes(job, folder):
    before = {path: path.read_bytes() for path in folder.rglob("*.json")}
    write_parts(job, PARTS, "state")
    assert {path: path.read_bytes() for path in folder.rglob("*.json")} == before


def test_parts_of_a_longer_index_are_removed(job, folder):
    write_parts(job, {"0000": {}}, "state")
    assert not part_path(folder, "0002").exists()


def test_a_part_of_something_else_is_not_read(folder):
    with pytest.raises(SeedmaskError, match=r"0000\.json: was made from another state .*; delete .*fit\.json and run"):
        read_part(folder, "0000", "newer state")


def test_a_missing_part_is_named_with_a_remedy(folder):
    part_path(folder, "0002").unlink()
    with pytest.raises(SeedmaskError, match=r"0002\.json: is missing; delete .*fit\.json and run snakemake"):
        read_part(folder, "0002", "state")
    assert [(path, found) for path, found in damaged_parts(folder)] == [(part_path(folder, "0002"), "is missing")]


def test_a_damaged_part_is_named_with_a_remedy(folder):
    path = part_path(folder, "0000")
    path.write_bytes(path.read_bytes().replace(b"1", b"7", 1))
    with pytest.raises(SeedmaskError, match=r"0000\.json: is damaged: .*; delete .*fit\.json and run snakemake"):
        read_part(folder, "0000", "state")
    ((damaged, found),) = damaged_parts(folder)
    assert (damaged, found) == (path, "is damaged: its content does not fit its `sha256`")


def test_a_whole_part_of_another_run_is_found(folder):
    write_record(part_path(folder, "0000"), {"made_from": "state", "content": {"a": [[1, 2, 9]]}})
    ((_, found),) = damaged_parts(folder)
    assert found == f"is not what {fit_path(folder)} says"


def test_parts_are_written_before_what_is_declared(job, folder, monkeypatch):
    def killed(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(fits, "write_fit", killed)
    fit_path(folder).unlink()
    with pytest.raises(KeyboardInterrupt):
        write_parts(job, PARTS, "newer state")
    assert not fit_path(folder).exists()
    assert read_part(folder, "0000", "newer state") == PARTS["0000"]
