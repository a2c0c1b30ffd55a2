import json

import pytest

from seedmask.dataset.index import Index, Row
from seedmask.errors import InputError
from seedmask.methods.scribbles import Stroke
from seedmask.weak_labels.scribbles.fit import read_stroke_folder, read_strokes

INDEX = Index(("cow",), (Row("a", "a.jpg", "train", 10, 8, (0,), "hash", None, None),))


def file(tmp_path, *entries, name="strokes.json"):
    path = tmp_path / name
    path.write_text(json.dumps(entries))
    return path


def test_polylines_are_read(tmp_path):
    path = file(
        tmp_path,
        {"image": "a.jpg", "class": "cow", "points": [[1, 2], [3.5, 4]]},
        {"image": "a", "class": "background", "points": [[9, 7]]},
    )
    assert read_strokes(path, INDEX) == {"a": [Stroke([(1, 2), (3.5, 4)], 1), Stroke([(9, 7)], 0)]}


@pytest.mark.parametrize(
    ("entry", "found"),
    [
        ({"image": "b", "class": "cow", "points": [[1, 1]]}, '"b" names no picture'),
        ({"image": "a", "class": "cat", "points": [[1, 1]]}, 'class "cat" is unknown'),
        ({"image": "a", "class": "cow", "points": []}, "points are not a list of [x, y]"),
        ({"image": "a", "class": "cow", "points": [[1, 1], [2]]}, "points are not a list of [x, y]"),
        ({"image": "a", "class": "cow", "points": [[1, "x"]]}, "points are not a list of [x, y]"),
        ({"image": "a", "class": "cow", "points": [[1, 1], [12, 1]]}, "corner 12, 1 lies outside image a of 10 x 8"),
        ({"image": "a", "class": "cow"}, "lacks keys"),
    ],
)
def test_what_is_wrong_is_reported_with_its_entry(tmp_path, entry, found):
    path = file(tmp_path, {"image": "a", "class": "cow", "points": [[1, 2]]}, entry)
    with pytest.raises(InputError) as error:
        read_strokes(path, INDEX)
    assert f"{path} entry 2: {found}" in str(error.value)


def test_another_kind_of_file_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"does not end in \.json; write strokes as a JSON list, or as PNGs"):
        read_strokes(file(tmp_path, name="strokes.csv"), INDEX)


POLYGON = "<polygon><tag>{}</tag>{}</polygon>"


def polygon(tag, *corners):
    return POLYGON.format(tag, "".join(f"<point><X>{x}</X><Y>{y}</Y></point>" for x, y in corners))


def of_xml(folder, *polygons, width=10, outside="refuse"):
    size = f"<size><width>{width}</width><height>8</height></size>"
    (folder / "a.xml").write_text(f"<annotation><filename>b.jpg</filename>{size}{''.join(polygons)}</annotation>")
    return read_stroke_folder(folder, INDEX.rows, INDEX.labels, outside)


def test_the_xml_of_scribblesup_gives_a_stroke_for_each_polygon(tmp_path):
    strokes = of_xml(tmp_path, polygon("cow", (1, 2), (3, 4)), polygon("background", (9, 7)))
    assert strokes == {"a": [Stroke([(1, 2), (3, 4)], 1), Stroke([(9, 7)], 0)]}


def test_corners_outside_their_picture_are_left_out_where_that_is_asked_for(tmp_path):
    polygons = polygon("cow", (1, 2), (10, 4), (3, 3)), polygon("cow", (20, 4))
    assert of_xml(tmp_path, *polygons, outside="leave_out") == {"a": [Stroke([(1, 2), (3, 3)], 1)]}


@pytest.mark.parametrize(
    ("polygons", "width", "found"),
    [
        ([polygon("cwo", (1, 1))], 10, 'a.xml polygon 1: class "cwo" is unknown (nearest: "cow")'),
        ([polygon("cow")], 10, "a.xml polygon 1: has no points of X and Y"),
        ([polygon("cow", ("one", 1))], 10, "a.xml polygon 1: has no points of X and Y"),
        ([polygon("cow", (1, 1), (10, 4))], 10, "a.xml polygon 1: corner 10, 4 lies outside image a of 10 x 8 pixels"),
        ([], 20, "a.xml: is of 20 x 8 pixels, image a has 10 x 8"),
        (["<polygon>"], 10, "a.xml line 1: not well-formed XML"),
    ],
)
def test_what_is_wrong_in_the_xml_of_scribblesup_is_reported(tmp_path, polygons, width, found):
    with pytest.raises(InputError) as error:
        of_xml(tmp_path, *polygons, width=width)
    assert found in str(error.value)


def test_a_picture_without_xml_is_named_with_the_codes_that_pngs_need(tmp_path):
    with pytest.raises(InputError, match=r"image a has no file of strokes.*holds PNGs, give `codes`"):
        read_stroke_folder(tmp_path, INDEX.rows, INDEX.labels)
