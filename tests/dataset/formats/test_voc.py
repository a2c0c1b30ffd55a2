import re

import numpy as np
import pytest

from seedmask.config.dataset import VocDataset
from seedmask.dataset.formats import list_images
from seedmask.dataset.formats.voc import id_of_line
from seedmask.testing.formats import FolderContent, FormatContract, messages, write_mask, write_picture

OBJECT = "<object><name>{}</name><difficult>{}</difficult><part><name>head</name></part></object>"


def write_xml(path, tags, difficult=0):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"<annotation>{''.join(OBJECT.format(tag, difficult) for tag in tags)}</annotation>")


class TestVoc(FormatContract):
    def write(self, root, content):
        lists = {"train": [], "val": []}
        (root / "JPEGImages").mkdir(parents=True)
        for picture_id, (split, tags) in content.pictures.items():
            write_picture(self.picture(root, picture_id))
            lists.setdefault(split, []).append(picture_id)
            if tags is not None:
                write_xml(root / "Annotations" / f"{picture_id}.xml", tags)
        for picture_id, value in content.masks.items():
            write_mask(root / "SegmentationClass" / f"{picture_id}.png", value)
        (root / "ImageSets").mkdir()
        for split, ids in lists.items():
            (root / "ImageSets" / f"{split}.txt").write_text("\n".join(ids))
        (root / "classes.txt").write_text("\n".join(content.classes))
        return VocDataset(name="voc", root=str(root), splits={split: f"ImageSets/{split}.txt" for split in lists})

    def picture(self, root, picture_id):
        return root / "JPEGImages" / f"{picture_id}.jpg"


@pytest.fixture
def voc(tmp_path):
    """A VOC folder with the official classes; returns its settings."""
    content = FolderContent(
        pictures={"a": ("train", ("cow",)), "b": ("train", ()), "v": ("val", ("dog",))}, masks={"v": 12}
    )
    dataset = TestVoc().write(tmp_path, content)
    (tmp_path / "classes.txt").unlink()
    assert list_images(dataset).problems == ()
    return dataset


def test_without_a_class_list_the_classes_are_those_of_voc(voc):
    listing = list_images(voc)
    assert len(listing.classes) == 20
    assert {entry.id: entry.tags for entry in listing.entries} == {"a": (9,), "b": (), "v": (11,)}


def test_difficult_objects_count_as_tags_and_parts_do_not(voc, tmp_path):
    write_xml(tmp_path / "Annotations" / "b.xml", ["dog"], difficult=1)
    assert {entry.id: entry.tags for entry in list_images(voc).entries}["b"] == (11,)


def test_a_split_list_may_have_bom_crlf_blank_lines_spaces_and_doubled_lines(voc, tmp_path):
    (tmp_path / "ImageSets" / "train.txt").write_bytes("\ufeffb \r\n\r\na\r\nb\r\n".encode())
    listing = list_images(voc)
    assert listing.problems == ()
    assert [entry.id for entry in listing.entries] == ["a", "b", "v"]
    assert any('line 4 lists "b" again' in note for note in listing.notes)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("", "train.txt: split `train` has no pictures; list their ids, one a line"),
        ("\n \n", "train.txt: split `train` has no pictures; list their ids, one a line"),
        ("a\nbb\n", 'train.txt line 2: "bb" names no picture in JPEGImages (nearest: "b"); write one id a line'),
        ("a b\n", 'train.txt line 1: "a b" names no picture in JPEGImages; write one id a line; restore'),
        ("a\nb\nv\n", 'val.txt line 1: "v" is in split `val` and in `train` ({root}/ImageSets/train.txt line 3)'),
    ],
)
def test_a_bad_split_list_is_a_problem_with_its_line_and_a_remedy(voc, tmp_path, lines, message):
    (tmp_path / "ImageSets" / "train.txt").write_text(lines)
    assert message.format(root=tmp_path) in messages(list_images(voc))


@pytest.mark.parametrize(
    "line",
    [
        "{0}.jpg",
        "JPEGImages/{0}.jpg",
        "JPEGImages/{0}",
        "/JPEGImages/{0}.jpg /SegmentationClassAug/{0}.png",
        "VOC2012/JPEGImages/{0}.jpg,VOC2012/SegmentationClass/{0}.png",
        "VOC2012\\JPEGImages\\{0}.JPG",
        "{0}  1",
        "{0} -1",
    ],
)
def test_lists_name_pictures_by_id_file_or_path_with_a_mask_or_number_behind(voc, tmp_path, line):
    (tmp_path / "ImageSets" / "train.txt").write_text("".join(f"{line.format(key)}\n" for key in "ab"))
    listing = list_images(voc)
    assert listing.problems == ()
    assert [entry.id for entry in listing.entries] == ["a", "b", "v"]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("c d", "c d"),
        ("JPEGImages/c d.jpg SegmentationClass/c d.png", "JPEGImages/c d.jpg SegmentationClass/c d.png"),
        ("/JPEGImages/c d.jpg", "c d"),
        ("/JPEGImages/b.jpg /SegmentationClass/a.png", "/JPEGImages/b.jpg /SegmentationClass/a.png"),
        ("x/sub/a.jpg", "sub/a"),
        ("x/other/a.jpg", "a"),
        ("a.jpg.png", "a.jpg.png"),
        ("v1.2", "v1.2"),
        ("a /SegmentationClass/b.png", "a /SegmentationClass/b.png"),
    ],
)
def test_the_longest_ending_that_is_an_id_counts(line, found):
    assert id_of_line(line, {"a", "c d", "sub/a", "v1"}) == found


