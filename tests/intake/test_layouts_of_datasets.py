"""Layouts of public data sets, competitions and export formats: read right, or refused with what decides."""

import json

import numpy as np
import pytest
from intake_kit import mask, picture, pictures, read, text
from PIL import Image

from seedmask.dataset.images import read_mask
from seedmask.errors import SeedmaskError


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


COW, SHEEP, BOTH, NONE = ("cow",), ("sheep",), ("cow", "sheep"), ()
FOUR = {"0.jpg": COW, "1.jpg": SHEEP, "2.jpg": BOTH, "3.jpg": NONE}
ALL = {"train": 4}
HALF = {"train": 2, "test": 2}


def hot(yes, no, header="image,cow,sheep", mark=","):
    rows = [header, *(mark.join([f"{n}.jpg", *cells]) for n, cells in enumerate([(yes, no), (no, yes), (yes, yes)]))]
    return "\n".join([*rows, mark.join(["3.jpg", no, no])]) + "\n"


SAYING_THE_SAME = {
    "boxes without a header": (
        "cow,10,20,30,40,0.jpg,640,480\nsheep,1,2,3,4,1.jpg,640,480\ncow,1,2,3,4,2.jpg,640,480\n"
        "sheep,5,6,7,8,2.jpg,640,480\nnone,1,2,3,4,3.jpg,640,480\n"
    ),
    "boxes behind names": (
        "0.jpg,1,2,3,4,cow\n1.jpg,1,2,3,4,sheep\n2.jpg,1,2,3,4,cow\n2.jpg,5,6,7,8,sheep\n3.jpg,,,,,\n"
    ),
    "WAHR and FALSCH": hot("WAHR", "FALSCH", "Bild;cow;sheep", ";"),
    "VRAI and FAUX": hot("VRAI", "FAUX", "Fichier;cow;sheep", ";"),
    "ja and nein": hot("ja", "nein", "Dateiname;cow;sheep", ";"),
    "Y and N": hot("Y", "N"),
    "crosses": hot("x", ""),
    "numbered columns of findings": "image,finding1,finding2\n0,cow,\n1,sheep,\n2,cow,sheep\n3,,\n",
    "decimal commas": hot("1,0", "0,0", "image;cow;sheep", ";"),
    "a title above the header": "Survey of 2023;;\n;;\n" + hot("1", "0", "image;cow;sheep", ";"),
    "a header of two rows": ",label,label\n" + hot("1", "0"),
    "comments": "# exported\n" + hot("1", "0") + "# end\n",
    "a sign before the header": hot("1", "0", "#image,cow,sheep"),
    "row names of R": (
        '"image","tags"\n"1","0.jpg","cow"\n"2","1.jpg","sheep"\n"3","2.jpg","cow|sheep"\n"4","3.jpg",""\n'
    ),
    "spaces of web pages": "image,tags\n0.jpg,cow\u00a0\n1.jpg,\u00a0sheep\n2.jpg,cow|sheep\u200b\n3.jpg,\u00a0\n",
    "German": "Bild;Klasse\n0;cow\n1;sheep\n2;cow|sheep\n3;\n",
    "boxes of Label Studio": "image,label\n"
    + "".join(
        f'/data/upload/1/aaaaaaaa-{n}.jpg,"[{{""x"": 1, ""rectanglelabels"": [{names}]}}]"\n'
        for n, names in enumerate(['""cow""', '""sheep""', '""cow"", ""sheep""', ""])
    ),
    "beside text, dates and boxes": (
        "image,caption,date,bbox,tags\n0,a cow on a field,2023-01-05,\"[1, 2, 3, 4]\",cow\n"
        "1,a sheep on a hill,2023-01-06,,sheep\n2,both of them here,,,cow|sheep\n3,nothing to be seen,,,\n"
    ),
}  # fmt: skip


