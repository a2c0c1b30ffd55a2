import base64
import io
import json
import zlib

import numpy as np
import pytest
from PIL import Image

from seedmask.errors import InputError, SeedmaskError
from seedmask.intake.labels.supervisely import read_labels
from seedmask.intake.options import QuestionError, ReadingOptions

OPTIONS = ReadingOptions()
LEFT = [[0, 0], [3, 0], [3, 5], [0, 5]]
"""The left half of a picture of 8 x 6 pixels."""
BITS = np.array([[True, False], [True, True]])


def code(area=BITS):
    """A bitmap as the tool writes it: a PNG with a palette whose first colour is transparent."""
    image = Image.fromarray(area.astype(np.uint8), "P")
    image.putpalette([0, 0, 0, 255, 255, 255])
    file = io.BytesIO()
    image.save(file, "PNG", transparency=0, optimize=0)
    return base64.b64encode(zlib.compress(file.getvalue())).decode()


def item(title, kind, **geometry):
    common = {"id": 497521359, "classId": 1661571, "description": "", "labelerLogin": "jo", "tags": []}
    return {**common, "geometryType": kind, "classTitle": title, **geometry}


def bitmap(title, origin=(2, 1), data=None):
    return item(title, "bitmap", bitmap={"data": data or code(), "origin": list(origin)})


def polygon(title, exterior=LEFT, interior=()):
    return item(title, "polygon", points={"exterior": exterior, "interior": list(interior)})


def tag(name, value=None):
    return {"id": 86458971, "tagId": 28283797, "name": name, "value": value, "labelerLogin": "jo"}


def annotation(*objects, tags=(), **more):
    size = {"height": 6, "width": 8}
    return json.dumps({"description": "", "tags": list(tags), "size": size, "objects": list(objects)} | more)


def meta(*titles, tags=()):
    classes = [{"title": title, "shape": "any", "color": "#FF0000", "geometry_config": {}} for title in titles]
    listed = [{"name": name, "value_type": "none", "color": "#00FF00"} for name in tags]
    return json.dumps({"classes": classes, "tags": listed, "projectType": "images"})


def read(folder, texts, options=OPTIONS, pictures=("ds0/img/a.jpg", "ds0/img/b.jpg", "ds0/img/c.jpg")):
    return read_labels(folder(*pictures, texts=texts), options)


def test_titles_of_objects_are_tags_and_their_areas_masks_in_order(folder):
    texts = {
        "meta.json": meta("sheep", "cow", "goat"),
        "ds0/ann/a.jpg.json": annotation(polygon("cow"), bitmap("sheep")),
    }
    found = read(folder, texts)
    expected = np.zeros((6, 8), np.uint8)
    expected[:, :4] = 2
    expected[1:3, 2:4][BITS] = 1
    assert (found.tags, found.classes) == ({"ds0/img/a.jpg": ("cow", "sheep")}, ("sheep", "cow"))
    assert found.files == ("ds0/ann/a.jpg.json", "meta.json")
    np.testing.assert_array_equal(found.drawings["ds0/img/a.jpg"]({"sheep": 1, "cow": 2}), expected)
    assert any("1 of its classes are in no picture and left out (goat)" in note for note in found.notes)


def test_tags_of_pictures_are_classes_and_those_called_train_and_val_splits(folder):
    texts = {
        "ds0/ann/a.jpg.json": annotation(tags=[tag("cow"), tag("train")]),
        "ds0/ann/b.jpg.json": annotation(tags=[tag("sheep"), tag("cow"), tag("val")]),
        "ds0/ann/c.jpg.json": annotation(tags=["none", "train"]),
    }
    found = read(folder, texts)
    assert found.tags == {"ds0/img/a.jpg": ("cow",), "ds0/img/b.jpg": ("cow", "sheep"), "ds0/img/c.jpg": ()}
    assert list(found.splits.values()) == ["train", "val", "train"]
    assert found.split_rule.startswith("tags train, val of ")


def test_pictures_of_one_name_in_two_data_sets_are_told_apart(folder):
    texts = {
        f"p/{name}/ann/a.jpg.json": annotation(bitmap(title)) for name, title in (("train", "cow"), ("val", "sheep"))
    }
    found = read(folder, texts, pictures=("p/train/img/a.jpg", "p/val/img/a.jpg"))
    assert found.tags == {"p/train/img/a.jpg": ("cow",), "p/val/img/a.jpg": ("sheep",)}


@pytest.mark.parametrize(
    "names", [("images/a.jpg", "ann/a.jpg.json"), ("a.jpg", "a.jpg.json"), ("img/s/a.jpg", "ann/s/a.json")]
)
def test_files_may_lie_in_other_folders_and_lack_the_suffix(folder, names):
    picture, file = names
    assert read(folder, {file: annotation(bitmap("cow"))}, pictures=(picture,)).tags == {picture: ("cow",)}


def test_a_picture_without_tags_and_objects_may_not_have_been_looked_at(folder):
    texts = {"ds0/ann/a.jpg.json": annotation(bitmap("cow")), "ds0/ann/b.jpg.json": annotation()}
    texts["ds0/ann/c.jpg.json"] = annotation(tags=[tag("none")])
    found = read(folder, texts)
    assert found.tags == {"ds0/img/a.jpg": ("cow",), "ds0/img/c.jpg": ()}
    assert any("1 pictures have no class, which may mean that nobody has looked" in note for note in found.notes)


