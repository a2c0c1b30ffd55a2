import pytest

from seedmask.errors import InputError
from seedmask.intake.labels.voc import read_labels


def xml(*names):
    return f"<annotation>{''.join(f'<object><name>{name}</name></object>' for name in names)}</annotation>"


ANNOTATED = {"V/Annotations/a.xml": xml("dog", "dog"), "V/Annotations/b.xml": xml("cow")}
LISTS = {"V/ImageSets/Segmentation/train.txt": "a\n", "V/ImageSets/Segmentation/val.txt": "b\n"}
PICTURES = ("V/JPEGImages/a.jpg", "V/JPEGImages/b.jpg", "V/JPEGImages/c.jpg")


def test_tags_are_those_of_annotations_and_splits_those_of_lists(folder, tmp_path):
    found = read_labels(folder(*PICTURES, texts=ANNOTATED | LISTS, masks={"V/SegmentationClass/a.png": 1}))
    assert found.tags == {PICTURES[0]: ("dog",), PICTURES[1]: ("cow",)}
    assert found.splits == {PICTURES[0]: "train", PICTURES[1]: "val"}
    assert len(found.classes) == 20
    assert found.masks == tmp_path / "V" / "SegmentationClass"
    assert found.layout["root"] == str(tmp_path / "V")
    assert "1 pictures are in no list and are left out" in found.notes


def test_the_augmented_list_is_preferred_and_lists_of_one_class_are_none(folder):
    lists = {"V/ImageSets/Segmentation/train_aug.txt": "a\nb\n", "V/ImageSets/Main/val.txt": "a  1\nb -1\n"}
    found = read_labels(folder(*PICTURES, texts=ANNOTATED | LISTS | lists))
    assert found.layout["splits"]["train"] == "ImageSets/Segmentation/train_aug.txt"
    assert found.layout["splits"]["val"] == "ImageSets/Segmentation/val.txt"


def test_without_lists_every_picture_is_for_training(folder):
    found = read_labels(folder(*PICTURES, texts=ANNOTATED))
    assert (found.splits, found.layout, found.closed) == ({}, None, False)
    assert any("no list of training pictures" in note for note in found.notes)


def test_classes_that_are_not_vocs_have_no_order(folder):
    found = read_labels(folder(*PICTURES, texts={"V/Annotations/a.xml": xml("yak")}))
    assert found.classes == ()
    assert found.all_classes() == ("yak",)


def test_a_torn_annotation_is_an_error_with_its_line(folder):
    with pytest.raises(InputError, match=r"a.xml line 2: not well-formed XML"):
        read_labels(folder(*PICTURES, texts={"V/Annotations/a.xml": "<annotation>\n<object"}))


def test_other_folders_are_no_voc(folder):
    assert read_labels(folder("images/a.jpg", texts={"Annotations/a.xml": xml("dog")})) is None
