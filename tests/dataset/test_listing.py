import errno
import os
import shutil
from pathlib import Path

import pytest

from seedmask.config.dataset import FolderDataset
from seedmask.dataset import listing, states
from seedmask.dataset.formats import list_images
from seedmask.dataset.listing import (
    current_listing,
    planned_listing,
    read_listing,
    read_or_make_listing,
    shard_path,
    store_listing,
    summary_path,
    update_listing,
)
from seedmask.dataset.states import dataset_stamp
from seedmask.errors import SeedmaskError

RESULTS = Path("results/cows")


@pytest.fixture
def cows(tmp_path, monkeypatch):
    """Five training pictures and two others in shards of two; the files are empty."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cows" / "masks").mkdir(parents=True)
    for name in "abcdefg":
        (tmp_path / "cows" / f"{name}.png").touch()
    (tmp_path / "cows" / "masks" / "f.png").touch()
    (tmp_path / "cows" / "tags.csv").write_text("".join(f"{name},cow\n" for name in "abcdefg"))
    (tmp_path / "cows" / "splits.csv").write_text("".join(f"{n},{'train' if n < 'f' else 'val'}\n" for n in "abcdefg"))
    return FolderDataset(name="cows", root="cows", shard_size=2)


@pytest.mark.parametrize("make", [current_listing, update_listing])
def test_every_function_lists_what_the_format_lists(cows, make):
    plain, listed = list_images(cows), make(cows, RESULTS)
    assert tuple(listed.entries) == plain.entries
    assert (listed.classes, listed.problems, listed.notes) == (plain.classes, plain.problems, plain.notes)
    assert listed.split_rows.counts == {"train": 5, "val": 2}
    assert listed.entries[::3] == list(plain.entries[::3])
    assert listed.entries[-1] == plain.entries[-1]
    with pytest.raises(IndexError):
        listed.entries[7]


def test_a_listing_is_made_once_while_nothing_changes(cows, monkeypatch):
    first = update_listing(cows, RESULTS)
    monkeypatch.setattr(listing, "list_images", lambda _: pytest.fail("listed again"))
    for again in (update_listing(cows, RESULTS), current_listing(cows, RESULTS)):
        assert tuple(again.entries) == tuple(first.entries)


@pytest.mark.parametrize(
    "change",
    [
        lambda root: (root / "a.png").write_bytes(b"longer"),
        lambda root: os.utime(root / "masks" / "f.png", ns=(1, 1)),
        lambda root: (root / "tags.csv").write_text("a,sheep\n"),
        lambda root: (root / "g.png").unlink(),
        lambda root: (root / "herd").mkdir(),
        lambda root: (root / "classes.txt").write_text("cow\n"),
    ],
    ids=["picture", "mask", "tags", "gone", "folder", "classes"],
)
def test_a_listing_is_made_again_when_anything_changes_that_it_looked_at(cows, change):
    before = dataset_stamp(cows)
    assert dataset_stamp(cows) == before
    change(Path("cows"))
    assert dataset_stamp(cows) != before


def test_pictures_and_masks_that_lie_elsewhere_are_looked_at_too(cows):
    Path("apart").mkdir()
    elsewhere = cows.model_copy(update={"pictures": "../apart", "masks": "../masks"})
    before = dataset_stamp(elsewhere)
    (Path("apart") / "new.png").touch()
    changed = dataset_stamp(elsewhere)
    Path("masks").mkdir()
    assert len({before, changed, dataset_stamp(elsewhere)}) == 3


def test_other_settings_are_another_listing(cows):
    assert dataset_stamp(cows.model_copy(update={"shard_size": 3})) != dataset_stamp(cows)


def test_a_link_back_to_a_folder_above_is_followed_once(cows):
    (Path("cows") / "self").symlink_to(Path("cows").resolve())
    (Path("cows") / "nowhere.png").symlink_to("gone.png")
    assert dataset_stamp(cows) == dataset_stamp(cows)


def test_jobs_never_look_at_the_pictures(cows):
    first = update_listing(cows, RESULTS)
    digests = [first.digest_of(shard) for shard in first.split_rows.shards()]
    shutil.rmtree("cows")
    stored = read_listing(cows, RESULTS)
    assert [stored.digest_of(shard) for shard in stored.split_rows.shards()] == digests
    assert [image.id for image in stored.images("0001")] == ["c", "d"]


def test_making_a_listing_writes_nothing(cows):
    current_listing(cows, RESULTS)
    assert not Path("results").exists()


def test_where_the_disk_refuses_a_listing_stays_in_memory(cows, monkeypatch):
    def refuse(*_):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(listing, "write_atomic", refuse)
    monkeypatch.setattr(states, "write_record", refuse)
    found = update_listing(cows, RESULTS, ["cows"])
    assert (len(found.entries), found.states) == (7, states.current_states(["cows"]))


def test_a_kill_before_the_summary_costs_the_new_listing_alone(cows, monkeypatch):
    update_listing(cows, RESULTS)
    (Path("cows") / "a.png").write_bytes(b"new")

    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(listing, "write_record", killed)
        update_listing(cows, RESULTS)
    with pytest.raises(SeedmaskError, match=r"0000\.csv: is not what was written.*delete .*summary\.json and run"):
        read_listing(cows, RESULTS).images("0000")
    assert tuple(update_listing(cows, RESULTS).entries) == list_images(cows).entries


def test_shards_of_a_longer_listing_are_removed(cows):
    update_listing(cows, RESULTS)
    for name in "fg":
        (Path("cows") / f"{name}.png").unlink()
    (Path("cows") / "masks" / "f.png").unlink()
    (Path("cows") / "splits.csv").unlink()
    (Path("cows") / "tags.csv").write_text("a,cow\nb,cow\nc,cow\nd,cow\ne,cow\n")
    assert update_listing(cows, RESULTS).split_rows.shards() == ["0000", "0001", "0002"]
    assert not shard_path(RESULTS, "0003").exists()


def test_a_damaged_summary_is_made_again_and_refused_by_jobs(cows):
    update_listing(cows, RESULTS)
    path = summary_path(RESULTS)
    path.write_bytes(path.read_bytes().replace(b'"cow"', b'"cov"'))
    with pytest.raises(SeedmaskError, match=r"summary\.json: is damaged.*; delete this file and run snakemake"):
        read_listing(cows, RESULTS)
    assert update_listing(cows, RESULTS).classes == ("cow",)


def test_only_the_digest_of_a_shard_with_a_changed_picture_changes(cows):
    before = update_listing(cows, RESULTS)
    os.utime(Path("cows") / "c.png", ns=(5, 5))
    after = update_listing(cows, RESULTS)
    changed = [shard for shard in before.split_rows.shards() if before.digest_of(shard) != after.digest_of(shard)]
    assert changed == ["0001"]
    assert before.digest == after.digest


def test_a_listing_in_memory_is_stored_as_it_was_listed(cows):
    listed = current_listing(cows, RESULTS, ["cows/tags.csv"])
    (Path("cows") / "g.png").unlink()
    kept = store_listing(listed, RESULTS)
    assert kept.digests == listed.digests == read_listing(cows, RESULTS, ["cows/tags.csv"]).digests
    assert store_listing(kept, RESULTS) is kept
    assert len(current_listing(cows, RESULTS).entries) == 6


def test_a_job_stores_the_listing_where_the_run_has_not(cows):
    planned = current_listing(cows, RESULTS)
    found = planned_listing(cows, RESULTS, lambda listing: listing.digest == planned.digest)
    assert found.digests == read_listing(cows, RESULTS).digests == planned.digests
    shutil.rmtree("cows")
    assert planned_listing(cows, RESULTS, lambda listing: True).digests == planned.digests


def test_a_job_refuses_a_data_set_that_has_changed_since_it_was_planned(cows):
    planned = update_listing(cows, RESULTS).digest_of("0000")
    (Path("cows") / "a.png").write_bytes(b"longer")
    update_listing(cows, RESULTS)
    with pytest.raises(SeedmaskError, match="has changed since this run was planned; run snakemake again"):
        planned_listing(cows, RESULTS, lambda listing: listing.digest_of("0000") == planned)


def test_a_job_on_a_cluster_lists_the_images_only_where_the_run_has_stored_nothing(cows):
    assert tuple(read_or_make_listing(cows, RESULTS).entries) == list_images(cows).entries
    assert not Path("results").exists()
    stored = update_listing(cows, RESULTS)
    shutil.rmtree("cows")
    assert read_or_make_listing(cows, RESULTS).digests == stored.digests
