import json

import pytest

from seedmask.errors import InputError, SeedmaskError
from seedmask.intake.labels import coco as kind
from seedmask.intake.options import ReadingOptions


def read_labels(scan):
    return kind.read_labels(scan, ReadingOptions())


def coco(*pictures, categories=("cow", "sheep"), **more):
    """Each picture with its categories; a `*` marks a crowd."""
    names = list(categories)
    annotations = [
        {
            "id": 10 * number + place,
            "image_id": number,
            "category_id": names.index(tag.strip("*")) + 1,
            "iscrowd": int("*" in tag),
            "bbox": [1, 1, 5, 5],
        }
        for number, (_, tags) in enumerate(pictures)
        for place, tag in enumerate(tags)
    ]
    return json.dumps(
        {
            "info": {"description": "farm"},
            "images": [{"id": n, "file_name": name, "width": 8, "height": 6} for n, (name, _) in enumerate(pictures)],
            "annotations": annotations,
            "categories": [{"id": number, "name": name, **more} for number, name in enumerate(names, 1)],
        }
    )


def test_tags_are_the_categories_of_annotations_and_splits_the_files_names(folder):
    texts = {
        "annotations/instances_train2017.json": coco(("1.jpg", ["sheep", "sheep", "cow"]), ("2.jpg", [])),
        "annotations/instances_val2017.json": coco(("3.jpg", ["cow"])),
    }
    found = read_labels(folder("train2017/1.jpg", "train2017/2.jpg", "val2017/3.jpg", texts=texts))
    assert found.tags == {"train2017/1.jpg": ("cow", "sheep"), "train2017/2.jpg": (), "val2017/3.jpg": ("cow",)}
    assert found.splits == {"train2017/1.jpg": "train", "train2017/2.jpg": "train", "val2017/3.jpg": "val"}
    assert "annotations/instances_val2017.json" in found.split_rule
    assert found.classes == ("cow", "sheep")
    assert set(found.files) == set(texts)


def test_roboflow_has_a_file_in_each_split_and_a_category_that_is_a_group(folder):
    def export(name, *tags):
        number = {"farm": 0, "cow": 1, "sheep": 2}
        return json.dumps(
            {
                "images": [{"id": 0, "file_name": name}],
                "annotations": [{"id": n, "image_id": 0, "category_id": number[tag]} for n, tag in enumerate(tags)],
                "categories": [
                    {"id": 0, "name": "farm", "supercategory": "none"},
                    {"id": 1, "name": "cow", "supercategory": "farm"},
                    {"id": 2, "name": "sheep", "supercategory": "farm"},
                ],
            }
        )

    texts = {
        "train/_annotations.coco.json": export("0.jpg", "cow"),
        "valid/_annotations.coco.json": export("0.jpg", "sheep"),
        "test/_annotations.coco.json": export("1.jpg"),
    }
    found = read_labels(folder("train/0.jpg", "valid/0.jpg", "test/1.jpg", texts=texts))
    assert found.tags == {"train/0.jpg": ("cow",), "valid/0.jpg": ("sheep",), "test/1.jpg": ()}
    assert found.splits == {"train/0.jpg": "train", "valid/0.jpg": "val", "test/1.jpg": "test"}
    assert found.classes == ("cow", "sheep")
    assert any("farm is the supercategory of others and no class" in note for note in found.notes)


def test_cvats_export_has_a_file_for_each_subset(folder):
    texts = {
        "annotations/instances_Train.json": coco(("0.jpg", ["cow"])),
        "annotations/instances_Validation.json": coco(("0.jpg", ["sheep"])),
    }
    found = read_labels(folder("images/Train/0.jpg", "images/Validation/0.jpg", texts=texts))
    assert found.tags == {"images/Train/0.jpg": ("cow",), "images/Validation/0.jpg": ("sheep",)}
    assert found.splits == {"images/Train/0.jpg": "train", "images/Validation/0.jpg": "val"}


def test_fiftyone_keeps_labels_json_beside_a_folder_of_data(folder):
    found = read_labels(
        folder("data/0.jpg", "data/1.jpg", texts={"labels.json": coco(("0.jpg", ["cow"]), ("1.jpg", []))})
    )
    assert found.tags == {"data/0.jpg": ("cow",), "data/1.jpg": ()}
    assert found.splits == {}


