"""Masks as tools and data sets lay them out and write them: read right, or refused with the reason."""

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from intake_kit import mask, pictures, read, text
from PIL import Image

from seedmask.dataset.images import read_mask
from seedmask.errors import SeedmaskError


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def masks(pattern, values=(0, 1, 2), mode="L", numbers=range(3)):
    for number in numbers:
        mask(pattern.replace("*", str(number)), list(values), mode)


def numbers(reading, name="0.jpg"):
    return np.unique(read_mask(reading.masks[name])[0]).tolist()


CLASSES = "cow\nsheep\n"
LAYOUTS = {
    "folders beside each other": ("images/{0..2}.jpg", "masks/*.png"),
    "beside the pictures with an ending": ("{0..2}.jpg", "*_mask.png"),
    "beside the pictures with another suffix": ("{0..2}.jpg", "*.png"),
    "ISIC": ("images/ISIC_{0..2}.jpg", "masks/ISIC_*_segmentation.png"),
    "Carvana": ("train/{0..2}.jpg", "train_masks/*_mask.png"),
    "a beginning": ("img/{0..2}.png", "gt/mask_*.png"),
    "CamVid": ("images/{0..2}.png", "labels/*_L.png"),
    "CVAT with a job's folder": ("JPEGImages/job1/{0..2}.jpg", "SegmentationClass/job1/*.png"),
    "one folder deeper": ("pictures/{0..2}.jpg", "annotations/png/*.png"),
    "labelme2voc": ("JPEGImages/{0..2}.jpg", "SegmentationClassPNG/*.png"),
    "mmsegmentation": ("img_dir/train/{0..2}.jpg", "ann_dir/train/*.png"),
    "nnU-Net": ("imagesTr/case_{0..2}_0000.png", "labelsTr/case_*.png"),
    "Cityscapes": ("leftImg8bit/train/b/b_{0..2}_leftImg8bit.png", "gtFine/train/b/b_*_gtFine_labelTrainIds.png"),
    "Supervisely": ("ds0/img/{0..2}.jpg", "ds0/masks_machine/*.png"),
    "capital letters": ("Images/{0..2}.JPG", "Masks/*.PNG"),
    "folders inside splits": ("train/images/{0..2}.jpg", "train/masks/*.png"),
}


@pytest.mark.parametrize("layout", LAYOUTS, ids=str)
def test_masks_belong_to_their_pictures(layout):
    where, pattern = LAYOUTS[layout]
    pictures(f"set/{where}")
    masks(f"set/{pattern}")
    text("set/classes.txt", CLASSES)
    reading = read("set")
    assert len(reading.splits) == len(reading.masks) == 3
    assert reading.classes == ("cow", "sheep")
    assert all(numbers(reading, name) == [0, 1, 2] for name in reading.masks)


def test_splits_of_folders_hold_for_masks():
    for split, found in (("train", "{0..2}"), ("val", "{3..3}")):
        pictures(f"set/img_dir/{split}/{found}.jpg")
    masks("set/ann_dir/train/*.png")
    masks("set/ann_dir/val/*.png", numbers=[3])
    text("set/classes.txt", CLASSES)
    assert read("set").counts == {"train": 3, "val": 1}


LISTS = {
    "labelme's class_names.txt": ("class_names.txt", "__ignore__\n_background_\ncow\nsheep\n"),
    "background first": ("classes.txt", "background\ncow\nsheep\n"),
    "nnU-Net's dataset.json": ("dataset.json", '{"labels": {"background": 0, "cow": 1, "sheep": 2}, "numTraining": 3}'),
    "nnU-Net's first dataset.json": ("dataset.json", '{"labels": {"0": "background", "1": "cow", "2": "sheep"}}'),
    "id2label.json": ("id2label.json", '{"0": "background", "1": "cow", "2": "sheep"}'),
    "Roboflow's _classes.csv": ("_classes.csv", "Pixel Value, Class\n0, background\n1, cow\n2, sheep\n"),
    "names with colours": ("classes.txt", "background 0 0 0\ncow 128 0 0\nsheep 0 128 0\n"),
}


@pytest.mark.parametrize("kind", LISTS, ids=str)
def test_names_of_numbers(kind):
    pictures("set/images/{0..2}.jpg")
    masks("set/masks/*.png", mode="P")
    file, content = LISTS[kind]
    text(f"set/{file}", content)
    reading = read("set")
    assert reading.classes == ("cow", "sheep")
    assert numbers(reading) == [0, 1, 2]


RED, GREEN, BLACK = (200, 0, 0), (0, 200, 0), (0, 0, 0)
COLOURS = {
    "names and colours": ("classes.txt", "cow 200 0 0\nsheep 0 200 0\n"),
    "colours before names": ("label_colors.txt", "0 0 0\tbackground\n200 0 0\tcow\n0 200 0\tsheep\n"),
    "CVAT's labelmap.txt": ("labelmap.txt", "# label:color_rgb\nbackground:0,0,0::\ncow:200,0,0::\nsheep:0,200,0::\n"),
    "class_dict.csv": ("class_dict.csv", "name,r,g,b\nbackground,0,0,0\ncow,200,0,0\nsheep,0,200,0\n"),
    "Supervisely": ("obj_class_to_machine_color.json", '{"cow": [200, 0, 0], "sheep": [0, 200, 0]}'),
}  # fmt: skip


