import csv
import io
import json

import numpy as np
import pytest
from PIL import Image

from seedmask.errors import InputError, SeedmaskError
from seedmask.intake.labels.via import COLUMNS, is_via_table, read_labels
from seedmask.intake.options import QuestionError, ReadingOptions

OPTIONS = ReadingOptions()
LEFT = {"name": "polygon", "all_points_x": [0, 4, 4, 0], "all_points_y": [0, 0, 6, 6]}
"""The left half of a picture of 8 x 6 pixels."""
BOX = {"name": "rect", "x": 4, "y": 0, "width": 4, "height": 6}
POINT = {"name": "point", "cx": 1, "cy": 2}


def picture(name, *regions, **attributes):
    """One entry of VIA's annotations, by its key: a region is a shape and attributes."""
    pairs = [{"shape_attributes": shape, "region_attributes": words} for shape, words in regions]
    return {f"{name}812": {"filename": name, "size": 812, "regions": pairs, "file_attributes": attributes}}


def project(entries, **attributes):
    """A project with declared attributes of regions."""
    settings = {
        "ui": {},
        "core": {"buffer_size": 18, "filepath": {}, "default_filepath": ""},
        "project": {"name": "farm"},
    }
    declared = {
        "region": {name: {"type": "dropdown", "options": options} for name, options in attributes.items()},
        "file": {},
    }
    return {"_via_settings": settings, "_via_img_metadata": entries, "_via_attributes": declared}