@pytest.mark.parametrize("table", SAYING_THE_SAME, ids=str)
def test_tables_say_the_same(table):
    pictures("set/img/{0..3}.jpg")
    text("set/labels.csv", SAYING_THE_SAME[table])
    assert read("set").tags == FOUR


def table_of(*cells, header="image,label"):
    return f"{header}\n" + "".join(f"{n}.jpg,{cell}\n" for n, cell in enumerate(cells))


TWICE = {"0.jpg": COW, "1.jpg": SHEEP, "2.jpg": COW, "3.jpg": SHEEP}
KEYS = "ImageID,LabelName,Confidence\n0,/m/01xq0k1,1\n1,/m/07bgp,1\n2,/m/01xq0k1,1\n3,/m/07bgp,1\n3,/m/01xq0k1,0\n"
JOINED = {
    "numbers and a list": {"labels.csv": table_of(0, 1, 0, 1, header="image,class_id"), "classes.txt": "cow\nsheep\n"},
    "numbers from 1 and a list": {"labels.csv": table_of(1, 2, 1, 2), "classes.txt": "cow\nsheep\n"},
    "numbers as floats": {"labels.csv": table_of("1.0", "2.0", "1.0", "2.0"), "classes.txt": "cow\nsheep\n"},
    "a list with the background": {"l.csv": table_of(1, 2, 1, 2), "classes.txt": "background\ncow\nsheep\n"},
    "some numbers of a longer list": {"l.csv": table_of(0, 2, 0, 2), "classes.txt": "cow\ngoat\nsheep\n"},
    "two tables": {"l.csv": table_of(0, 1, 0, 1, header="image,class_id"), "classes.csv": "id,name\n0,cow\n1,sheep\n"},
    "categories from 1": {
        "l.csv": table_of(1, 2, 1, 2, header="image,category_id"),
        "categories.csv": "category_id,category_name\n1,cow\n2,sheep\n",
    },
    "Cassava": {"train.csv": table_of(0, 2, 0, 2), "label_num_to_disease_map.json": '{"0": "cow", "2": "sheep"}'},
    "Open Images": {"train.csv": KEYS, "class-descriptions.csv": "/m/01xq0k1,cow\n/m/07bgp,sheep\n/m/0k4j,Car\n"},
    "CIFAR": {"trainLabels.csv": "id,label\n0,cow\n1,sheep\n2,cow\n3,sheep\n"},
    "a form": {
        "train.csv": table_of("cow", "sheep", "cow", "sheep"),
        "sample_submission.csv": "id,label\n0,sheep\n",
    },
}  # fmt: skip


@pytest.mark.parametrize("case", JOINED, ids=str)
def test_names_of_classes_come_from_another_file(case):
    pictures("set/img/{0..3}.jpg")
    for name, content in JOINED[case].items():
        text(f"set/{name}", content)
    assert read("set").tags == TWICE


def test_classes_with_numbers_keep_the_order_of_numbers():
    pictures("set/img/{0..11}.jpg")
    text("set/labels.csv", table_of(*range(12)))
    text("set/classes.txt", "\n".join("abcdefghijkl"))
    assert read("set").tags == {f"{n}.jpg": ("abcdefghijkl"[n],) for n in range(12)}


SPLIT = {
    "is_train": (table_of("cow,1", "sheep,1", "cow,0", "sheep,0", header="image,label,is_train"), HALF),
    "is_valid": (
        table_of("cow,False", "sheep,False", "cow,True", "cow,True", header="image,label,is_valid"),
        {"train": 2, "val": 2},
    ),
    "is_test": (table_of("cow,0", "sheep,0", "cow,1", "sheep,1", header="image,label,is_test"), HALF),
    "a column for each split": (
        table_of("1,0,1,0", "0,1,1,0", "1,0,0,1", "0,1,0,1", header="image,cow,sheep,train,test"),
        HALF,
    ),
    "AutoML": (
        "TRAIN,gs://b/0.jpg,cow,0.1,0.2,,,0.3,0.4,,\nTRAIN,gs://b/1.jpg,sheep,0.1,0.2,,,0.3,0.4,,\n"
        "VALIDATION,gs://b/2.jpg,cow,0.1,0.2,,,0.3,0.4,,\nTEST,gs://b/3.jpg,sheep,0.1,0.2,,,0.3,0.4,,\n",
        {"train": 2, "val": 1, "test": 1},
    ),
    "AutoML, unassigned": ("".join(f"UNASSIGNED,gs://b/{n}.jpg,cow\n" for n in range(3)) + "UNASSIGNED,3.jpg,\n", ALL),
}  # fmt: skip