def test_a_missing_split_list_is_a_problem_that_names_the_setting(voc, tmp_path):
    (tmp_path / "ImageSets" / "val.txt").unlink()
    assert "val.txt: the list of split `val` is missing; write it, or correct `splits`" in messages(list_images(voc))


def test_settings_without_a_training_split_are_a_problem(voc):
    dataset = voc.model_copy(update={"splits": {"val": "ImageSets/val.txt"}})
    assert "no split is named `train`; add `train` to `splits`" in messages(list_images(dataset))


def test_a_missing_annotation_is_a_problem_in_train_and_unknown_tags_elsewhere(voc, tmp_path):
    for name in ("b", "v"):
        (tmp_path / "Annotations" / f"{name}.xml").unlink()
    listing = list_images(voc)
    assert len(listing.problems) == 1
    assert 'train.txt line 2: "b" of split `train` has no Annotations/b.xml; add the file' in messages(listing)
    assert listing.entries[-1].tags is None


def test_a_torn_annotation_is_a_problem_with_its_line(voc, tmp_path):
    (tmp_path / "Annotations" / "a.xml").write_text("<annotation>\n<object>\n<name>cow</nam")
    text = messages(list_images(voc))
    assert f"{tmp_path / 'Annotations' / 'a.xml'} line 3: not well-formed XML" in text
    assert "correct or restore the file" in text


def test_a_folder_without_pictures_names_the_folder_that_is_missing(voc, tmp_path):
    (tmp_path / "JPEGImages").rename(tmp_path / "images")
    assert f"{tmp_path / 'JPEGImages'}: the folder is missing; correct `root`" in messages(list_images(voc))


def test_truth_masks_are_optional_with_a_note(voc):
    listing = list_images(voc.model_copy(update={"masks": "SegmentationObject"}))
    assert listing.problems == ()
    assert all(entry.mask is None for entry in listing.entries)
    assert any("SegmentationObject does not exist: no truth masks" in note for note in listing.notes)


def masks_of(listing, root):
    """Folders of the masks of each image: the one that is scored, and the one to learn from."""
    return {
        entry.id: tuple(mask and mask.relative_to(root).parts[0] for mask in (entry.mask, entry.training_mask))
        for entry in listing.entries
    }


def test_trainings_may_read_other_masks_than_those_that_are_scored(voc, tmp_path):
    for name in ("a", "v"):
        write_mask(tmp_path / "Aug" / f"{name}.png", 10)
    write_mask(tmp_path / "SegmentationClass" / "b.png", 10)
    listing = list_images(voc.model_copy(update={"training_masks": "Aug"}))
    assert masks_of(listing, tmp_path) == {
        "a": (None, "Aug"),
        "b": ("SegmentationClass", None),
        "v": ("SegmentationClass", "Aug"),
    }
    assert any("Aug: 1 pictures of `train` have masks in SegmentationClass alone (b)" in note for note in listing.notes)


def test_a_list_within_a_split_says_which_of_its_pictures_are_scored(voc, tmp_path):
    for name in ("a", "b"):
        write_mask(tmp_path / "SegmentationClass" / f"{name}.png", 10)
    (tmp_path / "own.txt").write_text("JPEGImages/b.jpg\n")
    dataset = voc.model_copy(update={"score_lists": {"train": "own.txt"}})
    masks = masks_of(list_images(dataset), tmp_path)
    assert masks == {
        "a": (None, "SegmentationClass"),
        "b": ("SegmentationClass", None),
        "v": ("SegmentationClass", None),
    }
    assert (dataset.scored_list("train"), dataset.scored_list("val")) == ("own.txt", "ImageSets/val.txt")


