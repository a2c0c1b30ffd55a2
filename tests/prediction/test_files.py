"""Which pictures are predicted, and what their masks are called."""

import pytest
from PIL import Image

from seedmask.errors import InputError
from seedmask.prediction.files import tasks


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
    assert "bare: holds no pictures (.bmp, .jpeg" in str(error.value)
