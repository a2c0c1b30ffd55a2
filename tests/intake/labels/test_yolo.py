import numpy as np
import pytest

from seedmask.errors import InputError, SeedmaskError
from seedmask.intake.labels import yolo
from seedmask.intake.options import ReadingOptions

BOX = "0.5 0.5 0.2 0.2"
NAMED = {"data.yaml": "names: [cow, sheep]\nnc: 2\ntrain: images/train\n"}


def read_labels(scan, **options):
    return yolo.read_labels(scan, ReadingOptions(**options))


def test_ultralytics_layout_has_tags_from_numbers_and_splits_from_the_folders_of_data_yaml(folder):
    texts = {
        "data.yaml": "path: ../datasets/farm\ntrain: images/train\nval: images/val\ntest:\n"
        "names:\n  0: cow\n  1: sheep\n",
        "labels/train/a.txt": f"0 {BOX}\n1 {BOX}\n",
        "labels/train/b.txt": "",
        "labels/val/a.txt": f"1 {BOX}\n",
    }
    found = read_labels(folder("images/train/a.jpg", "images/train/b.jpg", "images/val/a.jpg", texts=texts))
    assert found.tags == {
        "images/train/a.jpg": ("cow", "sheep"),
        "images/train/b.jpg": (),
        "images/val/a.jpg": ("sheep",),
    }
    assert found.splits == {"images/train/a.jpg": "train", "images/train/b.jpg": "train", "images/val/a.jpg": "val"}
    assert found.classes == ("cow", "sheep")
    assert set(found.files) == set(texts)
    assert (found.names, found.unmatched, found.notes) == (3, 0, ())


def test_roboflows_layout_has_a_folder_of_labels_in_each_split(folder):
    texts = {
        "data.yaml": "train: ../train/images\nval: ../valid/images\ntest: ../test/images\n\n"
        "nc: 2\nnames: ['cow', 'sheep']\n\nroboflow:\n  workspace: farm\n  version: 3\n",
        "README.roboflow.txt": "Farm - v3\nExported via roboflow.com\n",
        "train/labels/0_jpg.rf.1a.txt": f"0 {BOX}",
        "valid/labels/0_jpg.rf.2b.txt": f"1 {BOX}",
        "test/labels/1_jpg.rf.3c.txt": f"1 {BOX}",
    }
    pictures = ("train/images/0_jpg.rf.1a.jpg", "valid/images/0_jpg.rf.2b.jpg", "test/images/1_jpg.rf.3c.jpg")
    found = read_labels(folder(*pictures, texts=texts))
    assert found.tags == dict(zip(pictures, (("cow",), ("sheep",), ("sheep",)), strict=True))
    assert found.splits == dict(zip(pictures, ("train", "val", "test"), strict=True))
    assert "README.roboflow.txt" not in found.files


def test_cvats_yolo_1_1_has_names_and_lists_in_files_of_darknet(folder):
    texts = {
        "obj.data": "classes = 2\ntrain = data/train.txt\nvalid = data/valid.txt\n"
        "names = data/obj.names\nbackup = backup/\n",
        "obj.names": "cow\nsheep\n",
        "train.txt": "data/obj_train_data/a.jpg\ndata/obj_train_data/b.jpg\n",
        "valid.txt": "data/obj_valid_data/a.jpg\n",
        "obj_train_data/a.txt": f"1 {BOX}\n",
        "obj_train_data/b.txt": "",
        "obj_valid_data/a.txt": f"0 {BOX}\n",
    }
    found = read_labels(folder("obj_train_data/a.jpg", "obj_train_data/b.jpg", "obj_valid_data/a.jpg", texts=texts))
    assert found.tags == {
        "obj_train_data/a.jpg": ("sheep",),
        "obj_train_data/b.jpg": (),
        "obj_valid_data/a.jpg": ("cow",),
    }
    assert found.splits == {
        "obj_train_data/a.jpg": "train",
        "obj_train_data/b.jpg": "train",
        "obj_valid_data/a.jpg": "val",
    }


def test_labelimg_saves_text_beside_pictures_with_classes_txt(folder):
    texts = {"a.txt": f"0 {BOX}\n", "b.txt": f"1 {BOX}\n", "classes.txt": "cow\nsheep\n", "notes.txt": "0 is a cow\n"}
    found = read_labels(folder("a.jpg", "b.JPG", texts=texts))
    assert found.tags == {"a.jpg": ("cow",), "b.JPG": ("sheep",)}
    assert found.splits == {}
    assert "notes.txt" not in found.files


def test_label_studios_export_has_classes_txt_beside_images_and_labels(folder):
    texts = {"classes.txt": "cow\nsheep\n", "notes.json": "{}", "labels/1f-a.txt": f"1 {BOX}\n"}
    assert read_labels(folder("images/1f-a.jpg", texts=texts)).tags == {"images/1f-a.jpg": ("sheep",)}