@pytest.mark.parametrize(
    ("lists", "message"),
    [
        (
            {"train": "own.txt"},
            '{root}/own.txt line 2: "v" is not in split `train`, as 2 of 3 lines; take a list whose',
        ),
        ({"train": "gone.txt"}, "gone.txt: the list of scored pictures of split `train` is missing; write it"),
        ({"test": "own.txt"}, "score_lists: there is no split `test`; name one of `splits`"),
    ],
)
def test_a_list_of_scored_pictures_that_does_not_fit_is_a_problem(voc, tmp_path, lists, message):
    (tmp_path / "own.txt").write_text("a\nv\nx\n")
    assert message.format(root=tmp_path) in messages(list_images(voc.model_copy(update={"score_lists": lists})))


def test_tags_may_come_from_a_list_of_class_numbers(voc, tmp_path):
    (tmp_path / "tags.txt").write_text("a 0 14 \nb 3 \n")
    listing = list_images(voc.model_copy(update={"tags": "tags.txt"}))
    assert listing.problems == ()
    assert {entry.id: entry.tags for entry in listing.entries} == {"a": (0, 14), "b": (3,), "v": None}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a 0 20 \nb 3", 'tags.txt line 1: "20" is no class, expected numbers from 0 to 19'),
        ("a 0 cow\nb 3", 'tags.txt line 1: "cow" is no class'),
        ("a -1\nb 3", 'tags.txt line 1: "-1" is no class'),
        ("a 1\nb", 'tags.txt line 2: "b" has no class'),
        ("a 1\nb 2\na 3", 'tags.txt line 3: "a" is listed again, after .*tags.txt line 1'),
        ("a 1", '"b" of split `train` is not in tags.txt'),
    ],
)
def test_a_list_of_class_numbers_that_is_wrong_is_refused_by_line(voc, tmp_path, text, message):
    (tmp_path / "tags.txt").write_text(text)
    assert re.search(message, messages(list_images(voc.model_copy(update={"tags": "tags.txt"}))))


def hot(*classes, width=20):
    return np.isin(np.arange(width), classes).astype(np.float32)


@pytest.mark.parametrize("keys", [("2007_000001", "2007_000002"), (2007000001, 2007000002)])
def test_tags_may_come_from_a_pickled_dict_of_rows_of_0_and_1(voc, tmp_path, keys):
    ids = ("2007_000001", "2007_000002")
    for own, name in zip("ab", ids, strict=True):
        (tmp_path / f"JPEGImages/{own}.jpg").rename(tmp_path / f"JPEGImages/{name}.jpg")
    (tmp_path / "ImageSets/train.txt").write_text("\n".join(ids))
    rows = dict(zip((*keys, "2011_000003"), (hot(0, 14), hot(), hot(3)), strict=True))
    np.save(tmp_path / "cls_labels.npy", rows, allow_pickle=True)
    listing = list_images(voc.model_copy(update={"tags": "cls_labels.npy"}))
    assert listing.problems == ()
    assert {entry.id: entry.tags for entry in listing.entries} == {ids[0]: (0, 14), ids[1]: (), "v": None}


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (
            {"a": hot(0, width=21)},
            "cls_labels.npy: has rows of 21 classes, but there are 20; take the file of this data",
        ),
        (
            {"a": hot(0) * 2},
            r"cls_labels.npy: image a has an array (20,), expected one row of 0 and 1; it is not a file",
        ),
        ({"a": hot(0)}, 'train.txt line 2: "b" of split `train` is not in cls_labels.npy'),
        (np.zeros(3), "cls_labels.npy: holds no dict of ids; save a dict"),
        ({"a": re.compile("a")}, "which may run code and is not opened"),
    ],
)
def test_a_pickled_dict_that_is_wrong_is_refused(voc, tmp_path, rows, message):
    np.save(tmp_path / "cls_labels.npy", rows, allow_pickle=True)
    assert message in messages(list_images(voc.model_copy(update={"tags": "cls_labels.npy"})))


def test_pictures_whose_annotations_name_other_classes_than_the_file_of_tags_are_counted(voc, tmp_path):
    (tmp_path / "tags.txt").write_text("a 9 14\nb 3\n")
    write_xml(tmp_path / "Annotations" / "b.xml", ["boat"])
    (note,) = list_images(voc.model_copy(update={"tags": "tags.txt"})).notes[-1:]
    assert note.endswith(
        "of 2 pictures 1 have other tags than in Annotations (a: cow, person; there cow); these tags are taken"
    )


def test_difficult_objects_are_left_out_where_that_is_asked_for(voc, tmp_path):
    write_xml(tmp_path / "Annotations" / "b.xml", ["dog"], difficult=1)
    listing = list_images(voc.model_copy(update={"difficult": False}))
    assert {entry.id: entry.tags for entry in listing.entries}["b"] == ()


def test_a_list_of_class_numbers_that_is_missing_is_named(voc):
    listing = list_images(voc.model_copy(update={"tags": "train_cls.txt"}))
    assert "the file of tags is missing" in messages(listing)
