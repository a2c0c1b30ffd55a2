import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedmask.errors import InputError
from seedmask.intake.labels import table
from seedmask.intake.names import without_suffix
from seedmask.intake.options import ReadingOptions
from seedmask.intake.scan import scan_folder
from seedmask.intake.splits import SPLITS
from seedmask.intake.words import NO, NOTHING, YES
from seedmask.testing.formats import write_picture


def read_labels(scan):
    return table.read_labels(scan, ReadingOptions())


def tags(scan):
    return {name: set(found) for name, found in read_labels(scan).tags.items()}


COWS = {"a.jpg": {"cow", "old sheep"}, "b.png": {"cow"}, "in/c.jpg": set()}


@pytest.mark.parametrize(
    "text",
    [
        "image,tags\na.jpg,cow,old sheep\nb.png,cow\nin/c.jpg,\n",
        "a,cow,old sheep\nb,cow,\nc,,\n",
        "\ufeffFilename;Label\r\na.jpg;cow|old sheep\r\nb.png;cow\r\nc.jpg;\r\n",
        'image,labels\na.jpg,"cow, old sheep"\nb.png,cow\nin/c.jpg,\n',
        "file\ttags\na.jpg\tcow;old sheep\nb.png\tcow\nc.jpg\t\n",
        "id,cow,old sheep\na,1,1\nb,1,0\nc,0,0\n",
        "file_name,cow,old sheep\na.jpg,True,True\nb.png,True,False\nc.jpg,False,False\n",
        "width,id,cow,old sheep\n8,a,1,1\n8,b,1,0\n8,c,0,0\n",
        "image,label,label,blurred\na,cow,old sheep,0\nb,cow,,1\nc,,,0\n",
        "image,label\na.jpg,cow\na.jpg,old sheep\nb.png,cow\nc.jpg,\n",
        "width,image,height,class\n8,a.jpg,6,cow\n8,a.jpg,6,old sheep\n8,b.png,6,cow\n8,c.jpg,6,background\n",
    ],
)
def test_common_ways_to_write_a_table_say_the_same(folder, text):
    assert tags(folder("a.jpg", "b.png", "in/c.jpg", texts={"labels.csv": text})) == COWS


def test_a_column_of_splits_is_no_column_of_tags(folder):
    found = read_labels(
        folder("a.jpg", "b.jpg", texts={"x.csv": "image,split,label\na.jpg,train,cow\nb.jpg,Validation,\n"})
    )
    assert found.splits == {"a.jpg": "train", "b.jpg": "val"}
    assert found.tags == {"a.jpg": ("cow",), "b.jpg": ()}


def test_a_class_that_every_picture_shows_has_its_column_too(folder):
    found = read_labels(folder("a.jpg", "b.jpg", texts={"x.csv": "image,cow,calf\na.jpg,1,1\nb.jpg,1,0\n"}))
    assert found.tags == {"a.jpg": ("calf", "cow"), "b.jpg": ("cow",)}


def test_a_column_of_numbers_beside_tags_is_not_a_class(folder):
    found = read_labels(folder("a.jpg", "b.jpg", texts={"x.csv": "image,class,sharp\na.jpg,cow,1\nb.jpg,calf,0\n"}))
    assert found.tags == {"a.jpg": ("cow",), "b.jpg": ("calf",)}


def test_columns_for_classes_give_their_order(folder):
    found = read_labels(folder("a.jpg", "b.jpg", texts={"x.csv": "image,zebra,cow\na.jpg,1,0\nb.jpg,0,1\n"}))
    assert found.classes == ("zebra", "cow")
    assert any("a column for each of 2 classes" in note for note in found.notes)


def test_rows_about_pictures_that_are_gone_are_left_out_with_a_note(folder):
    found = read_labels(folder("a.jpg", "b.jpg", texts={"x.csv": "image,tag\na.jpg,cow\ngone.jpg,cow\nb.jpg,cow\n"}))
    assert set(found.tags) == {"a.jpg", "b.jpg"}
    assert any('x.csv: 1 names are of no picture ("gone.jpg")' in note for note in found.notes)


def test_a_table_of_ours_keeps_the_commas_in_its_tags(folder):
    found = read_labels(folder("a.jpg", "b.jpg", texts={"tags.csv": 'a.jpg,"big, old cow"\nb.jpg,cow\n'}))
    assert found.tags["a.jpg"] == ("big, old cow",)
    assert found.layout["format"] == "folder"


def test_tables_about_other_things_are_not_labels(folder):
    assert (
        read_labels(folder("a.jpg", texts={"prices.csv": "what,price\nhay,3\nstraw,2\n", "splits.csv": "a,train\n"}))
        is None
    )


def test_a_broken_row_is_an_error_with_its_line(folder):
    with pytest.raises(InputError, match=r"x.csv line 3: a quote is not closed"):
        read_labels(folder("a.jpg", "b.jpg", texts={"x.csv": 'image,tag\na.jpg,cow\nb.jpg,"cow\n'}))


def test_a_table_that_is_not_utf8_is_an_error_with_its_line(folder):
    with pytest.raises(InputError, match=r"x.csv line 2: the text is not UTF-8"):
        read_labels(folder("a.jpg", texts={"x.csv": "a.jpg,cow\nb.jpg,Kälber".encode("latin-1")}))


@pytest.fixture(scope="module")
def messy(tmp_path_factory):
    root = tmp_path_factory.mktemp("messy")
    for name in ("a", "b", "c", "d"):
        write_picture(root / f"{name}.jpg")
    return root


NAMES = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=2, max_size=6).filter(
    lambda name: (
        not set(name) <= set("-+.") | {c for c in name if c.isdigit()}
        and not set(name) & set(',;|\t"')
        and not set(name) & set("[]{}()\\")
        and without_suffix(name) == name  # a column of files of images holds no tags, and a note says so
        and name.lower() not in ("id", "tag", "tags", "class", "label", "no", *NOTHING, *YES, *NO, *SPLITS)
    )
)


@given(
    st.lists(st.lists(NAMES, max_size=3, unique=True), min_size=4, max_size=4),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
    st.sampled_from(["", "\ufeff"]),
    st.permutations(range(4)),
)
def test_a_table_reads_the_same_however_it_was_saved(messy, found, delimiter, end, header, bom, order):
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator=end)
    if header:
        writer.writerow(["image", *["tags"] * 3])
    for number in order:
        row = found[number] + [""] * (3 - len(found[number]))
        writer.writerow([f"{'abcd'[number]}.jpg", *row])
    (messy / "t.csv").write_bytes((bom + text.getvalue()).encode())
    read = read_labels(scan_folder(messy)).tags
    assert {name: set(tags) for name, tags in read.items()} == {
        f"{'abcd'[number]}.jpg": {_nfc(name) for name in found[number]} for number in range(4)
    }


def _nfc(name):
    import unicodedata

    return unicodedata.normalize("NFC", name)


@given(st.binary(max_size=80))
def test_any_bytes_are_a_table_or_none_or_an_error_for_people(messy, data):
    (messy / "t.csv").write_bytes(data)
    try:
        read_labels(scan_folder(messy))
    except InputError as error:
        assert "t.csv line" in str(error)