@pytest.mark.parametrize("name", ["images\\3/a.jpg", "/data/upload/3/a.jpg", "https://x.org/farm/a.jpg?w=640", "A.JPG"])
def test_paths_of_elsewhere_end_in_the_name_of_the_picture(folder, name):
    assert read_labels(folder("images/a.jpg", texts={"result.json": coco((name, ["cow"]))})).tags == {
        "images/a.jpg": ("cow",)
    }


@pytest.mark.parametrize("kind", [str, float])
def test_ids_of_other_types_are_the_same_numbers(folder, kind):
    value = json.loads(coco(("a.jpg", ["cow"]), ("b.jpg", ["sheep"])))
    for item in value["annotations"]:
        item["image_id"], item["category_id"] = kind(item["image_id"]), kind(item["category_id"])
    found = read_labels(folder("a.jpg", "b.jpg", texts={"a.json": json.dumps(value)}))
    assert found.tags == {"a.jpg": ("cow",), "b.jpg": ("sheep",)}


def test_annotations_that_point_nowhere_are_errors_of_all_files_at_once(folder):
    texts = {
        "a.json": coco(("a.jpg", ["cow"])).replace('"image_id": 0', '"image_id": 7'),
        "b.json": coco(("b.jpg", ["cow"])).replace('"category_id": 1', '"category_id": 9'),
    }
    with pytest.raises(InputError) as caught:
        read_labels(folder("a.jpg", "b.jpg", texts=texts))
    assert "a.json: 1 annotations of no image: annotation 0 (image_id 7)" in str(caught.value)
    assert "b.json: 1 annotations of no category: annotation 0 (category_id 9)" in str(caught.value)


def test_files_are_joined_by_the_names_of_categories_whatever_their_ids(folder):
    texts = {
        "a.json": coco(("1.jpg", ["cow"]), ("2.jpg", ["sheep"])),
        "b.json": coco(("1.jpg", ["sheep"]), categories=("goat", "sheep", "cow")),
    }
    found = read_labels(folder("1.jpg", "2.jpg", texts=texts))
    assert found.tags == {"1.jpg": ("cow", "sheep"), "2.jpg": ("sheep",)}
    assert found.classes == ("cow", "sheep", "goat")
    assert any("1 of 3 categories are in no picture (goat)" in note for note in found.notes)


def test_two_names_of_one_id_in_a_file_are_an_error(folder):
    value = json.loads(coco(("1.jpg", ["cow"])))
    value["categories"].append({"id": 1, "name": "goat"})
    with pytest.raises(
        InputError, match=r'a.json: 1 categories with an `id` that is given twice: category 1 \("cow", "goat"\)'
    ):
        read_labels(folder("1.jpg", texts={"a.json": json.dumps(value)}))


def test_crowds_count_and_a_note_says_how_many_tags_come_from_them_alone(folder):
    found = read_labels(folder("1.jpg", texts={"a.json": coco(("1.jpg", ["cow", "cow*", "sheep*"]))}))
    assert found.tags == {"1.jpg": ("cow", "sheep")}
    assert any("crowds count as tags; 1 tags come from crowds alone" in note for note in found.notes)


def test_a_category_of_background_is_not_a_class(folder):
    texts = {"a.json": coco(("1.jpg", ["_background_", "cow"]), categories=["_background_", "cow"])}
    found = read_labels(folder("1.jpg", texts=texts))
    assert found.classes == ("cow",)
    assert found.tags == {"1.jpg": ("cow",)}
    assert "category _background_ is no class" in found.notes


def test_pictures_that_are_gone_are_counted(folder):
    found = read_labels(folder("1.jpg", texts={"a.json": coco(("1.jpg", ["cow"]), ("gone.jpg", ["cow"]))}))
    assert (found.names, found.unmatched, found.unmatched_example) == (2, 1, '"gone.jpg"')
    assert any("1 names are of no picture" in note for note in found.notes)