@pytest.mark.parametrize("kind", SPLIT, ids=str)
def test_columns_give_splits(kind):
    pictures("set/img/{0..3}.jpg")
    content, splits = SPLIT[kind]
    text("set/labels.csv", content)
    reading = read("set")
    assert reading.counts == splits
    assert set(reading.classes) <= {"cow", "sheep"}


@pytest.mark.parametrize(
    "values",
    [(0, 0, 1, 2), ("Training", "Training", "PublicTest", "PrivateTest"), ("train", "train", "holdout", "test")],
)
def test_columns_of_unclear_splits_are_refused(values):
    pictures("set/img/{0..3}.jpg")
    text("set/labels.csv", table_of(*(f"cow,{value}" for value in values), header="image,label,split"))
    with pytest.raises(SeedmaskError, match=r"labels\.csv: column split holds .*--split-from none"):
        read("set")
    assert read("set", split_from="none").counts == ALL


LISTS = {
    "names without suffix": {"train.txt": "a0\na1\n", "test.txt": "a2\na3\n"},
    "in a folder": {"splits/train.txt": "a0\na1\n", "splits/test.txt": "a2\na3\n"},
    "training and validation in one": {"train_val_list.txt": "a0.jpg\na1.jpg\n", "test_list.txt": "a2.jpg\na3.jpg\n"},
    "a list of both beside its parts": {
        "trainval.txt": "a0\na1\na2\na3\n", "train.txt": "a0\na1\n", "test.txt": "a2\na3\n"
    },
    "with numbers of species": {"trainval.txt": "a0 1 1 1\na1 1 2 3\n", "test.txt": "#x y\na2 1 1 1\na3 1 2 3\n"},
    "lst": {"train.lst": "images/a0.jpg masks/a0.png\nimages/a1.jpg masks/a1.png\n", "test.lst": "a2.jpg\na3.jpg\n"},
}  # fmt: skip


@pytest.mark.parametrize("kind", LISTS, ids=str)
def test_lists_give_splits_of_masks(kind):
    pictures("set/images/a{0..3}.jpg")
    masks("set/masks/a*.png")
    text("set/classes.txt", "cow\nsheep\n")
    for name, content in LISTS[kind].items():
        text(f"set/{name}", content)
    assert read("set").counts == HALF


def test_tables_named_by_split():
    pictures("set/img/{0..3}.jpg")
    text("set/train.csv", "image,label\n0.jpg,cow\n1.jpg,sheep\n")
    text("set/valid.csv", "image,label\n2.jpg,cow\n3.jpg,sheep\n")
    assert read("set").counts == {"train": 2, "val": 2}


