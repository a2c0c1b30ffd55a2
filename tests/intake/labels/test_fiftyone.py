import json

import pytest

from seedmask.errors import InputError, SeedmaskError
from seedmask.intake.labels.fiftyone import read_labels
from seedmask.intake.options import ReadingOptions

OPTIONS = ReadingOptions()
PICTURES = ("data/000001.jpg", "data/000002.jpg", "data/000003.jpg", "data/000004.jpg")


def labels(classes=("cow", "sheep", "goat"), **found):
    return json.dumps({"classes": None if classes is None else list(classes), "labels": found})


def read(folder, text, pictures=PICTURES, name="labels.json"):
    return read_labels(folder(*pictures, texts={name: text}), OPTIONS)


def test_labels_are_positions_in_the_list_of_classes(folder):
    found = read(folder, labels(**{"000001": 0, "000002": 1.0, "000003": None}))
    assert found.tags == {"data/000001.jpg": ("cow",), "data/000002.jpg": ("sheep",)}
    assert (found.classes, found.files, found.drawings) == (("cow", "sheep"), ("labels.json",), {})
    assert any("1 of its classes are in no picture and left out (goat)" in note for note in found.notes)


def test_labels_may_be_names_where_there_is_no_list(folder):
    found = read(folder, labels(None, **{"000001": "cow", "000002": ["cow", "sheep"], "000003": "none"}))
    assert found.tags == {"data/000001.jpg": ("cow",), "data/000002.jpg": ("cow", "sheep"), "data/000003.jpg": ()}


def test_several_classes_may_have_a_confidence_each(folder):
    several = [{"label": 0, "confidence": 0.9, "attributes": {}}, {"label": 1, "confidence": 0.8, "attributes": {}}]
    found = read(folder, labels(**{"000001": several, "000002": [], "000003": several[0]}))
    assert list(found.tags.values()) == [("cow", "sheep"), (), ("cow",)]
    assert any("1 pictures are annotated with no class (data/000002.jpg)" in note for note in found.notes)


def test_boxes_give_tags_and_no_masks(folder):
    def box(label):
        return {"label": label, "bounding_box": [0.1, 0.2, 0.5, 0.5], "attributes": {}}

    found = read(folder, labels(**{"000001": [box(1), box(0), box(1)], "000002": []}))
    assert found.tags == {"data/000001.jpg": ("cow", "sheep"), "data/000002.jpg": ()}
    assert found.drawings == {}
    assert any("3 points, lines and boxes give tags" in note for note in found.notes)


def test_each_split_has_a_file_beside_its_pictures(folder):
    pictures = ("train/data/1.jpg", "val/data/1.jpg")
    texts = {"train/labels.json": labels(**{"1": 0}), "val/labels.json": labels(**{"1": 1})}
    found = read_labels(folder(*pictures, texts=texts), OPTIONS)
    assert found.tags == {"train/data/1.jpg": ("cow",), "val/data/1.jpg": ("sheep",)}


def test_names_may_have_folders_and_dots(folder):
    found = read(folder, labels(**{"farm/a.b": 0}), pictures=("data/farm/a.b.jpg", "data/a.jpg"))
    assert found.tags == {"data/farm/a.b.jpg": ("cow",)}


def test_other_files_are_none_of_these(folder):
    for text in (
        "[]",
        "{}",
        '{"classes": ["cow"], "labels": {}}',
        '{"classes": [], "labels": []}',
        '{"classes": [], "labels": {}, "info": 1}',
        "{} {}",
    ):
        assert read(folder, text) is None


def test_everything_that_the_tool_would_not_write_is_named_at_once(folder):
    def box(*numbers):
        return [{"label": 0, "bounding_box": list(numbers)}]

    wrong = {"a": 3, "b": -1, "c": True, "d": 1.5, "e": "", "f": {"label": []}, "g": box(0, 0, "1", 1)}
    wrong |= {"k": "1", "l": float("nan")}
    wrong |= {"h": box(0, 0, 1), "i": box(0, 0, 0, 1), "j": box(0, float("nan"), 1, 1)}
    with pytest.raises(InputError) as caught:
        read(folder, labels(**wrong))
    assert [f"{p.where.split('labels.json ')[1]}: {p.found}" for p in caught.value.problems] == [
        'label "a": is 3, and `classes` has 3 names, from position 0',
        'label "b": is -1, and `classes` has 3 names, from position 0',
        'label "c": is True, expected a name or a position in `classes`',
        'label "d": is 1.5, expected a name or a position in `classes`',
        "label \"e\": a label is '', expected a name",
        'label "f": is [], expected a name or a position in `classes`',
        "label \"g\": a number of `bounding_box` is '1', expected a number",
        'label "k": is "1", which is not in `classes`',
        'label "l": is nan, expected a name or a position in `classes`',
        'label "h": has the box [0, 0, 1], expected [x, y, width, height] with a width and height above 0',
        'label "i": has the box [0, 0, 0, 1], expected [x, y, width, height] with a width and height above 0',
        'label "j": a number of `bounding_box` is nan, expected a number',
    ]


def test_a_picture_that_is_not_there_is_counted(folder):
    found = read(folder, labels(**{"000001": 0, "000009": 1}))
    assert (found.unmatched, found.names) == (1, 2)
    with pytest.raises(SeedmaskError, match="None of its 1 names"):
        read(folder, labels(x=0))
