import json

import pytest

from seedmask.dataset.index import Index, Row
from seedmask.errors import InputError
from seedmask.methods.points import Point
from seedmask.weak_labels.points.fit import read_points


def row(name, width=10, height=8):
    return Row(name, f"{name}.jpg", "train", width, height, (0,), "hash", None, None)


INDEX = Index(("cow", "sheep"), (row("a/1"), row("a/2"), row("b/3")))


def table(tmp_path, text, name="clicks.csv"):
    path = tmp_path / name
    path.write_text(text)
    return path


def refusal(path):
    with pytest.raises(InputError) as error:
        read_points(path, INDEX)
    return str(error.value)


def test_a_table_gives_the_points_of_each_picture(tmp_path):
    path = table(tmp_path, "image,x,y,class\na/1.jpg,2,3,cow\n3,9,7.9,background\na/1,0,0,sheep\n\n")
    assert read_points(path, INDEX) == {"a/1": [Point(2, 3, 1), Point(0, 0, 2)], "b/3": [Point(9, 7, 0)]}


def test_json_says_the_same(tmp_path):
    entries = [{"image": "a/1", "x": 2, "y": 3, "class": "cow", "by": "somebody"}]
    path = table(tmp_path, json.dumps(entries), "clicks.json")
    assert read_points(path, INDEX) == {"a/1": [Point(2, 3, 1)]}


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("a/9,1,1,cow", '"a/9" names no picture (nearest: "a/2")'),
        ("a/1,1,1,cwo", 'class "cwo" is unknown (nearest: "cow"); correct it, or add it to the classes'),
        ("a/1,10,1,cow", "point 10, 1 lies outside image a/1 of 10 x 8 pixels"),
        ("a/1,-1,1,cow", "point -1, 1 lies outside image a/1 of 10 x 8 pixels"),
        ("a/1,1,8,cow", "point 1, 8 lies outside image a/1"),
        ("a/1,one,1,cow", "one, 1 are not numbers"),
        ("a/1,nan,1,cow", "nan, 1 are not numbers"),
        ("a/1,1,cow", "3 cells, expected 4; write `image,x,y,class`"),
    ],
)
def test_what_is_wrong_is_reported_with_its_line(tmp_path, line, found):
    path = table(tmp_path, f"image,x,y,class\na/2,1,1,cow\n{line}\n")
    message = refusal(path)
    assert f"{path} line 3: {found}" in message
    assert message.startswith(f"points in {path}: 1 problem\n")


def test_two_classes_on_one_pixel_are_reported_with_both_lines(tmp_path):
    path = table(tmp_path, "image,x,y,class\na/1,1,1,cow\na/1,1.4,1,cow\na/1,1,1,sheep\n")
    message = refusal(path)
    assert f"{path} line 4: gives pixel 1, 1 another class than {path} line 2; keep one of them" in message


def test_all_problems_are_reported_at_once(tmp_path):
    message = refusal(table(tmp_path, "a/1,1,1,cat\na/7,1,1,cow\na/1,99,1,cow\n"))
    assert "3 problems" in message


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("{", "line 1: is not JSON"),
        ("{}", "is not a list; write a list of objects with the keys image, x, y, class"),
        ('[{"image": "a/1"}]', "entry 1: lacks keys; write an object with the keys image, x, y, class"),
        ('[{"image": "a/1", "x": true, "y": 1, "class": "cow"}]', "entry 1: True, 1 are not numbers"),
    ],
)
def test_json_that_cannot_be_used_is_reported(tmp_path, text, found):
    assert found in refusal(table(tmp_path, text, "clicks.json"))


def test_a_missing_file_is_reported(tmp_path):
    for name in ("clicks.csv", "clicks.json"):
        assert f"{name}: the file is missing" in refusal(tmp_path / name)


def test_the_json_of_whats_the_point_names_classes_by_numbers_from_1_and_more_pictures_than_there_are(tmp_path, caplog):
    caplog.set_level("INFO")
    value = {"a/1": [{"cls": 2, "x": 2, "y": 3, "rank": 0}, {"cls": 0, "x": 4, "y": 4, "rank": 1}], "b/3": [], "c": []}
    assert read_points(table(tmp_path, json.dumps(value), "clicks.json"), INDEX) == {
        "a/1": [Point(2, 3, 2), Point(4, 4, 0)]
    }
    assert "1 of its 3 images are in no list (c)" in caplog.text


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (
            {"a/1": [{"cls": 3, "x": 1, "y": 1}]},
            "clicks.json a/1 point 1: class 3, expected 0 for background, or 1 to 2",
        ),
        ({"a/1": [{"cls": True, "x": 1, "y": 1}]}, "a/1 point 1: class True, expected 0"),
        ({"a/1": [{"cls": 1, "x": 1}]}, "a/1 point 1: 1, None are not numbers"),
        ({"a/1": [{"cls": 1, "x": -1, "y": 2}]}, "a/1 point 1: point -1, 2 lies outside image a/1 of 10 x 8 pixels"),
        ({"a/1": {"cls": 1}}, "clicks.json a/1: is no list of points"),
        ({"c": []}, "names no image of the data set (c)"),
    ],
)
def test_what_is_wrong_in_the_json_of_whats_the_point_is_reported(tmp_path, value, found):
    assert found in refusal(table(tmp_path, json.dumps(value), "clicks.json"))


def test_points_outside_their_picture_are_left_out_and_counted_where_that_is_asked_for(tmp_path, caplog):
    caplog.set_level("INFO")
    path = table(tmp_path, "a/1,1,1,cow\na/1,10,1,cow\na/1,-1,-1,cow\n")
    assert read_points(path, INDEX, "leave_out") == {"a/1": [Point(1, 1, 1)]}
    assert "2 positions outside their pictures are left out" in caplog.text
