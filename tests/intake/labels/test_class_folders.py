from seedmask.intake.labels import class_folders
from seedmask.intake.options import ReadingOptions


def read_labels(scan):
    return class_folders.read_labels(scan, ReadingOptions())


def test_the_folder_of_a_picture_is_its_class(folder):
    found = read_labels(folder("set/cats/1.jpg", "set/dogs/1.jpg", "set/dogs/deep/2.jpg"))
    assert found.tags == {"set/cats/1.jpg": ("cats",), "set/dogs/1.jpg": ("dogs",), "set/dogs/deep/2.jpg": ("dogs",)}
    assert found.splits == {}


def test_folders_of_splits_lie_above_or_are_not_there(folder):
    scan = folder("Train/cats/1.jpg", "Train/dogs/1.jpg", "valid/cats/2.jpg", "test/dogs/3.jpg")
    assert read_labels(scan).tags["valid/cats/2.jpg"] == ("cats",)
    assert scan.splits.of == {
        "Train/cats/1.jpg": "train",
        "Train/dogs/1.jpg": "train",
        "valid/cats/2.jpg": "val",
        "test/dogs/3.jpg": "test",
    }


def test_folders_may_be_named_for_what_kind_of_files_they_hold(folder):
    found = read_labels(folder("images/cats/1.jpg", "images/dogs/JPEGImages/1.jpg", "photos/cats/2.jpg"))
    assert set(found.all_classes()) == {"cats", "dogs"}


def test_a_folder_of_background_shows_none_of_the_classes(folder):
    found = read_labels(folder("cats/1.jpg", "Background/1.jpg"))
    assert found.tags == {"cats/1.jpg": ("cats",), "Background/1.jpg": ()}
    assert "Background" in found.notes[0]


def test_names_with_quotes_spaces_and_markup_stay_as_they_are(folder):
    found = read_labels(folder('a "q" <b>/1.jpg', "Kühe & Kälber/1.jpg"))
    assert set(found.all_classes()) == {'a "q" <b>', "Kühe & Kälber"}


def test_one_folder_or_pictures_beside_folders_are_not_labels(folder, tmp_path):
    assert read_labels(folder("images/1.jpg", "images/2.jpg")) is None
    assert read_labels(folder("more.jpg")) is None
