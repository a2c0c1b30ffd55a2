import numpy as np
import pytest
from PIL import Image
from pydantic import ValidationError

from seedmask.dataset.index import Row
from seedmask.errors import InputError, SeedmaskError
from seedmask.methods.weak_labels import UNLABELLED, VOID
from seedmask.weak_labels.images import LabelImages
from seedmask.weak_labels.options import LabelCodes

CLASSES = ("cow", "sheep")


def row(name="a", width=4, height=2):
    return Row(name, f"{name}.jpg", "train", width, height, (0,), "hash", None, None)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "labels").mkdir()
    return tmp_path / "labels"


def save(folder, numbers, name="a.png"):
    Image.fromarray(np.uint8(numbers)).save(folder / name)


def read(folder, classes=CLASSES, **codes):
    pictures = LabelImages(folder, LabelCodes(**codes), classes)
    pictures.check([row()])
    return pictures.read(row()).tolist()


def refusal(folder, **codes):
    with pytest.raises(InputError) as error:
        read(folder, **codes)
    return str(error.value)


def test_all_three_ways_of_writing_unlabelled_are_read_as_the_same(folder):
    expected = [[0, 1, 2, UNLABELLED], [UNLABELLED] * 3 + [VOID]]
    save(folder, [[0, 1, 2, 255], [255, 255, 255, 99]])
    assert read(folder, unlabelled=255, void=99) == expected
    save(folder, [[0, 1, 2, 3], [3, 3, 3, 255]])
    assert read(folder, unlabelled=3, void=255) == expected
    save(folder, [[9, 1, 2, 0], [0, 0, 0, 255]])
    assert read(folder, unlabelled=0, background=9, void=255) == expected


def test_labels_coded_in_another_way_than_configured_are_refused_and_not_taken_for_something_else(folder):
    save(folder, [[0, 1, 2, 255], [255, 255, 255, 255]])
    message = refusal(folder, unlabelled=3)
    assert (
        f"{folder / 'a.png'}: numbers 255 are neither classes nor codes (background 0, unlabelled 3, void None)"
        in message
    )
    assert "say in `codes` what they mean" in message
    assert "numbers 0 are neither classes" in refusal(folder, unlabelled=255, background=None)


def test_a_label_value_that_is_no_code_is_named(folder):
    save(folder, [[0, 1, 7, 255], [100, 255, 255, 255]])
    assert "numbers 7, 100 are neither classes nor codes" in refusal(folder, unlabelled=255)


def test_labels_of_another_size_are_refused(folder):
    save(folder, [[0, 1, 2]])
    assert "labels have 3 x 1 pixels, image a has 4 x 2" in refusal(folder, unlabelled=255)


def test_a_missing_or_broken_file_is_named(folder):
    assert f"{folder / 'a.png'}: the file is missing" in refusal(folder, unlabelled=255)
    (folder / "a.png").write_bytes(b"no picture")
    assert "not a picture that can be read" in refusal(folder, unlabelled=255)
    Image.fromarray(np.zeros((2, 4, 3), np.uint8)).save(folder / "a.png")
    assert "mode RGB, expected a PNG with a palette or 8-bit grey" in refusal(folder, unlabelled=255)


def test_a_code_that_is_a_class_is_refused(folder):
    with pytest.raises(SeedmaskError, match="unlabelled is 2, which is also the number of class 'sheep'"):
        LabelImages(folder, LabelCodes(unlabelled=2), CLASSES)


def test_more_classes_than_the_codes_have_room_for_are_refused(folder):
    names = tuple(f"c{n}" for n in range(254))
    with pytest.raises(SeedmaskError, match="254 classes; weak labels have room for 253; merge some"):
        LabelImages(folder, LabelCodes(unlabelled=255), names)


def test_codes_must_differ():
    with pytest.raises(ValidationError, match="each needs a number of its own"):
        LabelCodes(unlabelled=0)
    assert LabelCodes(unlabelled=0, background=None).void is None


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(SeedmaskError, match="there is no such folder"):
        LabelImages(tmp_path / "none", LabelCodes(unlabelled=255), CLASSES)


def test_classes_may_count_from_0_where_no_number_is_background(folder):
    save(folder, [[0, 1, 255, 1], [2, 2, 0, 0]])
    found = read(folder, unlabelled=2, background=None, void=255, first=0)
    assert found == [[1, 2, VOID, 2], [UNLABELLED, UNLABELLED, 1, 1]]
    with pytest.raises(ValidationError, match="0 is both background and the first class"):
        LabelCodes(unlabelled=2, first=0)
    with pytest.raises(SeedmaskError, match="unlabelled is 1, which is also the number of class 'sheep'"):
        LabelImages(folder, LabelCodes(unlabelled=1, background=None, first=0), CLASSES)


def test_files_may_have_more_in_their_names_than_the_id(folder):
    save(folder, [[0, 19]], "a_gtFine_labelTrainIds.png")
    codes = {"unlabelled": 19, "background": None, "first": 0, "ending": "_gtFine_labelTrainIds.png"}
    pictures = LabelImages(folder, LabelCodes(**codes), CLASSES)
    assert pictures.read(row()).tolist() == [[1, UNLABELLED]]
    with pytest.raises(ValidationError, match="ending"):
        LabelCodes(unlabelled=19, ending="_gtFine_labelTrainIds")