@pytest.mark.parametrize("kind", COLOURS, ids=str)
def test_colours_become_numbers(kind):
    pictures("set/images/{0..2}.jpg")
    masks("set/masks/*.png", [BLACK, RED, GREEN], "RGB")
    file, content = COLOURS[kind]
    text(f"set/{file}", content)
    reading = read("set")
    assert reading.classes == ("cow", "sheep")
    drawn = read_mask(reading.masks["0.jpg"])[0]
    assert [drawn[row, 0] for row in (0, 2, 5)] == [0, 1, 2]
    assert file in reading.said


def test_colours_of_voc_are_read_in_the_order_of_the_classes():
    pictures("set/images/{0..2}.jpg")
    masks("set/masks/*.png", [BLACK, (128, 0, 0), (0, 128, 0), (224, 224, 192)], "RGB")
    text("set/classes.txt", CLASSES)
    reading = read("set")
    assert numbers(reading) == [0, 1, 2, 255]
    assert "VOC's palette" in reading.said


@pytest.mark.parametrize("classes", ["", CLASSES, "cow 1 2 3\nsheep 4 5 6\n"])
def test_unknown_colours_are_listed(classes):
    pictures("set/images/{0..2}.jpg")
    masks("set/masks/*.png", [BLACK, RED, GREEN], "RGB")
    if classes:
        text("set/classes.txt", classes)
    with pytest.raises(SeedmaskError, match=r"200 0 0 in 3 masks.*name R G B"):
        read("set")


FILES = {
    "one bit": ("png", "1", [0, 255], "cow\n", [0, 1]),
    "0 and 255": ("png", "L", [0, 255], "cow\n", [0, 1]),
    "TIFF": ("tif", "L", [0, 1, 2], CLASSES, [0, 1, 2]),
    "16 bits": ("png", "I;16", [0, 1, 2], CLASSES, [0, 1, 2]),
    "grey saved as RGB": ("png", "RGB", [(0, 0, 0), (1, 1, 1), (2, 2, 2)], CLASSES, [0, 1, 2]),
    "BMP": ("bmp", "L", [0, 1, 2, 255], CLASSES, [0, 1, 2, 255]),
}


@pytest.mark.parametrize("kind", FILES, ids=str)
def test_files_of_other_kinds_become_numbers(kind):
    suffix, mode, values, classes, right = FILES[kind]
    pictures("set/images/{0..2}.jpg")
    masks(f"set/masks/*.{suffix}", values, mode)
    text("set/classes.txt", classes)
    assert numbers(read("set")) == right


@pytest.mark.parametrize("bits", [2, 4])
def test_grey_of_few_bits_keeps_its_numbers(bits):
    pictures("set/images/{0..2}.jpg")
    text("set/classes.txt", CLASSES)
    Path("set/masks").mkdir()
    for number in range(3):
        rows = b"".join(b"\0" + bytes(_packed([0, 1, 2, 0, 0, 1, 2, 2], bits)) for _ in range(6))
        header = struct.pack(">IIBBBBB", 8, 6, bits, 0, 0, 0, 0)
        chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
        body = b"".join(
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
            for kind, data in chunks
        )
        text(f"set/masks/{number}.png", b"\x89PNG\r\n\x1a\n" + body)
    reading = read("set")
    assert read_mask(reading.masks["0.jpg"])[0][0].tolist() == [0, 1, 2, 0, 0, 1, 2, 2]


def _packed(values, bits):
    """Values of a row of a PNG, several in a byte."""
    each = 8 // bits
    for first in range(0, len(values), each):
        yield sum(value << (8 - bits * (place + 1)) for place, value in enumerate(values[first : first + each]))


def jpeg(number):
    Path("set/masks").mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.zeros((6, 8), np.uint8)).save(f"set/masks/{number}.jpg")


def one_of_another_size():
    masks("set/masks/*.png")
    mask("set/masks/1.png", [0, 1], size=(9, 6))


def two_of_one_picture():
    masks("set/masks/*.png")
    masks("set/gt/*.png")


REFUSED = {
    "JPEG": (lambda: [jpeg(n) for n in range(3)], ["masks", "PNG", "JPEG"]),
    "one of another size": (one_of_another_size, ["masks/1.png", "9 x 6", "8 x 6"]),
    "gaps": (lambda: masks("set/masks/*.png", [0, 76, 150, 226]), ["76, 150, 226", "grey levels of colours"]),
    "nothing but background": (lambda: masks("set/masks/*.png", [0]), ["0 alone", "no class"]),
    "two folders": (two_of_one_picture, ["several masks", "--masks FOLDER"]),
    "a damaged file": (lambda: (masks("set/masks/*.png"), text("set/masks/2.png", b"\x89PNG")), ["masks/2.png"]),
}


