import json
import math

import pytest

from seedmask.dataset.formats.coco_json import coco_file, looks_like_coco, read_bbox, read_coco
from seedmask.dataset.formats.listing import Findings
from seedmask.errors import InputError


def content(annotations=({"id": 5, "image_id": 1, "category_id": 2, "bbox": [1, 2, 3, 4]},), **parts):
    return {
        "images": [{"id": 1, "file_name": "a.jpg"}, {"id": 2, "file_name": "b.jpg", "width": 8, "height": 6}],
        "categories": [{"id": 3, "name": "sheep"}, {"id": 2, "name": "cow"}],
        "annotations": list(annotations),
        **parts,
    }


def coco(tmp_path, *args, **parts):
    return coco_file(content(*args, **parts), tmp_path / "a.json")


def refusal(tmp_path, *args, **parts):
    with pytest.raises(InputError) as error:
        coco(tmp_path, *args, **parts)
    return str(error.value)


def test_a_file_gives_names_by_id_and_its_annotations(tmp_path):
    path = tmp_path / "a.json"
    path.write_text(json.dumps(content()), encoding="utf-8-sig")
    file = read_coco(path)
    assert dict(file.images) == {1: "a.jpg", 2: "b.jpg"}
    assert file.sizes == {2: (8, 6)}
    assert list(file.categories.items()) == [(2, "cow"), (3, "sheep")]
    (annotation,) = file.annotations
    assert annotation == (5, 1, 2, False, [1, 2, 3, 4], None, None)
    assert file.where(annotation) == f"{path} annotation 5"


@pytest.mark.parametrize("written", [1, 1.0, "1", "1.0", " 1 "], ids=repr)
@pytest.mark.parametrize("listed", [1, 1.0, "1"], ids=repr)
def test_a_whole_number_is_one_id_in_every_type(tmp_path, listed, written):
    images, annotation = [{"id": listed, "file_name": "a.jpg"}], {"image_id": written, "category_id": "2"}
    file = coco(tmp_path, [annotation], images=images)
    assert file.images[file.annotations[0].image] == "a.jpg"
    assert file.categories[file.annotations[0].category] == "cow"


def test_text_that_is_no_whole_number_stays_text(tmp_path):
    images = [{"id": name, "file_name": f"{name}.jpg"} for name in ("007", "a", "1.5")]
    file = coco(tmp_path, [{"image_id": name, "category_id": 2} for name in ("a", "007")], images=images)
    assert [annotation.image for annotation in file.annotations] == ["a", "007"]
    message = refusal(tmp_path, [{"image_id": 7, "category_id": 2}], images=images)
    assert "annotation 1 (image_id 7)" in message


def test_annotations_that_point_nowhere_are_reported_at_once_the_first_by_number(tmp_path):
    lost = [{"id": 10 + n, "image_id": 9, "category_id": 2} for n in range(7)]
    others = [
        {"id": 30, "image_id": 1, "category_id": 2.5},
        {"image_id": 1, "category_id": "dog"},
        {"image_id": True, "category_id": 2},
        {"id": 33, "category_id": 2},
    ]
    message = refusal(tmp_path, lost + others)
    path = tmp_path / "a.json"
    named = ", ".join(f"annotation {10 + n} (image_id 9)" for n in range(5))
    assert f"{path}: 9 annotations of no image: {named} and 4 more; correct the number" in message
    assert (
        f'{path}: 2 annotations of no category: annotation 30 (category_id 2.5), annotation 9 (category_id "dog"); '
        in message
    )


def test_an_annotation_without_image_is_named(tmp_path):
    assert "annotation 33 (no image_id)" in refusal(tmp_path, [{"id": 33, "category_id": 2}])