def test_tags_and_objects_of_other_words_are_asked_about(folder):
    tags = [tag("blurred"), tag("weather", "sunny"), tag("count", 3)]
    texts = {"ds0/ann/a.jpg.json": annotation(bitmap("cow"), tags=tags)}
    with pytest.raises(
        QuestionError, match=r"--label-column tags: blurred\n.*--label-column weather: sunny\n.*objects: cow"
    ):
        read(folder, texts)
    found = read(folder, texts, ReadingOptions(label_column=("objects",)))
    assert found.tags == {"ds0/img/a.jpg": ("cow",)}
    assert any("1 tags hold numbers and are not used" in note for note in found.notes)


def test_holes_of_polygons_are_not_of_the_class_and_boxes_have_no_mask(folder):
    hole = [[1, 1], [2, 1], [2, 2], [1, 2]]
    box = item("cow", "rectangle", points={"exterior": [[0, 0], [3, 3]], "interior": []})
    texts = {"ds0/ann/a.jpg.json": annotation(polygon("cow", interior=[hole])), "ds0/ann/b.jpg.json": annotation(box)}
    found = read(folder, texts)
    mask = found.drawings["ds0/img/a.jpg"]({"cow": 1})
    assert (mask[0, 0], mask[1, 1], mask[5, 3]) == (1, 0, 1)
    assert (found.tags["ds0/img/b.jpg"], list(found.drawings)) == (("cow",), ["ds0/img/a.jpg"])


def test_a_bitmap_may_reach_beyond_the_picture_and_be_grey(folder):
    file = io.BytesIO()
    Image.fromarray(BITS.astype(np.uint8) * 255).save(file, "PNG")
    grey = base64.b64encode(zlib.compress(file.getvalue())).decode()
    found = read(folder, {"ds0/ann/a.jpg.json": annotation(bitmap("cow", (7, 5), grey))})
    mask = found.drawings["ds0/img/a.jpg"]({"cow": 1})
    assert (mask[5, 7], mask.sum()) == (1, 1)


def test_other_files_are_none_of_these(folder):
    others = {
        "a.json": '{"size": {}, "objects": [{"name": "cow"}]}',
        "b.json": "[]",
        "meta.json": meta("cow"),
        "c.json": "{",
    }
    assert read(folder, others) is None


def test_everything_that_the_tool_would_not_write_is_named_at_once(folder):
    objects = [
        bitmap(""),
        bitmap("cow", data="###"),
        bitmap("cow", ("2", 1)),
        item("cow", "bitmap"),
        polygon("cow", [[0, 0], [float("nan"), 0], [1, 1]]),
        polygon("cow", [[0, 0], [1, 1]]),
        item("cow", "polygon"),
        item("cow", "polygon", points={"exterior": LEFT, "interior": 3}),
    ]
    texts = {
        "ds0/ann/a.jpg.json": annotation(*objects),
        "ds0/ann/b.jpg.json": annotation(bitmap("cow"), size={"width": "8", "height": 6}),
        "ds0/ann/c.jpg.json": annotation(bitmap("cow"), tags=[tag(None)]),
        "ds0/ann/d.jpg.json": annotation(bitmap("cow"), tags=[tag("train"), tag("val")]),
    }
    with pytest.raises(InputError) as caught:
        read(folder, texts)
    assert [f"{p.where.rpartition('/')[2]}: {p.found}" for p in caught.value.problems] == [
        "a.jpg.json object 0: `classTitle` is '', expected a name",
        "a.jpg.json object 1: `data` is '###', expected base64",
        "a.jpg.json object 2: x of `origin` is '2', expected a number",
        "a.jpg.json object 3: `bitmap` is no object",
        "a.jpg.json object 4: x of a point is nan, expected a number",
        "a.jpg.json object 5: holds a polygon with 2 corners, expected at least 3",
        "a.jpg.json object 6: `points` is no object",
        "a.jpg.json object 7: `interior` is no list of outlines",
        "b.jpg.json: the width of the image is '8', expected a number",
        "c.jpg.json: the name of a tag is missing, expected a name",
        "d.jpg.json: has tags for the splits train and val",
    ]


@pytest.mark.parametrize("keep", [10, -10])
def test_a_bitmap_that_ends_too_early_is_named_when_it_is_drawn(folder, keep):
    cut = base64.b64encode(base64.b64decode(code())[:keep]).decode()
    found = read(folder, {"ds0/ann/a.jpg.json": annotation(polygon("cow"), bitmap("cow", data=cut))})
    with pytest.raises(InputError, match=r"a.jpg.json object 1: its bitmap is not whole"):
        found.drawings["ds0/img/a.jpg"]({"cow": 1})


def test_a_picture_that_is_not_there_is_counted(folder):
    texts = {f"ds0/ann/{name}.jpg.json": annotation(bitmap("cow")) for name in ("a", "gone")}
    found = read(folder, texts)
    assert (found.unmatched, found.names) == (1, 2)
    with pytest.raises(SeedmaskError, match="None of its 1 names"):
        read_labels(folder(texts={"ds0/ann/a.jpg.json": "{}"}), OPTIONS)