def test_names_that_fit_no_picture_or_several_are_an_error_that_names_the_file(folder):
    texts = {"a.json": coco(("0.png", ["cow"]), ("1.png", ["sheep"]))}
    with pytest.raises(
        SeedmaskError, match=r'a.json: 2 names may be of several pictures \("0.png": cam0/0.png or cam1'
    ):
        read_labels(folder("cam0/0.png", "cam0/1.png", "cam1/0.png", "cam1/1.png", texts=texts))


def test_a_name_that_is_given_to_two_images_with_different_tags_is_an_error(folder):
    with pytest.raises(InputError, match=r"a.json: images 0 and 1 are both 1.jpg \(1.jpg\), with different categories"):
        read_labels(folder("1.jpg", texts={"a.json": coco(("1.jpg", ["cow"]), ("1.jpg", ["sheep"]))}))


def test_a_picture_in_files_of_two_splits_is_an_error(folder):
    texts = {"train.json": coco(("1.jpg", ["cow"]), ("2.jpg", [])), "val.json": coco(("1.jpg", ["cow"]))}
    with pytest.raises(InputError, match=r"val.json: 1.jpg is in split `val`, and in `train` by train.json"):
        read_labels(folder("1.jpg", "2.jpg", texts=texts))


def test_captions_panoptic_segments_and_keypoints_are_named_and_not_used_beside_instances(folder):
    points = coco(("1.jpg", ["person"]), categories=("person",), keypoints=["nose"])
    captions = {"images": [{"id": 0, "file_name": "1.jpg"}], "annotations": [{"id": 1, "image_id": 0, "caption": "x"}]}
    panoptic = {
        "images": [{"id": 0, "file_name": "1.jpg"}],
        "annotations": [{"image_id": 0, "segments_info": [], "file_name": "1.png"}],
        "categories": [{"id": 1, "name": "cow"}],
    }
    texts = {
        "captions_train2017.json": json.dumps(captions),
        "panoptic_train2017.json": json.dumps(panoptic),
        "person_keypoints_train2017.json": points,
        "instances_train2017.json": coco(("1.jpg", ["cow"])),
    }
    found = read_labels(folder("1.jpg", texts=texts))
    assert found.classes == ("cow", "sheep")
    said = "\n".join(found.notes)
    assert "captions_train2017.json: holds captions, and is not used" in said
    assert "panoptic_train2017.json: holds panoptic segments, and is not used" in said
    assert "person_keypoints_train2017.json: holds keypoints, and is not used beside the other files" in said
    assert found.files == ("instances_train2017.json",)


def test_keypoints_alone_are_used(folder):
    texts = {"person_keypoints_val.json": coco(("1.jpg", ["person"]), categories=("person",), keypoints=["nose"])}
    found = read_labels(folder("1.jpg", texts=texts))
    assert (found.tags, found.splits) == ({"1.jpg": ("person",)}, {"1.jpg": "val"})


@pytest.mark.parametrize(
    "text",
    [
        "[1]",
        '{"images": [], "annotations": [{"image_id": 1, "caption": "x"}], "categories": []}',
        '{"a": 1}\n{"a": 2}\n',
        "no JSON",
        '{"images": ["a.jpg"], "license": "x"}',
        '{"images": [], "annotations": [], "categories": []}',
    ],
)
def test_other_json_is_no_labels_and_stops_nothing(folder, text):
    assert read_labels(folder("1.jpg", texts={"a.json": text})) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (coco(("1.jpg", ["cow"]))[:-60], r"a.json line 1: is not JSON"),
        (
            '{"images": [{"id": 1}], "annotations": [], "categories": []}',
            r"a.json: 1 images without `id` or `file_name`: image 1",
        ),
        (
            coco(("1.jpg", ["cow"])).replace('"category_id": 1', '"category_id": []'),
            r"annotation 0 \(category_id \[\]\)",
        ),
    ],
)
def test_a_broken_file_is_an_error_with_its_place(folder, text, said):
    with pytest.raises(InputError, match=said):
        read_labels(folder("1.jpg", texts={"a.json": text, "b.json": coco(("1.jpg", ["cow"]))}))
