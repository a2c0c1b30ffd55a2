import numpy as np
import pytest

from seedmask.errors import SeedmaskError
from seedmask.intake.labels import pickled
from seedmask.intake.options import ReadingOptions
from seedmask.intake.scan import scan_folder
from seedmask.testing.formats import write_picture


def read_labels(scan):
    return pickled.read_labels(scan, ReadingOptions())


@pytest.fixture
def labelled(tmp_path):
    """A folder of pictures with a pickled dict of labels; what is found."""

    def make(pictures, value):
        for name in pictures:
            write_picture(tmp_path / name)
        np.save(tmp_path / "cls_labels.npy", value, allow_pickle=True)
        return read_labels(scan_folder(tmp_path))

    return make


def hot(width, *ones):
    return np.isin(np.arange(width), ones).astype(np.float32)


def test_numbers_stand_for_classes_without_names(labelled):
    found = labelled(["a.jpg", "b.jpg"], {"a": hot(3, 0, 2), "b": hot(3)})
    assert found.tags == {"a.jpg": ("class_1", "class_3"), "b.jpg": ()}
    assert (found.classes, found.named) == (("class_1", "class_2", "class_3"), False)


@pytest.mark.parametrize("key", ["2007_000032", "JPEGImages/2007_000032.jpg", 2007000032])
def test_twenty_classes_of_vocs_pictures_have_vocs_names(labelled, key):
    found = labelled(["2007_000032.jpg"], {key: hot(20, 0, 14)})
    assert found.tags == {"2007_000032.jpg": ("aeroplane", "person")}
    assert found.named


@pytest.mark.parametrize("key", ["COCO_train2014_000000000009", 9, "000000000009"])
def test_eighty_classes_of_cocos_pictures_have_cocos_names(labelled, key):
    found = labelled(["COCO_train2014_000000000009.jpg"], {key: hot(80, 0, 79)})
    assert found.tags == {"COCO_train2014_000000000009.jpg": ("person", "toothbrush")}


def test_twenty_classes_of_other_pictures_have_no_names(labelled):
    assert not labelled(["cow.jpg"], {"cow": hot(20, 3)}).named


def test_pictures_that_are_gone_are_counted(labelled):
    assert "1 pictures that are missing" in labelled(["a.jpg"], {"a": hot(3), "gone": hot(3)}).notes[0]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"a": np.array([0.5, 1])}, r"image a has an array \(2,\), expected one row of 0 and 1"),
        ({"a": "cow"}, "image a has str, expected one row"),
        ({"a": hot(3), "b": hot(4)}, "rows of 3 to 4 classes, expected one length"),
    ],
)
def test_a_file_without_labels_is_refused(labelled, value, said):
    with pytest.raises(SeedmaskError, match=said):
        labelled(["a.jpg", "b.jpg"], value)
