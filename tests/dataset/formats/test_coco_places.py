import json

import pytest

from seedmask.dataset.formats.coco_json import read_coco
from seedmask.dataset.formats.coco_places import place_of, read_coco_places
from seedmask.errors import InputError

POLYGON = [[1.5, 2, 3, 4e1, 5, -6]]
RUNS = {"counts": "Pk1]0", "size": [6, 8]}


def write(path, *segmentations, **dump):
    annotations = [
        {"segmentation": one, "id": number, "image_id": 1, "category_id": 2, "area": 3, "iscrowd": 0}
        for number, one in enumerate(segmentations)
    ]
    content = {
        "images": [{"id": 1, "file_name": 'a "segmentation": [1, 2, 3, 4, 5, 6], "x.jpg'}],
        "annotations": annotations,
        "categories": [{"id": 2, "name": "cow"}],
    }
    path.write_text(json.dumps(content, **dump))
    return path


@pytest.mark.parametrize("dump", [{}, {"indent": 2}, {"sort_keys": True}, {"separators": (",", ":")}], ids=str)
def test_places_hold_the_outlines_and_the_rest_is_read_as_ever(tmp_path, dump):
    given = [POLYGON, RUNS, {"size": [2, 2], "counts": [4]}, POLYGON * 3]
    path = write(tmp_path / "a.json", *given, **dump)
    coco, whole = read_coco_places(path), read_coco(path)
    places = [place_of(annotation) for annotation in coco.annotations]
    assert [json.loads(path.read_bytes()[place.start : place.end]) for place in places if place] == given
    assert dict(coco.images) == dict(whole.images)
    assert [one._replace(segmentation=None) for one in coco.annotations] == [
        one._replace(segmentation=None) for one in whole.annotations
    ]


@pytest.mark.parametrize(
    "segmentation",
    [None, [], [[]], [[1, 2, 3, 4]], [1, 2], "", "[[1,2,3,4,5,6]]", 7, ["a", 1], [[1, 2, 3, 4, 5, 6], "a"]],
    ids=str,
)
def test_what_is_no_outline_has_no_place(tmp_path, segmentation):
    (annotation,) = read_coco_places(write(tmp_path / "a.json", segmentation)).annotations
    assert place_of(annotation) is None


def test_damaged_json_is_named_with_its_line(tmp_path):
    path = write(tmp_path / "a.json", POLYGON, indent=1)
    path.write_text(path.read_text()[:-3])
    with pytest.raises(InputError, match=r"a\.json line \d+: is not JSON"):
        read_coco_places(path)


def test_segmentations_of_another_kind_are_refused(tmp_path):
    with pytest.raises(InputError, match="has segmentations of another kind; export it again"):
        read_coco_places(write(tmp_path / "a.json", {"counts": "}", "size": [1, 2]}))