REFUSED_TABLES = {
    "boxes alone": ("0.jpg,39,116,569,375,2\n1.jpg,36,116,868,587,1\n", ["not clear", "--label-column"]),
    "grades": (table_of(0, 3, 4, 0, header="image,level"), ["level: 0, 3, 4", "--label-column"]),
    "sentences": (
        table_of("a cow on a field", "two sheep here", "a brown cow", "b c d", header="image,text"),
        ["text"],
    ),
    "dates": (table_of("2023-01-05", "2023-01-06", header="image,captured"), ["captured", "--label-column"]),
    "boxes": (table_of('"[1.0, 2, 3, 4]"', '"[1, 2, 3, 5]"', header="image,bbox"), ["bbox", "--label-column"]),
    "numbers with spaces": (table_of("16 0", "7 16 0", "7", header="image,Target"), ["Target", "--separator"]),
    "numbers below 0": (table_of(-1, 2, 0, 1), ["labels.csv: -1"]),
    "a slash that may separate": (table_of("cow", "sheep", "cow/sheep"), ["--separator '/'"]),
    "a plus that may separate": (table_of("cow", "sheep", "cow + sheep"), ["--separator '+'"]),
    "objects in cells": (table_of('"{""a"": 1}"', '"{""a"": 2}"'), ["labels.csv line 2", "objects"]),
}


@pytest.mark.parametrize("kind", REFUSED_TABLES, ids=str)
def test_tables_are_refused_with_what_decides(kind):
    pictures("set/img/{0..3}.jpg")
    content, words = REFUSED_TABLES[kind]
    text("set/labels.csv", content)
    try:
        said = read("set").said
        assert "labels are missing" in said
    except SeedmaskError as error:
        said = str(error)
    assert [word for word in words if word not in said] == []


@pytest.mark.parametrize(
    ("numbers", "classes"), [((0, 2, 0, 2), "a\nb\n"), ((1, 2, 1, 2), "a\nb\nc\nd\n"), ((0, 1, 2, 5), "a\nb\nc\n")]
)
def test_numbers_that_a_list_does_not_name_are_refused(numbers, classes):
    pictures("set/img/{0..3}.jpg")
    text("set/labels.csv", table_of(*numbers))
    text("set/classes.txt", classes)
    with pytest.raises(SeedmaskError, match=r"labels\.csv: numbers of classes are .*classes\.txt"):
        read("set")


@pytest.mark.parametrize("pattern", ["{0}/{1}/{2}.jpg", "seg_{0}/seg_{0}/{1}/{2}.jpg", "cars_{0}/{1}/{2}.jpg"])
@pytest.mark.parametrize("train", ["train", "Train", "Training"])
def test_folders_of_classes_below_splits(pattern, train):
    for split, test in ((train, 0), ("test", 2)):
        for name in ("cow", "sheep"):
            picture("set/" + pattern.format(split, name, f"{name}{test}"))
    picture("set/seg_pred/seg_pred/9.jpg") if "seg" in pattern else None
    reading = read("set")
    assert set(reading.classes) == {"cow", "sheep"}
    assert {split: count for split, count in reading.counts.items() if split != "untagged"} == HALF


@pytest.mark.parametrize(
    "folders", [("2023/01/05", "2023/02/07"), ("DCIM/100CANON", "DCIM/101CANON"), ("fold1", "fold2")]
)
def test_folders_of_dates_and_cameras_are_no_classes(folders):
    for number, folder in enumerate(folders):
        pictures(f"set/{folder}/a{number}.jpg")
    assert "labels are missing" in read("set").said


def test_folders_of_two_levels_are_asked_about():
    for number, person in enumerate(("p1", "p2")):
        picture(f"set/{person}/cow/{number}.jpg")
        picture(f"set/{person}/sheep/{number + 2}.jpg")
    with pytest.raises(SeedmaskError, match=r"(?s)outer folders p1, p2.*inner folders cow, sheep"):
        read("set")
    assert set(read("set", label_column=("2",)).classes) == {"cow", "sheep"}
    assert set(read("set", label_column=("1",)).classes) == {"p1", "p2"}


@pytest.mark.parametrize("folders", [("x", "y"), ("trainA", "trainB"), ("my-Image", "my-Mask")])
def test_a_folder_that_may_hold_masks_is_no_class(folders):
    pictures(f"set/{folders[0]}/{{0..3}}.png")
    masks(f"set/{folders[1]}/*.png")
    with pytest.raises(SeedmaskError, match=f"folder {folders[1]} may hold the masks of {folders[0]}"):
        read("set")