def test_lists_of_pictures_give_splits(folder):
    texts = {
        "data.yaml": "path: ./\ntrain: train.txt\nval: [val.txt]\nnames: {0: cow}\n",
        "train.txt": "./images/a.jpg\n",
        "val.txt": "./images/b.jpg\n",
        "labels/a.txt": f"0 {BOX}",
        "labels/b.txt": f"0 {BOX}",
    }
    found = read_labels(folder("images/a.jpg", "images/b.jpg", texts=texts))
    assert found.splits == {"images/a.jpg": "train", "images/b.jpg": "val"}
    assert found.split_rule.endswith("data.yaml")


def test_val_with_the_folder_of_train_is_no_split(folder):
    texts = {"data.yaml": "train: images\nval: images\nnames: [cow]\n", "labels/a.txt": f"0 {BOX}"}
    found = read_labels(folder("images/a.jpg", texts=texts))
    assert found.splits == {"images/a.jpg": "train"}
    assert any("val has the pictures of train" in note for note in found.notes)


def test_outlines_are_drawn_later_ones_above(folder):
    texts = NAMED | {
        "labels/train/a.txt": "0 0 0 0.5 0 0.5 1 0 1\n1 0.25 0 0.5 0 0.5 0.5 0.25 0.5\n",
        "labels/train/b.txt": f"0 {BOX}\n1 0 0 0.5 0 0.5 1\n",
        "labels/train/c.txt": "",
    }
    found = read_labels(folder("images/train/a.jpg", "images/train/b.jpg", "images/train/c.jpg", texts=texts))
    assert found.tags["images/train/a.jpg"] == ("cow", "sheep")
    assert set(found.drawings) == {"images/train/a.jpg", "images/train/c.jpg"}
    mask = found.drawings["images/train/a.jpg"]({"cow": 1, "sheep": 2})
    assert mask.dtype == np.uint8
    expected = np.zeros((6, 8), int)
    expected[:, :4] = 1
    expected[:3, 2:4] = 2
    np.testing.assert_array_equal(mask, expected)
    assert not found.drawings["images/train/c.jpg"]({"cow": 1, "sheep": 2}).any()
    assert any("1 pictures have boxes beside outlines" in note for note in found.notes)


def test_boxes_of_four_corners_are_tags_alone(folder):
    texts = NAMED | {"labels/train/a.txt": "1 0.1 0.1 0.5 0.1 0.5 0.5 0.1 0.5\n"}
    found = read_labels(folder("images/train/a.jpg", texts=texts))
    assert (found.tags, found.drawings) == ({"images/train/a.jpg": ("sheep",)}, {})
    assert "lines with four corners are taken for boxes that are turned, and no mask is drawn of them" in found.notes


def test_points_of_poses_stand_behind_their_boxes(folder):
    texts = {
        "data.yaml": "train: images\nkpt_shape: [2, 3]\nnames: [cow]\n",
        "labels/a.txt": f"0 {BOX} 0.1 0.1 2 0.2 0.2 0\n",
    }
    found = read_labels(folder("images/a.jpg", texts=texts))
    assert (found.tags, found.drawings) == ({"images/a.jpg": ("cow",)}, {})


def test_a_few_pictures_without_a_file_show_nothing_and_folders_without_any_stay_without_labels(folder):
    texts = {"data.yaml": "train: train/images\nnames: [cow]\n"}
    texts |= {f"train/labels/{name}.txt": f"0 {BOX}" for name in "abc"}
    found = read_labels(folder(*(f"train/images/{name}.jpg" for name in "abcd"), "test/images/x.jpg", texts=texts))
    assert found.tags["train/images/d.jpg"] == ()
    assert "test/images/x.jpg" not in found.tags
    assert any("1 pictures have no text file" in note and "d.jpg" in note for note in found.notes)
    assert any("1 of 1 pictures have no text file" in note for note in found.notes)


def test_files_without_a_picture_are_counted(folder):
    texts = NAMED | {"labels/train/a.txt": f"0 {BOX}", "labels/train/gone.txt": f"0 {BOX}"}
    found = read_labels(folder("images/train/a.jpg", "images/val/gone.jpg", texts=texts))
    assert (found.names, found.unmatched) == (2, 1)
    assert "gone.txt" in found.unmatched_example
    assert "images/val/gone.jpg" not in found.tags


def test_files_of_no_picture_at_all_are_refused(folder):
    with pytest.raises(SeedmaskError, match=r"text files of YOLO.*None of its 1 names"):
        read_labels(folder("pictures/b.jpg", texts=NAMED | {"labels/a.txt": f"0 {BOX}"}))


