"""Which pictures are predicted, and what their masks are called."""

import pytest
from PIL import Image

from seedmask.dataset.images import load_image
from seedmask.errors import InputError
from seedmask.prediction.files import left_out, tasks


@pytest.fixture
def folder(tmp_path):
    """A picture in a folder of a folder."""
    (tmp_path / "new/a").mkdir(parents=True)
    Image.new("RGB", (2, 2)).save(tmp_path / "new/a/one.png")
    return tmp_path / "new"


def test_a_folder_that_would_read_its_own_masks_is_refused(folder):
    with pytest.raises(InputError, match=r"holds .*masks, whose masks would be taken for pictures"):
        tasks([folder], folder / "masks")
    assert len(tasks([folder / "a"], folder / "masks")) == 1


def test_everything_that_is_not_there_is_named(tmp_path):
    (tmp_path / "bare").mkdir()
    with pytest.raises(InputError) as error:
        tasks([tmp_path / "gone.png", tmp_path / "bare"], tmp_path / "out")
    assert "gone.png: is not there" in str(error.value)
    assert "bare: holds no pictures (.apng, .bmp, " in str(error.value)


@pytest.mark.parametrize("suffix", ["gif", "jfif", "jpe", "GIF", "apng", "tif"])
def test_a_folder_gives_every_format_that_is_read_when_a_file_is_named(folder, suffix):
    picture = folder / f"a/other.{suffix}"
    Image.new("RGB", (2, 2)).save(picture, format={"jfif": "JPEG", "jpe": "JPEG", "apng": "PNG"}.get(suffix))
    assert load_image(picture).shape == (2, 2, 3)
    out = folder.parent / "masks"
    assert [task.image.name for task in tasks([folder], out)] == ["one.png", picture.name]
    assert tasks([picture], out)[0].image == picture
    assert not list(left_out([folder, picture]))


def test_files_that_are_left_out_are_counted_and_named(folder):
    for name in ("notes.txt", ".hidden", "a/scan.dcm", "a/one.xml", "z"):
        (folder / name).write_text("x")
    (text,) = left_out([folder, folder / "notes.txt"])
    assert text.startswith(f"{folder}: 4 files have no suffix of a picture, left out: a/one.xml, a/scan.dcm, notes.txt")
    assert "and 1 more" in text
    assert [task.image.name for task in tasks([folder], folder.parent / "masks")] == ["one.png"]