def test_thumbnails_of_network_storage_are_no_pictures():
    for name in ("cow", "sheep"):
        pictures(f"set/{name}/{name}.jpg", f"set/{name}/@eaDir/{name}.jpg/SYNOPHOTO_THUMB_M.jpg")
        text(f"set/__MACOSX/{name}/._{name}.jpg", b"\0\5")
    assert read("set").tags == {"cow.jpg": COW, "sheep.jpg": SHEEP}


def masks(pattern, values=(0, 1, 2), mode="L", numbers=range(4)):
    for number in numbers:
        mask(pattern.replace("*", str(number)), list(values), mode)


BINARY, RGB = (0, 255), [(0, 0, 0), (200, 0, 0), (0, 200, 0)]
LAYOUTS = {
    "COD10K": ("Train/Image/a{0..3}.jpg", "Train/GT_Object/a*.png"),
    "two beginnings": ("images/image_{0..3}.png", "masks/mask_*.png"),
    "beginnings without a sign": ("images/img{0..3}.png", "masks/mask*.png"),
    "DRIVE": ("training/images/2{0..3}_training.tif", "training/1st_manual/2*_manual1.gif"),
    "CVAT's CamVid": ("default/{0..3}.png", "defaultannot/*.png"),
    "LIP": ("train_images/{0..3}.jpg", "TrainVal_parsing_annotations/train_segmentations/*.png"),
    "Potsdam": ("2_Ortho_RGB/top_2_1{0..3}_RGB.tif", "5_Labels_all/top_2_1*_label.tif"),
    "ISIC": ("I2018_Task1-2_Training_Input/I_{0..3}.jpg", "I2018_Task1_Training_GroundTruth/I_*_segmentation.png"),
    "DUTS": ("DUTS-TR/DUTS-TR-Image/{0..3}.jpg", "DUTS-TR/DUTS-TR-Mask/*.png"),
    "capital letters": ("Images/A{0..3}.JPG", "Masks/a*_Mask.PNG"),
}  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS, ids=str)
def test_masks_find_their_pictures(layout):
    images, drawn = LAYOUTS[layout]
    pictures(f"set/{images}")
    masks(f"set/{drawn}")
    text("set/classes.txt", "cow\nsheep\n")
    reading = read("set")
    assert len(reading.splits) == len(reading.masks) == 4
    assert all(np.unique(read_mask(path)[0]).tolist() == [0, 1, 2] for path in reading.masks.values())


def other_palettes():
    for number, colours in enumerate([RGB, RGB, [RGB[0], RGB[2], RGB[1]]]):
        mask(f"set/masks/{number}.png", [0, 1, 2])
        with Image.open(f"set/masks/{number}.png") as image:
            image.putpalette([channel for colour in colours for channel in colour])
            image.save(f"set/masks/{number}.png")


REFUSED_MASKS = {
    "trimaps": (lambda: masks("set/masks/*.png", [1, 2, 3]), ["1 to 3 and no 0", "classes.txt"]),
    "names of no picture": (lambda: masks("set/masks/m*.png"), ["look like masks", "masks/m0.png", "--masks none"]),
    "255 alone": (lambda: masks("set/masks/*.png", [255]), ["255 alone"]),
    "a palette for each": (other_palettes, ["the colour", "has number", "classes.txt"]),
    "instances in files": (
        lambda: masks("set/masks/0/*.png", BINARY) or masks("set/masks/1/*.png", BINARY),
        ["several masks", "masks/0/0.png, masks/1/0.png"],
    ),
    "two observers": (
        lambda: masks("set/images/*_1stHO.png", BINARY) or masks("set/images/*_2ndHO.png", BINARY),
        ["several masks", "_2ndHO"],
    ),
    "a second mask": (
        lambda: masks("set/images/*_mask.png", BINARY) or mask("set/images/0_mask_1.png", BINARY),
        ["several masks", "0_mask_1.png"],
    ),
}


