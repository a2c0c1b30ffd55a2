from seedmask.intake.labels.class_folders import read_labels


def test_the_folder_of_a_picture_is_its_class(folder):
    found = read_labels(folder("set/cats/1.jpg", "set/dogs/1.jpg", "set/dogs/deep/2.jpg"))
    assert found.tags == {"set/cats/1.jpg": ("cats",), "set/dogs/1.jpg": ("dogs",), "set/dogs/deep/2.jpg": ("dogs",)}
    assert found.splits == {}


def test_folders_of_splits_lie_above_or_are_not_there(folder):
    found = read_labels(folder("Train/cats/1.jpg", "Train/dogs/1.jpg", "valid/cats/2.jpg", "test/dogs/3.jpg"))
    assert found.tags["valid/cats/2.jpg"] == ("cats",)
    assert found.splits == {
        "Train/cats/1.jpg": "train",
        "Train/dogs/1.jpg": "train",
        "valid/cats/2.jpg": "val",
        "test/dogs/3.jpg": "test",
    }


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
