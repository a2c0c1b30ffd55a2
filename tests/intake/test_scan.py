import os

import numpy as np
import pytest
from PIL import Image

from seedmask.errors import SeedmaskError
from seedmask.intake.scan import common_folder, scan_folder


def test_images_masks_and_other_files_are_separated(folder):
    scan = folder("in/a.jpg", "in/b/c.png", masks={"gt/a.png": 1, "gt/b/c.png": 2}, texts={"readme.md": "x"})
    assert list(scan.images) == ["in/a.jpg", "in/b/c.png"]
    assert scan.masks.folders == ("gt",)
    assert scan.masks.of == {"in/a.jpg": "gt/a.png", "in/b/c.png": "gt/b/c.png"}
    assert scan.others == ("readme.md",)
    assert scan.base == "in"


def test_of_pictures_with_the_same_stem_the_first_is_taken(folder):
    scan = folder("a.jpg", "a.bmp", "b.jpg")
    assert list(scan.images) == ["a.bmp", "b.jpg"]
    assert scan.duplicates == ("a.jpg",)


def test_a_folder_called_masks_holds_masks_of_any_kind_where_the_names_are_those_of_pictures(folder, tmp_path):
    (tmp_path / "masks").mkdir()
    Image.new("RGB", (8, 6), "red").save(tmp_path / "masks" / "a.png")
    assert folder("images/a.jpg").masks.folders == ("masks",)


def test_grey_pictures_in_class_folders_are_not_masks_of_each_other(folder, tmp_path):
    for name in ("cats", "dogs"):
        (tmp_path / name).mkdir()
        Image.fromarray(np.full((6, 8), 7, np.uint8)).save(tmp_path / name / "1.png")
    assert folder().masks.folders == ()


def test_pngs_with_many_levels_are_not_masks(folder, tmp_path):
    (tmp_path / "grey").mkdir()
    Image.fromarray(np.arange(200, dtype=np.uint8).reshape(10, 20)).save(tmp_path / "grey" / "a.png")
    assert list(folder("in/a.jpg").images) == ["grey/a.png", "in/a.jpg"]


def test_a_path_that_is_not_a_folder_of_images_is_refused_by_name(tmp_path):
    (tmp_path / "file").write_text("")
    (tmp_path / "empty").mkdir()
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "a.txt").write_text("")
    for name, message in (
        ("file", "is a file; name the folder"),
        ("nowhere", "does not exist"),
        ("empty", "holds nothing; put pictures"),
        ("texts", "holds 1 files, none of them a picture"),
    ):
        with pytest.raises(SeedmaskError, match=message):
            scan_folder(tmp_path / name)


@pytest.mark.parametrize(
    ("names", "common"),
    [(["a/b/1", "a/b/2"], "a/b"), (["a/b/1", "a/c/2"], "a"), (["a/1", "2"], ""), (["ab/1", "a/1"], "")],
)
def test_the_deepest_common_folder_is_found(names, common):
    assert common_folder(names) == common


def test_a_folder_that_cannot_be_listed_is_an_error(folder, tmp_path, monkeypatch):
    folder("a/1.jpg", "private/2.jpg")
    scandir = os.scandir

    def denied(path):
        if str(path).endswith("private"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", denied)
    with pytest.raises(SeedmaskError, match=r"private: cannot be listed \(Permission denied\); check the folder"):
        scan_folder(tmp_path)
