import json

import pytest

from seedmask.errors import InputError
from seedmask.intake.labels.coco import read_labels


def coco(*pictures, categories=("cow", "sheep")):
    """Each picture with its categories; a `*` marks a crowd."""
    names = list(categories)
    annotations = [
        {"image_id": number, "category_id": names.index(tag.strip("*")) + 1, "iscrowd": int("*" in tag)}
        for number, (_, tags) in enumerate(pictures)
        for tag in tags
    ]
    return json.dumps(
        {
            "images": [{"id": number, "file_name": name} for number, (name, _) in enumerate(pictures)],
            "annotations": annotations,
            "categories": [{"id": number, "name": name} for number, name in enumerate(names, 1)],
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
    assert found.classes == ("cow", "sheep")


def test_crowds_count_and_a_note_says_how_many_tags_come_from_them_alone(folder):
    found = read_labels(folder("1.jpg", texts={"a.json": coco(("1.jpg", ["cow", "cow*", "sheep*"]))}))
    assert found.tags == {"1.jpg": ("cow", "sheep")}
    assert any("crowds count as tags; 1 tags come from crowds alone" in note for note in found.notes)


def test_a_category_of_background_is_not_a_class(folder):
    found = read_labels(
        folder("1.jpg", texts={"a.json": coco(("1.jpg", ["background", "cow"]), categories=["background", "cow"])})
    )
    assert found.classes == ("cow",)
    assert found.tags == {"1.jpg": ("cow",)}


def test_pictures_that_are_gone_are_counted(folder):
    found = read_labels(folder("1.jpg", texts={"a.json": coco(("1.jpg", ["cow"]), ("gone.jpg", ["cow"]))}))
    assert any("1 pictures that are missing (gone.jpg)" in note for note in found.notes)


def test_other_json_is_no_labels(folder):
    captions = '{"images": [], "annotations": [{"image_id": 1, "caption": "x"}], "categories": []}'
    assert read_labels(folder("1.jpg", texts={"a.json": "[1]", "b.json": captions})) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"images": [\n{"id": 1,}]}', "a.json line 2: is not JSON"),
        (
            '{"images": [{"id": 1}], "annotations": [], "categories": []}',
            r"a.json images\[0\]: has no id and no file_name",
        ),
        (coco(("1.jpg", ["cow"])).replace('"category_id": 1', '"category_id": 9'), r"annotations\[0\]: has category 9"),
        (coco(("1.jpg", ["cow"])).replace('"category_id": 1', '"category_id": []'), r"annotations\[0\]: has category"),
    ],
)
def test_a_broken_file_is_an_error_with_its_place(folder, text, said):
    with pytest.raises(InputError, match=said):
        read_labels(folder("1.jpg", texts={"a.json": text}))


def test_files_that_number_categories_otherwise_are_refused(folder):
    texts = {"a.json": coco(("1.jpg", ["cow"])), "b.json": coco(("1.jpg", ["cow"]), categories=("sheep", "cow"))}
    with pytest.raises(InputError, match=r'b.json category 1: is "sheep", and "cow" in another file'):
        read_labels(folder("1.jpg", texts=texts))
