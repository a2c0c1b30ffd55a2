import json

import pytest

from seedmask.dataset.index import Index, Row
from seedmask.errors import InputError
from seedmask.methods.scribbles import Stroke
from seedmask.weak_labels.scribbles.fit import read_strokes

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