@pytest.mark.parametrize("kind", REFUSED, ids=str)
def test_is_refused_with_the_reason(kind):
    pictures("set/images/{0..2}.jpg")
    make, words = REFUSED[kind]
    make()
    with pytest.raises(SeedmaskError) as error:
        read("set")
    assert [word for word in words if word not in str(error.value)] == []


def test_more_numbers_than_classes_are_refused():
    pictures("set/images/{0..2}.jpg")
    masks("set/masks/*.png", [0, 1, 7])
    text("set/classes.txt", CLASSES)
    with pytest.raises(SeedmaskError, match=r"1, 7.*2 classes \(cow, sheep\)"):
        read("set")
    text("set/classes.txt", "cow\nbackground\nsheep\n")
    with pytest.raises(SeedmaskError, match="background is number 2 of the list"):
        read("set")


def test_a_folder_of_masks_is_chosen_or_all_are_left_out():
    pictures("set/images/{0..2}.jpg")
    two_of_one_picture()
    masks("set/gt/*.png", [0, 2, 1])
    text("set/classes.txt", CLASSES)
    drawn = read_mask(read("set", masks="gt").masks["0.jpg"])[0]
    assert [drawn[row, 0] for row in (0, 2, 5)] == [0, 2, 1]
    assert "labels are missing" in read("set", masks="none").said


def test_drawings_and_masks_of_objects_are_neither_pictures_nor_masks():
    pictures("set/JPEGImages/{0..2}.jpg", "set/SegmentationClassVisualization/{0..2}.jpg")
    masks("set/SegmentationClassPNG/*.png")
    masks("set/SegmentationObjectPNG/*.png")
    text("set/class_names.txt", "__ignore__\n_background_\ncow\nsheep\n")
    reading = read("set")
    assert len(reading.splits) == len(reading.masks) == 3
    assert "6 files are drawings, maps or other masks" in reading.said


def test_maps_with_the_names_of_pictures_are_no_pictures():
    pictures("set/JPEGImages/{0..2}.jpg", "set/saliency/{0..2}.png", "set/overlay/{0..2}.jpg")
    text("set/labels.csv", "image,tags\n0,cow\n1,sheep\n2,cow\n")
    assert read("set").splits == {"0.jpg": "train", "1.jpg": "train", "2.jpg": "train"}


def test_cityscapes_has_several_files_a_picture():
    pictures("set/leftImg8bit/train/b/b_{0..2}_leftImg8bit.png")
    masks("set/gtFine/train/b/b_*_gtFine_labelTrainIds.png")
    masks("set/gtFine/train/b/b_*_gtFine_labelIds.png", [0, 7, 8])
    masks("set/gtFine/train/b/b_*_gtFine_instanceIds.png", [0, 7, 8])
    masks("set/gtFine/train/b/b_*_gtFine_color.png", [BLACK, RED], "RGB")
    text("set/classes.txt", CLASSES)
    reading = read("set")
    assert len(reading.splits) == len(reading.masks) == 3
    assert numbers(reading, "b_0_leftImg8bit.png") == [0, 1, 2]


def test_masks_whose_order_contradicts_the_tags_are_refused():
    pictures("set/images/{0..3}.jpg")
    text("set/labels.csv", "image,tags\n0,zebra\n1,zebra\n2,cow\n3,cow\n")
    for number in range(4):
        mask(f"set/masks/{number}.png", [0, 1 if number < 2 else 2])
    with pytest.raises(SeedmaskError, match="contradict each other about 4 of 4"):
        read("set")
    text("set/classes.txt", "zebra\ncow\n")
    assert read("set").classes == ("zebra", "cow")


def test_some_pictures_without_masks_are_predicted():
    pictures("set/images/{0..5}.jpg")
    masks("set/masks/*.png", numbers=range(5))
    text("set/masks/9.png", Path("set/masks/0.png").read_bytes())
    text("set/classes.txt", CLASSES)
    reading = read("set")
    assert reading.counts == {"train": 4, "val": 1, "untagged": 1}
    assert "1 masks belong to no picture (masks/9.png)" in reading.said


def test_folders_beside_masks_may_be_classes_or_places():
    pictures("set/images/aachen/{0..1}.jpg", "set/images/berlin/{2..2}.jpg")
    mask("set/masks/aachen/0.png", [0, 1])
    mask("set/masks/aachen/1.png", [0, 1])
    mask("set/masks/berlin/2.png", [0, 2])
    with pytest.raises(SeedmaskError, match="--labels class_folders: 2 folders") as error:
        read("set")
    assert "--labels masks: masks say what pictures show" in str(error.value)
    assert read("set", labels="class_folders").tags["2.jpg"] == ("berlin",)
    reading = read("set", labels="masks")
    assert reading.classes == ("class_1", "class_2")
    assert set(reading.tags.values()) == {()}