@pytest.mark.parametrize(
    ("parts", "found"),
    [
        ({"images": [{"file_name": "a.jpg"}, {"id": 4}, 5]}, "3 images without `id` or `file_name`: image 1, image 4"),
        ({"categories": [{"id": 2, "name": ""}]}, "1 categories without `id` or `name`: category 2"),
        (
            {"images": [{"id": 1, "file_name": "a.jpg"}, {"id": "1", "file_name": "b.jpg"}]},
            '1 images with an `id` that is given twice: image 1 ("a.jpg", "b.jpg")',
        ),
        ({"annotations": [{"category_id": 2, "image_id": 1}, 7]}, "1 annotations that are not objects: annotation 2"),
        (
            {"annotations": [{"category_id": 2, "image_id": 1, "iscrowd": "yes"}]},
            'annotations with an `iscrowd` other than 0 and 1: annotation 1 (iscrowd "yes")',
        ),
    ],
)
def test_entries_that_lack_what_coco_has_are_named(tmp_path, parts, found):
    assert found in refusal(tmp_path, **parts)


@pytest.mark.parametrize("crowd", [1, True, "1", 1.0], ids=repr)
def test_crowds_are_marked(tmp_path, crowd):
    plain = {"image_id": 1, "category_id": 2}
    file = coco(tmp_path, [plain | {"iscrowd": crowd}, plain | {"iscrowd": "0"}, plain | {"iscrowd": None}, plain])
    assert [annotation.crowd for annotation in file.annotations] == [True, False, False, False]


def test_a_supercategory_without_annotations_is_no_class(tmp_path):
    categories = [
        {"id": 0, "name": "farm", "supercategory": "none"},
        {"id": 1, "name": "cow", "supercategory": "farm"},
        {"id": 2, "name": "sheep", "supercategory": "sheep"},
    ]
    file = coco(tmp_path, [{"image_id": 1, "category_id": 1}], categories=categories)
    assert file.categories == {1: "cow", 2: "sheep"}
    assert file.groups == ("farm",)
    file = coco(tmp_path, [{"image_id": 1, "category_id": 0}], categories=categories)
    assert file.categories == {0: "farm", 1: "cow", 2: "sheep"}


@pytest.mark.parametrize(
    ("bbox", "found"),
    [
        ([], "bbox holds 0 numbers, expected 4"),
        ([1, 2, 3], "bbox holds 3 numbers, expected 4"),
        (None, "bbox is missing"),
        ("1,2,3,4", 'bbox is "1,2,3,4", expected a list of 4 numbers'),
        (["1", 2, 3, 4], 'bbox holds "1", which is not a number'),
        ([1, 2, None, 4], "bbox holds None, which is not a number"),
        ([1, 2, math.nan, 4], "bbox holds nan, which is not a number"),
        ([1, 2, -3, 4], "box of -3 x 4 pixels"),
        ([1, 2, 3, 0], "box of 3 x 0 pixels"),
    ],
)
def test_what_is_no_box_is_named(tmp_path, bbox, found):
    file = coco(tmp_path, [{"id": 7, "image_id": 1, "category_id": 2, "bbox": bbox}])
    findings = Findings()
    assert read_bbox(file, file.annotations[0], findings) is None
    assert str(findings.problems[0]).startswith(f"{tmp_path / 'a.json'} annotation 7: {found}; write bbox as")


def test_a_box_is_read(tmp_path):
    file = coco(tmp_path)
    assert read_bbox(file, file.annotations[0], Findings()) == (1, 2, 3, 4)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (content(), True),
        (content(annotations=()), True),
        (content(annotations=[{"image_id": 1, "caption": "a cow"}]), False),
        ({"images": [], "annotations": []}, False),
        ([], False),
        (None, False),
    ],
)
def test_coco_is_known_by_its_lists(value, expected):
    assert looks_like_coco(value) is expected


def test_other_json_is_refused(tmp_path):
    path = tmp_path / "a.json"
    path.write_text("null")
    with pytest.raises(InputError, match="is not a COCO file; write an object with the lists images, annotations"):
        read_coco(path)
