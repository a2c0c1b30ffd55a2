import errno
import os
import shutil
from pathlib import Path

import pytest

from seedmask.config.dataset import FolderDataset
from seedmask.dataset import listing as keeping
from seedmask.dataset import states
from seedmask.dataset.formats import list_pictures
from seedmask.dataset.listed import shard_path, summary_path
from seedmask.dataset.listing import anew, current, kept, stored
from seedmask.dataset.states import stamp_of
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


@pytest.mark.parametrize("way", [anew, current, kept])
def test_every_way_gives_what_the_format_lists(cows, way):
    plain, listed = list_pictures(cows), way(cows, RESULTS)
    assert tuple(listed.entries) == plain.entries
    assert (listed.classes, listed.problems, listed.notes) == (plain.classes, plain.problems, plain.notes)
    assert listed.rows.counts == {"train": 5, "val": 2}
    assert listed.entries[::3] == list(plain.entries[::3])
    assert listed.entries[-1] == plain.entries[-1]
    with pytest.raises(IndexError):
        listed.entries[7]


def test_a_listing_is_made_once_while_nothing_changes(cows, monkeypatch):
    first = kept(cows, RESULTS)
    monkeypatch.setattr(keeping, "list_pictures", lambda _: pytest.fail("listed again"))
    for again in (kept(cows, RESULTS), current(cows, RESULTS)):
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
    before = stamp_of(cows)
    assert stamp_of(cows) == before
    change(Path("cows"))
    assert stamp_of(cows) != before


def test_pictures_and_masks_that_lie_elsewhere_are_looked_at_too(cows):
    Path("apart").mkdir()
    elsewhere = cows.model_copy(update={"pictures": "../apart", "masks": "../masks"})
    before = stamp_of(elsewhere)
    (Path("apart") / "new.png").touch()
    changed = stamp_of(elsewhere)
    Path("masks").mkdir()
    assert len({before, changed, stamp_of(elsewhere)}) == 3


def test_other_settings_are_another_listing(cows):
    assert stamp_of(cows.model_copy(update={"shard_size": 3})) != stamp_of(cows)


def test_a_link_back_to_a_folder_above_is_followed_once(cows):
    (Path("cows") / "self").symlink_to(Path("cows").resolve())
    (Path("cows") / "nowhere.png").symlink_to("gone.png")
    assert stamp_of(cows) == stamp_of(cows)


def test_jobs_never_look_at_the_pictures(cows):
    first = kept(cows, RESULTS)
    digests = [first.digest_of(shard) for shard in first.rows.shards()]
    shutil.rmtree("cows")
    found = stored(cows, RESULTS)
    assert [found.digest_of(shard) for shard in found.rows.shards()] == digests
    assert [picture.id for picture in found.pictures("0001")] == ["c", "d"]


def test_looking_writes_nothing(cows):
    anew(cows, RESULTS)
    current(cows, RESULTS)
    assert not Path("results").exists()


def test_where_the_disk_refuses_a_listing_stays_in_memory(cows, monkeypatch):
    def refuse(*_):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(keeping, "write_atomic", refuse)
    monkeypatch.setattr(states, "write_record", refuse)
    found = kept(cows, RESULTS, ["cows"])
    assert (len(found.entries), found.states) == (7, states.states_now(["cows"]))


def test_a_kill_before_the_summary_costs_the_new_listing_alone(cows, monkeypatch):
    kept(cows, RESULTS)
    (Path("cows") / "a.png").write_bytes(b"new")

    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(keeping, "write_record", killed)
        kept(cows, RESULTS)
    with pytest.raises(SeedmaskError, match=r"0000\.csv: is not what was written.*delete .*summary\.json and run"):
        stored(cows, RESULTS).pictures("0000")
    assert tuple(kept(cows, RESULTS).entries) == list_pictures(cows).entries


def test_shards_of_a_longer_listing_are_removed(cows):
    kept(cows, RESULTS)
    for name in "fg":
        (Path("cows") / f"{name}.png").unlink()
    (Path("cows") / "masks" / "f.png").unlink()
    (Path("cows") / "splits.csv").unlink()
    (Path("cows") / "tags.csv").write_text("a,cow\nb,cow\nc,cow\nd,cow\ne,cow\n")
    assert kept(cows, RESULTS).rows.shards() == ["0000", "0001", "0002"]
    assert not shard_path(RESULTS, "0003").exists()


def test_a_damaged_summary_is_made_again_and_refused_by_jobs(cows):
    kept(cows, RESULTS)
    path = summary_path(RESULTS)
    path.write_bytes(path.read_bytes().replace(b'"cow"', b'"cov"'))
    with pytest.raises(SeedmaskError, match=r"summary\.json: is damaged.*; delete this file and run snakemake"):
        stored(cows, RESULTS)
    assert kept(cows, RESULTS).classes == ("cow",)


def test_only_the_digest_of_a_shard_with_a_changed_picture_changes(cows):
    before = kept(cows, RESULTS)
    os.utime(Path("cows") / "c.png", ns=(5, 5))
    after = kept(cows, RESULTS)
    changed = [shard for shard in before.rows.shards() if before.digest_of(shard) != after.digest_of(shard)]
    assert changed == ["0001"]
    assert before.digest == after.digest
