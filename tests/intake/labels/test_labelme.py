import base64
import io
import json

import numpy as np
import pytest
from PIL import Image

from seedmask.errors import InputError, SeedmaskError
from seedmask.intake.labels.labelme import read_labels
from seedmask.intake.options import ReadingOptions

OPTIONS = ReadingOptions()
LEFT = [[0.0, 0.0], [4.4, 0.0], [4.4, 6.0], [0.0, 6.0]]
"""The left half of a picture of 8 x 6 pixels."""


def shape(label, points=LEFT, kind="polygon", **more):
    common = {"group_id": None, "description": "", "flags": {}, "mask": None}
    return {"label": label, "points": points, "shape_type": kind, **common, **more}


def annotation(path, *shapes, flags=None, **more):
    value = {"version": "5.4.1", "flags": flags or {}, "shapes": list(shapes), "imagePath": path}
    return json.dumps(value | {"imageData": "iVBORw0K" * 100, "imageHeight": 6, "imageWidth": 8} | more)


def png(area):
    file = io.BytesIO()
    Image.fromarray(area).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


def test_labels_of_shapes_are_tags_and_their_areas_masks(folder):
    texts = {"a.json": annotation("a.jpg", shape("cow"), shape("sheep", [[2, 1], [4, 3]], "rectangle"))}
    found = read_labels(folder("a.jpg", "b.jpg", texts=texts), OPTIONS)
    expected = np.zeros((6, 8), np.uint8)
    expected[:, :4], expected[1:3, 2:4] = 1, 2
    assert (found.tags, found.files) == ({"a.jpg": ("cow", "sheep")}, ("a.json",))
    np.testing.assert_array_equal(found.drawings["a.jpg"]({"cow": 1, "sheep": 2}), expected)
    assert any("1 rectangles are drawn as areas" in note for note in found.notes)


@pytest.mark.parametrize("path", ["../img/a.jpg", "..\\img\\a.jpg", "C:\\photos\\a.jpg", "a.jpg"])
def test_annotations_may_lie_in_a_folder_of_their_own(folder, path):
    scan = folder("img/a.jpg", "img/b.jpg", texts={"ann/a.json": annotation(path, shape("cow"))})
    assert read_labels(scan, OPTIONS).tags == {"img/a.jpg": ("cow",)}


def test_pictures_of_one_name_in_two_folders_are_told_apart(folder):
    texts = {"x/a.json": annotation("a.jpg", shape("cow")), "y/a.json": annotation("a.jpg", shape("sheep"))}
    found = read_labels(folder("x/a.jpg", "y/a.jpg", texts=texts), OPTIONS)
    assert found.tags == {"x/a.jpg": ("cow",), "y/a.jpg": ("sheep",)}


def test_a_renamed_picture_is_the_one_beside_its_file_unless_the_old_name_is_there_too(folder):
    assert read_labels(folder("a.jpg", texts={"a.json": annotation("old.jpg", shape("cow"))}), OPTIONS).tags == {
        "a.jpg": ("cow",)
    }
    with pytest.raises(InputError, match=r"a.json: names old.jpg, and lies beside a.jpg: it may be of either"):
        read_labels(folder("old.jpg"), OPTIONS)


def test_regions_to_ignore_are_void_and_background_is_none_of_the_classes(folder):
    right = [[4, 0], [8, 0], [8, 6], [4, 6]]
    names = ("__ignore__", "_background_")
    texts = {"a.json": annotation("a.jpg", shape("cow"), *(shape(name, right) for name in names[:1]))}
    texts |= {"b.json": annotation("b.jpg", shape("cow"), shape(names[1], [[0, 0], [7, 0], [7, 2], [0, 2]]))}
    found = read_labels(folder("a.jpg", "b.jpg", texts=texts), OPTIONS)
    assert found.tags == {"a.jpg": ("cow",), "b.jpg": ("cow",)}
    void, background = (found.drawings[name]({"cow": 1}) for name in ("a.jpg", "b.jpg"))
    assert (void[0, 0], void[0, 7], background[0, 0], background[5, 0]) == (1, 255, 0, 1)


def test_circles_and_bitmaps_are_areas(folder):
    bits = np.array([[1, 0], [1, 1]], bool)
    texts = {
        "a.json": annotation("a.jpg", shape("cow", [[4, 3], [4, 5]], "circle")),
        "b.json": annotation("b.jpg", shape("cow", [[2, 1], [3, 2]], "mask", mask=png(bits))),
    }
    drawings = read_labels(folder("a.jpg", "b.jpg", texts=texts), OPTIONS).drawings
    circle, mask = (drawings[name]({"cow": 1}) for name in ("a.jpg", "b.jpg"))
    assert (circle[3, 4], circle[1, 4], circle[0, 0], circle[3, 7]) == (1, 1, 0, 0)
    np.testing.assert_array_equal(mask[1:3, 2:4], bits)
    assert mask.sum() == 3


def test_boxes_lines_and_points_alone_give_no_masks(folder):
    texts = {
        "a.json": annotation("a.jpg", shape("cow", [[1, 1], [3, 3]], "rectangle")),
        "b.json": annotation("b.jpg", shape("fence", [[1, 1], [3, 3]], "linestrip"), shape("eye", [[1, 1]], "point")),
    }
    found = read_labels(folder("a.jpg", "b.jpg", texts=texts), OPTIONS)
    assert (found.tags, found.drawings) == ({"a.jpg": ("cow",), "b.jpg": ("eye", "fence")}, {})