def table(*rows, header=COLUMNS):
    """VIA's CSV; a row is name, attributes of the file, shape, attributes of the region."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    for name, attributes, shape, words in rows:
        writer.writerow((name, 812, json.dumps(attributes), len(rows), 0, json.dumps(shape), json.dumps(words)))
    return out.getvalue()


def read(folder, value, *, options=OPTIONS, name="via_region_data.json"):
    text = value if isinstance(value, str) else json.dumps(value)
    return read_labels(folder("a.jpg", "b.jpg", "c.jpg", texts={name: text}), options)


def test_words_of_regions_are_tags_and_their_outlines_masks(folder):
    entries = picture("a.jpg", (LEFT, {"class": "cow"}), (BOX, {"class": "sheep"})) | picture("b.jpg")
    found = read(folder, entries)
    expected = np.full((6, 8), 2, np.uint8)
    expected[:, :4] = 1
    assert found.tags == {"a.jpg": ("cow", "sheep")}
    np.testing.assert_array_equal(found.drawings["a.jpg"]({"cow": 1, "sheep": 2}), expected)
    assert any("1 rectangles are drawn as areas, as 1 outlines are" in note for note in found.notes)
    assert any("1 pictures have no class, which may mean that nobody has looked (b.jpg)" in n for n in found.notes)


def test_a_project_gives_the_order_of_the_classes_and_words_for_numbers(folder):
    entries = picture("a.jpg", (BOX, {"kind": "2"})) | picture("b.jpg", (BOX, {"kind": "1"}))
    found = read(folder, project(entries, kind={"1": "sheep", "2": "cow", "3": "goat"}))
    assert (found.tags, found.classes) == ({"a.jpg": ("cow",), "b.jpg": ("sheep",)}, ("sheep", "cow"))
    assert found.drawings == {}
    assert any("1 of its classes are in no picture and left out (goat)" in note for note in found.notes)


def test_regions_of_the_first_version_are_an_object_and_ticked_words_are_several(folder):
    entries = picture("a.jpg", (LEFT, {"animals": {"cow": True, "sheep": True, "goat": False}}))
    entries["a.jpg812"]["regions"] = {"0": entries["a.jpg812"]["regions"][0]}
    found = read(folder, entries)
    assert (found.tags, found.drawings) == ({"a.jpg": ("cow", "sheep")}, {})


def test_an_attribute_of_files_tags_whole_pictures(folder):
    own = {"caption": "a field", "public_domain": "no", "image_url": ""}
    entries = picture("a.jpg", animal="cow", **own) | picture("b.jpg", animal="none", **own) | picture("c.jpg", **own)
    assert read(folder, entries).tags == {"a.jpg": ("cow",), "b.jpg": ()}


def test_several_attributes_with_words_are_asked_about_and_numbers_are_none(folder):
    entries = picture("a.jpg", (LEFT, {"class": "cow", "side": "left", "id": "17"}))
    with pytest.raises(
        QuestionError, match=r"2 fields with words.*\n.*--label-column class: cow\n.*--label-column side: left"
    ):
        read(folder, entries)
    found = read(folder, entries, options=ReadingOptions(label_column=("class",)))
    assert (found.tags, list(found.drawings)) == ({"a.jpg": ("cow",)}, ["a.jpg"])
    found = read(folder, picture("a.jpg", (LEFT, {"class": "cow", "id": "17"})))
    assert any("id holds numbers and is taken for no class" in note for note in found.notes)


@pytest.mark.parametrize("first", ["#filename", "filename"])
def test_the_table_has_json_in_its_cells(folder, first):
    text = table(
        ("a.jpg", {}, LEFT, {"class": "cow"}),
        ("a.jpg", {}, {"name": "circle", "cx": 6, "cy": 3, "r": 1}, {"class": "sheep"}),
        ("b.jpg", {"caption": "x"}, {}, {}),
        header=(first, *COLUMNS[1:]),
    )
    found = read(folder, text, name="via_region_data.csv")
    assert (found.tags, found.files) == ({"a.jpg": ("cow", "sheep")}, ("via_region_data.csv",))
    mask = found.drawings["a.jpg"]({"cow": 1, "sheep": 2})
    assert (mask[0, 0], mask[3, 6], mask[0, 7]) == (1, 2, 0)


def test_points_and_lines_leave_a_picture_without_a_mask(folder):
    line = {"name": "polyline", "all_points_x": [0, 5], "all_points_y": [0, 5]}
    entries = picture("a.jpg", (LEFT, {"class": "cow"}), (POINT, {"class": "eye"}))
    entries |= picture("b.jpg", (line, {"class": "fence"})) | picture("c.jpg", (LEFT, {"class": "cow"}))
    found = read(folder, entries)
    assert (found.tags["b.jpg"], list(found.drawings)) == (("fence",), ["c.jpg"])


def test_a_mask_has_the_size_of_the_upright_picture(folder, tmp_path):
    scan = folder("a.jpg", texts={"via.json": json.dumps(picture("a.jpg", (LEFT, {"class": "cow"})))})
    with_orientation(tmp_path / "a.jpg")
    assert read_labels(scan, OPTIONS).drawings["a.jpg"]({"cow": 1}).shape == (8, 6)


def with_orientation(path):
    """Makes a picture one of 8 x 6 pixels that is shown turned by 90 degrees."""
    image = Image.new("RGB", (8, 6))
    exif = image.getexif()
    exif[0x0112] = 6
    image.save(path, exif=exif)


def test_regions_without_any_class_are_named(folder):
    with pytest.raises(
        InputError, match=r"picture 0 region 0: has no attribute with a word, and no other region has one"
    ):
        read(folder, picture("a.jpg", (LEFT, {})))
    entries = picture("a.jpg", (LEFT, {"class": "cow"}), (BOX, {"class": ""}), (POINT, {}))
    with pytest.raises(
        InputError, match=r"2 problems\n.*picture 0 region 1: has no word for `class`; name its class in VIA"
    ):
        read(folder, entries)


def test_other_files_are_none_of_these(folder, tmp_path):
    for value in ([], {"images": [], "annotations": []}, {"a": {"filename": "a.jpg"}}, picture("a.jpg")):
        assert read(folder, value) is None
    assert read(folder, "filename,label\na.jpg,cow\n", name="b.csv") is None
    assert not is_via_table(tmp_path / "b.csv")


def test_everything_that_the_tool_would_not_write_is_named_at_once(folder):
    words = {"class": "cow"}
    entries = picture(
        "a.jpg",
        (LEFT | {"all_points_x": [0, 3]}, words),
        (BOX | {"x": "4"}, words),
        (LEFT | {"all_points_x": [0, float("nan"), 3, 0]}, words),
        ({"name": "cube"}, words),
        (None, words),
        (POINT, {"class": [3]}),
        (POINT, {"class": [["cow"]]}),
    )
    entries |= {"b": {"filename": "", "regions": []}, "c": {"filename": "c.jpg", "regions": "none"}, "d": 3}
    with pytest.raises(InputError) as caught:
        read(folder, entries)
    assert sorted(f"{p.where.split('.json ')[1]}: {p.found}" for p in caught.value.problems) == sorted(
        [
            "picture 0 region 0: `all_points_x` and `all_points_y` are no lists of one length",
            "picture 0 region 1: `x` is '4', expected a number",
            "picture 0 region 2: x of a corner is nan, expected a number",
            "picture 0 region 3: is a shape 'cube', expected rect, circle, ellipse, polygon, polyline or point",
            "picture 0 region 4: has no `shape_attributes`, an object",
            "picture 0 region 5: attribute `class` is 3, expected a name",
            "picture 0 region 6: attribute `class` is ['cow'], expected a name",
            "picture 1: `filename` is '', expected a name",
            "picture 2: `regions` is no list of objects",
            "picture 3: is no object",
        ]
    )


def test_broken_rows_of_the_table_are_named_with_their_lines(folder):
    text = table(("a.jpg", {}, LEFT, {"class": "cow"})) + 'a.jpg,1,"{}",1,0,"{""name"":",{}\na.jpg,1\n'
    with pytest.raises(
        InputError, match=r"data.csv line 3: a cell is not JSON.*\n.*data.csv line 4: has 2 cells, expected 7"
    ):
        read(folder, text, name="data.csv")


def test_a_picture_that_is_not_there_is_counted(folder):
    entries = picture("a.jpg", (BOX, {"class": "cow"})) | picture(
        "https://farm.example/aa.jpg", (BOX, {"class": "cow"})
    )
    found = read(folder, entries)
    assert (found.unmatched, found.names) == (1, 2)
    with pytest.raises(SeedmaskError, match="None of its 1 names"):
        read(folder, picture("gone.jpg", (BOX, {"class": "cow"})))
