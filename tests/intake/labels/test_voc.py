import pytest

from seedmask.errors import InputError, SeedmaskError
from seedmask.intake.labels import voc
from seedmask.intake.options import ReadingOptions


def read_labels(scan):
    return voc.read_labels(scan, ReadingOptions())


def xml(*names):
    return f"<annotation>{''.join(f'<object><name>{name}</name></object>' for name in names)}</annotation>"


ANNOTATED = {"V/Annotations/a.xml": xml("dog", "dog"), "V/Annotations/b.xml": xml("cow")}
LISTS = {"V/ImageSets/Segmentation/train.txt": "a\n", "V/ImageSets/Segmentation/val.txt": "b\n"}
PICTURES = ("V/JPEGImages/a.jpg", "V/JPEGImages/b.jpg", "V/JPEGImages/c.jpg")


def test_tags_are_those_of_annotations_and_splits_those_of_lists(folder, tmp_path):
    found = read_labels(folder(*PICTURES, texts=ANNOTATED | LISTS, masks={"V/SegmentationClass/a.png": 1}))
    assert found.tags == {PICTURES[0]: ("dog",), PICTURES[1]: ("cow",)}
    assert found.splits == {PICTURES[0]: "train", PICTURES[1]: "val"}
    assert found.split_rule == "list ImageSets/Segmentation/train.txt and list ImageSets/Segmentation/val.txt"
    assert len(found.classes) == 20
    assert found.masks == "V/SegmentationClass"
    assert found.layout["root"] == str(tmp_path / "V")
    assert "1 pictures are in no list and are left out" in found.notes


def test_of_two_folders_of_masks_vocs_own_is_scored_and_the_augmented_one_learned_from(folder):
    masks = {"V/SegmentationClass/a.png": 1, "V/SegmentationClassAug/a.png": 1, "V/SegmentationClassAug/b.png": 1}
    found = read_labels(folder(*PICTURES, texts=ANNOTATED | LISTS, masks=masks))
    assert (found.masks, found.training_masks) == ("V/SegmentationClass", "V/SegmentationClassAug")
    assert found.layout["masks"] == "SegmentationClass"
    assert found.layout["training_masks"] == "SegmentationClassAug"
    assert "score_lists" not in found.layout


def test_of_an_augmented_list_the_pictures_of_vocs_own_are_scored(folder):
    texts = ANNOTATED | {"V/ImageSets/Segmentation/train.txt": "a\n", "V/ImageSets/Segmentation/trainaug.txt": "a\nb\n"}
    found = read_labels(folder(*PICTURES, texts=texts, masks={"V/SegmentationClassAug/b.png": 1}))
    assert found.layout["splits"] == {"train": "ImageSets/Segmentation/trainaug.txt"}
    assert found.layout["score_lists"] == {"train": "ImageSets/Segmentation/train.txt"}
    assert "of split train, the 1 pictures of ImageSets/Segmentation/train.txt are scored" in found.layout_notes
    assert found.layout["masks"] == "SegmentationClassAug"


def test_masks_of_classes_without_an_order_are_not_taken(folder):
    texts = {"V/Annotations/a.xml": xml("yak"), "V/ImageSets/Main/train.txt": "a\n"}
    scan = folder(*PICTURES, texts=texts, masks={"V/SegmentationClass/a.png": 1})
    found = read_labels(scan)
    assert found.masks is None
    assert any("nothing says which number stands for which class" in note for note in found.notes)


@pytest.mark.parametrize(
    ("name", "text", "direct"),
    [
        ("classes.txt", "yak\ndog\n", True),
        ("classes.txt", "background\nyak\ndog\n", False),
        ("class_names.txt", "__ignore__\n_background_\nyak\ndog\n", False),
        ("labelmap.txt", "# label:color_rgb:parts:actions\nbackground:0,0,0::\nyak:128,0,0::\ndog:0,128,0::\n", False),
    ],
)
def test_lists_of_names_give_the_order_of_classes_without_background(folder, name, text, direct):
    texts = {f"V/{name}": text, "V/Annotations/a.xml": xml("yak", "background"), "V/ImageSets/Main/train.txt": "a\n"}
    found = read_labels(folder(*PICTURES, texts=texts))
    assert found.classes == ("yak", "dog")
    assert found.tags == {PICTURES[0]: ("yak",)}
    assert (found.layout is not None) == direct


@pytest.mark.parametrize("name", ["train_aug", "trainaug"])
def test_the_augmented_list_is_preferred_and_lists_of_one_class_are_none(folder, name):
    lists = {f"V/ImageSets/Segmentation/{name}.txt": "a\nc\n", "V/ImageSets/Main/val.txt": "a  1\nb -1\n"}
    found = read_labels(folder(*PICTURES, texts=ANNOTATED | LISTS | lists))
    assert found.layout["splits"]["train"] == f"ImageSets/Segmentation/{name}.txt"
    assert found.layout["splits"]["val"] == "ImageSets/Segmentation/val.txt"
    assert any("not that of ImageSets/Segmentation/train.txt" in note for note in found.notes)


