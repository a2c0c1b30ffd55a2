import os
import shutil
from pathlib import Path

import pytest
from results_kit import make_run

from seedmask.config.graph import load_file
from seedmask.dataset.changes import classes_change, has_other_images, other_folder, picture_changes
from seedmask.dataset.listing import StoredListing
from seedmask.errors import SeedmaskError
from seedmask.plan import Plan

RESULTS = Path("results/tiny")
PICTURES = Path("pictures")


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """A finished run to change, in the working directory."""
    monkeypatch.chdir(tmp_path)
    make_run()


def listing():
    return Plan(load_file(Path("config.yaml"))).listing


def edit(name, before, after):
    path = PICTURES / name
    path.write_text(path.read_text().replace(before, after))


def moved_to(root):
    """The data set's folder is another one."""
    config = Path("config.yaml")
    config.write_text(config.read_text().replace("root: pictures", f"root: {root}"))
    return other_folder(RESULTS, listing(), root)


def add(name):
    shutil.copy(PICTURES / "p0.png", PICTURES / f"{name}.png")
    for table, cell in (("tags.csv", "sheep"), ("splits.csv", "train")):
        with (PICTURES / table).open("a") as stream:
            stream.write(f"{name},{cell}\n")


def test_a_data_set_as_it_was_indexed_has_no_changes():
    assert str(picture_changes(RESULTS, listing())) == ""
    assert classes_change(RESULTS, listing()) == ""
    assert other_folder(RESULTS, listing(), "pictures") is None


def test_pictures_that_were_added_are_gone_or_changed_are_counted_with_an_example():
    add("p10")
    add("p11")
    os.utime(PICTURES / "p5.png", (0, 0))
    edit("tags.csv", 'p4,"cow & calf"', "p4,sheep")
    (PICTURES / "p6.png").unlink()
    for table in ("tags.csv", "splits.csv"):
        lines = (PICTURES / table).read_text().splitlines(keepends=True)
        (PICTURES / table).write_text("".join(line for line in lines if not line.startswith("p6,")))
    found = picture_changes(RESULTS, listing())
    assert (found.added, found.gone, found.changed, found.relabelled) == (("p10", "p11"), ("p6",), ("p5",), ("p4",))
    assert str(found) == (
        "2 added (p10, ...), 1 gone (p6), 1 with another file (p5), 1 with other tags or another split (p4)"
    )


def test_without_an_index_there_is_nothing_to_compare_with():
    shutil.rmtree(RESULTS / "index")
    with pytest.raises(SeedmaskError, match=r"index/set.json: is missing"):
        picture_changes(RESULTS, listing())
    assert classes_change(RESULTS, listing()) == ""
    assert moved_to("pictures") is None


def test_a_renamed_class_changes_the_list():
    edit("tags.csv", "cow & calf", "cattle")
    edit("classes.txt", "cow & calf", "cattle")
    assert classes_change(RESULTS, listing()) == "cow & calf, sheep, now cattle, sheep"
    assert str(picture_changes(RESULTS, listing())) == ""


def test_a_moved_folder_has_the_same_pictures_whatever_their_times():
    shutil.copytree(PICTURES, "elsewhere", copy_function=shutil.copyfile)
    found = moved_to("elsewhere")
    assert found is not None
    assert found.same
    assert str(found) == (
        f"results/tiny was made from another folder, {Path.cwd()}/pictures, and the same pictures are in "
        f"{Path.cwd()}/elsewhere"
    )
    assert found.remedy == "a run reads them again and keeps the results"


def test_a_folder_with_other_pictures_is_another_data_set():
    shutil.copytree(PICTURES, "elsewhere")
    (Path("elsewhere") / "p5.png").write_bytes(b"another size")
    found = moved_to("elsewhere")
    assert found is not None
    assert not found.same
    assert "10 of its 10 pictures are in" in str(found)
    assert found.remedy.startswith("give this data set another `name`; or run it, if it takes the place of the other")


def test_other_tags_in_another_folder_are_another_data_set():
    shutil.copytree(PICTURES, "elsewhere")
    tags = Path("elsewhere/tags.csv")
    tags.write_text(tags.read_text().replace("cow & calf", "cattle"))
    Path("elsewhere/classes.txt").write_text("cattle\nsheep\n")
    found = moved_to("elsewhere")
    assert found is not None
    assert not found.same


def test_another_path_to_the_same_folder_is_no_other_folder():
    Path("link").symlink_to(PICTURES)
    assert moved_to("link") is None


@pytest.mark.parametrize(
    ("splits", "shard", "expected"),
    [
        (("train",), None, False),
        (("train",), "0001", False),
        (("val",), None, True),
        (("train", "val"), None, True),
        (("val",), "0002", True),
        (("val",), "0003", False),
    ],
)
def test_only_the_splits_and_the_shard_that_count_are_compared(splits, shard, expected):
    before = StoredListing(RESULTS, PICTURES)
    os.utime(PICTURES / "p7.png", (0, 0))
    assert has_other_images(before, listing(), splits, shard) is expected


def test_an_added_picture_is_another_image_of_its_split():
    before = StoredListing(RESULTS, PICTURES)
    add("p10")
    assert has_other_images(before, listing(), ("train",))