def test_background_in_the_names_is_no_class(folder):
    texts = {"data.yaml": "train: images\nnames: [background, cow]\n", "labels/a.txt": f"0 {BOX}\n1 {BOX}\n"}
    found = read_labels(folder("images/a.jpg", texts=texts))
    assert (found.tags, found.classes) == ({"images/a.jpg": ("cow",)}, ("cow",))
    assert any("background is no class" in note for note in found.notes)


def test_numbers_without_names_are_refused_with_the_option_and_taken_with_it(folder, tmp_path):
    scan = folder("images/a.jpg", texts={"labels/a.txt": f"18 {BOX}"})
    with pytest.raises(SeedmaskError, match=r"a.txt line 1: classes are numbers up to 18.*--classes FILE"):
        read_labels(scan)
    assert read_labels(scan, classes="coco").tags == {"images/a.jpg": ("sheep",)}
    with pytest.raises(InputError, match=r"a.txt line 1: class 18, but .*names.lst names 2"):
        (tmp_path / "names.lst").write_text("cow\nsheep\n")
        read_labels(scan, classes=str(tmp_path / "names.lst"))


def test_all_bad_lines_are_named_at_once(folder):
    texts = NAMED | {
        "labels/train/a.txt": f"0 {BOX}\n0,0.5,0.5,0.2,0.2\ncow {BOX}\n",
        "labels/train/b.txt": f"0 120 50 30 40\n0 {BOX} 0.93\n1.5 {BOX}\n-1 {BOX}\n0 0.1 0.2\n0 0.5 0.5 nan 0.2\n",
    }
    with pytest.raises(InputError) as caught:
        read_labels(folder("images/train/a.jpg", "images/train/b.jpg", texts=texts))
    text = str(caught.value)
    assert len(caught.value.problems) == 8
    assert 'a.txt line 2: "0,0.5,0.5,0.2,0.2" is not a row of numbers' in text
    assert "b.txt line 1: holds 120, expected shares of the image" in text
    assert "b.txt line 2: holds 6 numbers" in text
    assert "confidence" in text
    assert "b.txt line 3: class 1.5, expected a whole number" in text
    assert "b.txt line 5: holds 3 numbers" in text


def test_a_number_above_the_names_is_an_error_with_its_line(folder):
    texts = NAMED | {"labels/train/a.txt": f"0 {BOX}\n2 {BOX}\n"}
    with pytest.raises(InputError, match=r"a.txt line 2: class 2, but .*data.yaml names 2, from 0"):
        read_labels(folder("images/train/a.jpg", texts=texts))


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        ({"data.yaml": "train: images\nnames: [cow, no]\n"}, "YAML reads number 1 as False; put it in quotes"),
        ({"data.yaml": "train: images\nnc: 3\nnames: [cow]\n"}, "nc is 3, and 1 classes have names"),
        ({"data.yaml": "train: images\nnames: {cow: 0}\n"}, "'cow' is not a number"),
        ({"data.yaml": "train: images\nnames: [cow\n"}, r"data.yaml line 3: is not YAML"),
        (
            {"data.yaml": "train: images\nnames: [cow]\n", "labels/classes.txt": "dog\n"},
            r"classes.txt: class 0 is 'dog', and 'cow' in .*data.yaml",
        ),
        (
            {"data.yaml": "train: t.txt\nval: v.txt\nnames: [cow]\n", "t.txt": "a.jpg\nb.jpg\n", "v.txt": "a.jpg\n"},
            r"1 pictures are in train and in val \(images/a.jpg\)",
        ),
    ],
)
def test_settings_that_contradict_or_cannot_be_read_are_refused(folder, texts, said):
    with pytest.raises(InputError, match=said):
        read_labels(folder("images/a.jpg", "images/b.jpg", texts=texts | {"labels/a.txt": f"0 {BOX}"}))


@pytest.mark.parametrize(
    "texts",
    [
        {"a.txt": "a photo of a cow in a field", "b.txt": "a sheep"},
        {"README.txt": "0 0.5 0.5 0.2 0.2 is a line"},
        {"classes.txt": "cow\nsheep\n"},
        {"poses.txt": "1 0 0 0 0 1 0 0 0 0 1 0\n"},
        {"a.txt": ""},
        {},
    ],
)
def test_other_text_is_no_labels(folder, texts):
    assert read_labels(folder("a.jpg", "b.jpg", texts=texts)) is None


def test_two_files_of_one_picture_are_refused(folder):
    texts = NAMED | {"labels/a.txt": f"0 {BOX}", "a.txt": f"1 {BOX}"}
    with pytest.raises(InputError, match=r"belongs to images/a.jpg, and so does"):
        read_labels(folder("images/a.jpg", texts=texts))