@pytest.mark.parametrize("kind", REFUSED_MASKS, ids=str)
def test_masks_are_refused_with_the_reason(kind):
    pictures("set/images/{0..3}.jpg")
    make, words = REFUSED_MASKS[kind]
    make()
    with pytest.raises(SeedmaskError) as error:
        read("set")
    assert [word for word in words if word not in str(error.value)] == []


def test_masks_of_no_picture_can_be_left_out():
    pictures("set/images/{0..3}.jpg")
    masks("set/masks/m*.png")
    assert len(read("set", masks="none").said) > 0


def test_white_masks_of_several_classes_are_refused():
    for name in ("cow", "sheep"):
        pictures(f"set/{name}/{name} (1).png")
        mask(f"set/{name}/{name} (1)_mask.png", BINARY)
    with pytest.raises(SeedmaskError, match=r"not clear which of 2 classes \(cow, sheep\)"):
        read("set", labels="class_folders")


def test_masks_of_defects_beside_splits():
    pictures(
        "set/bottle/train/good/{0..2}.png", "set/bottle/test/good/a{0..1}.png", "set/bottle/test/broken/b{0..1}.png"
    )
    masks("set/bottle/ground_truth/broken/b*_mask.png", [0, 1], numbers=range(2))
    reading = read("set")
    assert reading.counts == {"train": 3, "test": 4}
    assert len(reading.masks) == 2


def test_channels_as_files_are_refused():
    pictures("set/imagesTr/a{0..2}_0000.png", "set/imagesTr/a{0..2}_0001.png")
    masks("set/labelsTr/a*.png", numbers=range(3))
    text("set/dataset.json", json.dumps({"labels": {"background": 0, "cow": 1, "sheep": 2}}))
    with pytest.raises(SeedmaskError, match="two channels of one picture"):
        read("set")


def test_colours_of_no_known_class_are_ignored():
    pictures("set/train/{0..3}_sat.jpg")
    masks("set/train/*_mask.png", RGB, "RGB")
    text("set/class_dict.csv", "name,r,g,b\ncow,200,0,0\nsheep,0,200,0\nunknown,0,0,0\n")
    text(
        "set/metadata.csv",
        "image_id,split,sat_image_path\n" + "".join(f"{n},train,train/{n}_sat.jpg\n" for n in range(4)),
    )
    reading = read("set")
    assert reading.classes == ("cow", "sheep")
    assert np.unique(read_mask(reading.masks["0_sat.jpg"])[0]).tolist() == [1, 2, 255]


TEXTS = {
    "commas": ("labels.txt", "img/0.jpg,cow\nimg/1.jpg,sheep\nimg/2.jpg,cow\nimg/3.jpg,sheep\n"),
    "spaces": ("labels.txt", "0.jpg cow\n1.jpg sheep\n2.jpg cow\n3.jpg sheep\n"),
    "tabs and a header": ("data.txt", "image\tlabel\n0.jpg\tcow\n1.jpg\tsheep\n2.jpg\tcow\n3.jpg\tsheep\n"),
}


@pytest.mark.parametrize("kind", TEXTS, ids=str)
def test_texts_are_tables(kind):
    pictures("set/img/{0..3}.jpg")
    name, content = TEXTS[kind]
    text(f"set/{name}", content)
    assert read("set").tags == TWICE


def test_tables_are_joined_by_the_ids_of_images():
    pictures("set/img/{0..3}.jpg")
    text("set/images.csv", "id,file_name\n0,3.jpg\n1,2.jpg\n2,1.jpg\n3,0.jpg\n")
    text("set/annotations.csv", "id,image_id,category_id\n0,3,1\n1,2,2\n2,1,1\n3,0,2\n")
    text("set/categories.csv", "id,name\n1,cow\n2,sheep\n")
    assert read("set").tags == TWICE