def test_flags_are_tags_where_there_are_no_shapes(folder):
    texts = {
        "a.json": annotation("a.jpg", flags={"cow": True, "sheep": False}),
        "b.json": annotation("b.jpg", flags={"cow": False, "sheep": False}),
    }
    found = read_labels(folder("a.jpg", "b.jpg", texts=texts), OPTIONS)
    assert found.tags == {"a.jpg": ("cow",), "b.jpg": ()}
    assert any("1 pictures are annotated with no class (b.jpg)" in note for note in found.notes)


def test_flags_beside_shapes_are_named_and_not_used_unless_asked_for(folder):
    scan = folder("a.jpg", texts={"a.json": annotation("a.jpg", shape("cow"), flags={"blurred": True})})
    found = read_labels(scan, OPTIONS)
    assert found.tags == {"a.jpg": ("cow",)}
    assert any("flags of whole pictures are not used, as there are shapes (blurred)" in note for note in found.notes)
    assert read_labels(scan, ReadingOptions(label_column=("flags",))).tags == {"a.jpg": ("blurred",)}


def test_an_empty_file_says_that_the_picture_shows_none_of_the_classes(folder):
    texts = {"a.json": annotation("a.jpg", shape("cow")), "b.json": annotation("b.jpg")}
    found = read_labels(folder("a.jpg", "b.jpg", texts=texts), OPTIONS)
    assert found.tags == {"a.jpg": ("cow",), "b.jpg": ()}
    assert found.drawings["b.jpg"]({"cow": 1}).sum() == 0


def test_files_of_old_versions_lack_types_and_sizes(folder):
    value = {
        "shapes": [{"label": "cow", "points": LEFT, "line_color": None}],
        "imagePath": "a.jpg",
        "lineColor": [0, 255],
    }
    found = read_labels(folder("a.jpg", texts={"a.json": json.dumps(value)}), OPTIONS)
    assert found.drawings["a.jpg"]({"cow": 1}).shape == (6, 8)


def test_other_files_are_none_of_these(folder):
    texts = {"a.json": '{"shapes": []}', "b.json": "[]", "c.json": "{}\n{}"}
    assert read_labels(folder("a.jpg", texts=texts), OPTIONS) is None


def test_a_picture_that_is_not_there_is_counted(folder):
    texts = {"a.json": annotation("a.jpg", shape("cow")), "x/gone.json": annotation("gone.jpg", shape("cow"))}
    found = read_labels(folder("a.jpg", texts=texts), OPTIONS)
    assert (found.unmatched, found.names, found.unmatched_example) == (1, 2, '"gone.jpg"')


def test_two_files_of_one_picture_must_agree(folder):
    texts = {"one/a.json": annotation("a.jpg", shape("cow")), "two/a.json": annotation("a.jpg", shape("sheep"))}
    with pytest.raises(InputError, match=r"two/a.json: says of img/a.jpg: sheep, but .*one/a.json says cow"):
        read_labels(folder("img/a.jpg", texts=texts), OPTIONS)


def test_everything_that_the_tool_would_not_write_is_named_at_once(folder):
    shapes = [
        shape(""),
        shape(None),
        shape("cow", [["1", 2], [3, 4], [5, 6]]),
        shape("cow", [[float("nan"), 2], [3, 4], [5, 6]]),
        shape("cow", [[1, 2], [3, 4]]),
        shape("cow", [[1, 2]], "circle"),
        shape("cow", [[1, 2], [3, 4]], "mask", mask="###"),
        shape("cow", None),
    ]
    texts = {
        "a.json": annotation("a.jpg", *shapes),
        "b.json": annotation("a.jpg", imageWidth="8"),
        "c.json": annotation(None),
        "d.json": annotation("a.jpg", shapes={"label": "cow"}),
        "e.json": annotation("a.jpg", flags={"cow": "yes"}),
    }
    with pytest.raises(InputError) as caught:
        read_labels(folder("a.jpg", texts=texts), OPTIONS)
    assert [f"{p.where.rpartition('/')[2]}: {p.found}" for p in caught.value.problems] == [
        "a.json shape 0: `label` is '', expected a name",
        "a.json shape 1: `label` is missing, expected a name",
        "a.json shape 2: x of a point is '1', expected a number",
        "a.json shape 3: x of a point is nan, expected a number",
        "a.json shape 4: holds a polygon with 2 corners, expected at least 3",
        "a.json shape 5: is a circle with 1 points, expected 2",
        "a.json shape 6: `mask` is '###', expected base64",
        "a.json shape 7: points are missing, expected a list of [x, y]",
        "b.json: the width of the image is '8', expected a number",
        "c.json: `imagePath` is missing, expected a name",
        "d.json: `shapes` is no list of objects",
        "e.json: `flags` is no object of true and false",
    ]


def test_a_damaged_bitmap_is_named_when_it_is_drawn(folder):
    code = base64.b64encode(base64.b64decode(png(np.ones((2, 2), bool)))[:40]).decode()
    texts = {"a.json": annotation("a.jpg", shape("cow", [[2, 1], [3, 2]], "mask", mask=code))}
    found = read_labels(folder("a.jpg", texts=texts), OPTIONS)
    with pytest.raises(SeedmaskError, match=r"a.json shape 0: its bitmap is not a whole PNG"):
        found.drawings["a.jpg"]({"cow": 1})