@pytest.mark.parametrize(
    "line",
    [
        "/JPEGImages/{0}.jpg /SegmentationClassAug/{0}.png",
        "{0}.jpg",
        "JPEGImages/{0}",
        "{0}",
        "VOC2012\\JPEGImages\\{0}.jpg",
    ],
)
@pytest.mark.parametrize("place", ["ImageSets/Segmentation/train_aug.txt", "voc12/train_aug.txt", "train_aug.txt"])
def test_lists_of_repositories_name_pictures_in_many_ways_and_lie_anywhere(folder, line, place):
    lists = {f"V/{place}": f"{line.format('a')}\n{line.format('c')}\n", "V/ImageSets/Segmentation/val.txt": "b\n"}
    found = read_labels(folder(*PICTURES, texts=ANNOTATED | lists))
    assert found.splits == {PICTURES[0]: "train", PICTURES[2]: "train", PICTURES[1]: "val"}
    assert f"V/{place}" in found.files
    assert found.layout["splits"]["train"] == place


def test_lines_of_pictures_that_are_gone_are_counted(folder):
    found = read_labels(folder(*PICTURES, texts=ANNOTATED | {"V/ImageSets/Main/train.txt": "a\nb\nc\ngone\n"}))
    assert (found.names, found.unmatched, found.unmatched_example) == (4, 1, '"gone"')
    assert any("lists name 1 pictures that are not there" in note for note in found.notes)


def test_a_training_list_of_no_picture_is_refused_and_another_one_is_named(folder):
    with pytest.raises(SeedmaskError, match=r"train.txt: none of its lines names a picture"):
        read_labels(folder(*PICTURES, texts=ANNOTATED | {"V/ImageSets/Main/train.txt": "x\ny\n"}))
    found = read_labels(
        folder(*PICTURES, texts=ANNOTATED | {"V/ImageSets/Main/train.txt": "a\n", "V/ImageSets/Main/test.txt": "x\n"})
    )
    assert set(found.layout["splits"]) == {"train"}
    assert any("test.txt: names none of the pictures" in note for note in found.notes)


def test_a_picture_in_two_lists_is_an_error_with_its_line(folder):
    lists = {"V/ImageSets/Main/train.txt": "a\n", "V/ImageSets/Main/val.txt": "b\n\na\n"}
    with pytest.raises(InputError, match=r"val.txt line 3: V/JPEGImages/a.jpg is in `val` and in `train`"):
        read_labels(folder(*PICTURES, texts=ANNOTATED | lists))


def test_trainval_is_for_training_where_there_is_no_other_list(folder):
    found = read_labels(folder(*PICTURES, texts=ANNOTATED | {"V/ImageSets/Main/trainval.txt": "a\nb\n"}))
    assert found.splits == {PICTURES[0]: "train", PICTURES[1]: "train"}


def test_without_annotations_lists_of_classes_are_the_labels(folder):
    lists = {
        "V/ImageSets/Main/cow_train.txt": "a  1\nb -1\n",
        "V/ImageSets/Main/dog_train.txt": "a -1\nb  0\n",
        "V/ImageSets/Main/cow_val.txt": "c -1\n",
        "V/ImageSets/Main/dog_val.txt": "c -1\n",
    }
    found = read_labels(folder(*PICTURES, texts=lists))
    assert found.tags == {PICTURES[0]: ("cow",), PICTURES[1]: ("dog",), PICTURES[2]: ()}
    assert found.splits == {PICTURES[0]: "train", PICTURES[1]: "train", PICTURES[2]: "val"}
    assert found.layout is None
    assert set(found.files) == set(lists)
    assert any("1 lines have 0" in note for note in found.notes)


def test_a_bad_line_of_a_list_of_a_class_is_an_error(folder):
    with pytest.raises(InputError, match=r"cow_train.txt line 2: \"b maybe\"; write an id and 1, 0 or -1"):
        read_labels(folder(*PICTURES, texts={"V/ImageSets/Main/cow_train.txt": "a 1\nb maybe\n"}))


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


@pytest.mark.parametrize(
    ("tags", "said"),
    [
        ("a 11\nb 9\n", "its tags of 2 pictures are those in Annotations; those are taken"),
        ("a 11\nb 9 14\n", "of 2 pictures 1 have other tags than in Annotations (b: cow, person; there cow); those"),
        ("a 20\n", "is not used: it is no list of tags of these pictures"),
    ],
)
def test_a_file_of_tags_beside_annotations_is_compared_with_them(folder, tags, said):
    found = read_labels(folder(*PICTURES, texts=ANNOTATED | LISTS | {"V/train_cls.txt": tags}))
    assert any("V/train_cls.txt" in note and said in note for note in found.notes)