def test_splits_by_numbers_of_images_are_refused():
    for name in ("001.cow", "002.sheep"):
        pictures(f"set/images/{name}/{name}_{{0..1}}.jpg")
    text("set/train_test_split.txt", "1 1\n2 0\n3 1\n4 0\n")
    with pytest.raises(SeedmaskError, match=r"train_test_split\.txt: seems to give splits by numbers"):
        read("set")
    assert read("set", split_from="none").counts == ALL


MORE_SPLITS = {
    "a table for validation beside another": ("labels.csv", "labels_val.csv", "val"),
    "lists with other words": ("places_train_standard.txt", "places_val.txt", "val"),
    "tables with other words": ("oidv6-train-bbox.csv", "oidv6-test-bbox.csv", "test"),
}


@pytest.mark.parametrize("kind", MORE_SPLITS, ids=str)
def test_names_of_several_tables_are_splits(kind):
    pictures("set/img/{0..3}.jpg")
    *names, split = MORE_SPLITS[kind]
    for name, numbers in zip(names, ("01", "23"), strict=True):
        header, mark = ("", " ") if name.endswith("txt") else ("image,label\n", ",")
        text(f"set/{name}", header + "".join(f"{n}.jpg{mark}{'cow' if n in '02' else 'sheep'}\n" for n in numbers))
    reading = read("set")
    assert reading.tags == TWICE
    assert reading.counts == {"train": 2, split: 2}


def test_a_class_that_no_picture_shows_has_letters_too():
    pictures("set/img/{0..1}.jpg")
    text("set/labels.csv", "image,cow,sheep,goat\n0,Y,N,N\n1,N,Y,N\n")
    assert read("set").tags == {"0.jpg": COW, "1.jpg": SHEEP}


def test_cells_of_absence():
    pictures("set/img/{0..1}.jpg")
    text("set/l.csv", "image,label,present\n0,cow,True\n0,sheep,False\n1,cow,False\n1,sheep,True\n")
    assert read("set").tags == {"0.jpg": COW, "1.jpg": SHEEP}


def test_grades_beside_yes_and_no_are_refused():
    pictures("set/img/{0..3}.jpg")
    text("set/labels.csv", hot("1", "0").replace("0.jpg,1", "0.jpg,2"))
    with pytest.raises(SeedmaskError, match="column cow holds 2, 0, 1 beside columns of yes and no"):
        read("set")
    assert read("set", label_column=("each",)).classes == ("sheep",)


@pytest.mark.parametrize("names", [("Mask", "No Mask"), ("label", "bottle"), ("with_mask", "without_mask")])
def test_photographs_of_masks_are_a_class(names):
    for number, name in enumerate(names):
        pictures(f"set/Train/{name}/a{number}.jpg", f"set/Test/{name}/b{number}.jpg")
    reading = read("set")
    assert set(reading.classes) == {*names}
    assert reading.counts == HALF


def test_tags_in_nameless_columns_are_read():
    pictures("set/img/{0..1}.jpg")
    text("set/labels.csv", "image,tags,,\n0.jpg,cow,sheep,\n1.jpg,sheep,,\n")
    assert read("set").tags == {"0.jpg": BOTH, "1.jpg": SHEEP}


def test_masks_beside_a_folder_of_pictures_and_our_own_table(tmp_path):
    pictures("photos/pictures/{0..3}.jpg")
    for number in range(4):
        mask(f"photos/masks/{number}.png", [0, 1 + number % 2])
    text("photos/tags.csv", "image,tags\n0.jpg,cow\n1.jpg,sheep\n2.jpg,cow\n3.jpg,sheep\n")
    text("photos/classes.txt", "cow\nsheep\n")
    got = read("photos")
    assert got.masks.keys() == {f"{number}.jpg" for number in range(4)}
    assert got.tags == {"0.jpg": COW, "1.jpg": SHEEP, "2.jpg": COW, "3.jpg": SHEEP}
