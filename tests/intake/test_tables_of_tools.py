"""Tables as tools, spreadsheets and data sets write them: read right, or refused with what decides."""

import tracemalloc
from pathlib import Path

import pytest
from intake_kit import mask, picture, pictures, read, text

from seedmask.errors import SeedmaskError
from seedmask.intake.contents import read_folder


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


COW, SHEEP, BOTH, NONE = ("cow",), ("sheep",), ("cow", "sheep"), ()
FOUR = {"0.jpg": COW, "1.jpg": SHEEP, "2.jpg": BOTH, "3.jpg": NONE}
"""What most tables here say, in their own way."""

RIGHT = {
    "pandas with an index": "Unnamed: 0,image,tags\n0,3.jpg,\n1,2.jpg,cow|sheep\n2,1.jpg,sheep\n3,0.jpg,cow\n",
    "pandas with a nameless index": ",filename,label\n0,3,\n1,2,cow;sheep\n2,1,sheep\n3,0,cow\n",
    "an index from 1": "index,file_name,labels\n1,3.jpg,\n2,2.jpg,cow|sheep\n3,1.jpg,sheep\n4,0.jpg,cow\n",
    "an id and a file name": "id,filename,label\n3,0.jpg,cow\n2,1.jpg,sheep\n1,2.jpg,cow|sheep\n0,3.jpg,\n",
    "numbers that a spreadsheet made floats": (
        "image_id,cow,sheep\n0.0,1.0,0.0\n1.0,0.0,1.0\n2.0,1.0,1.0\n3.0,0.0,0.0\n"
    ),
    "Excel's sep line and semicolons": "sep=;\nimage;cow;sheep\n0;1;0\n1;0;1\n2;1;1\n3;0;0\n",
    "BOM, CRLF, tabs": "\ufeffimage\ttags\r\n0.jpg\tcow\r\n1.jpg\tsheep\r\n2.jpg\tcow|sheep\r\n3.jpg\t\r\n",
    "UTF-16 of a spreadsheet": "image\ttags\n0.jpg\tcow\n1.jpg\tsheep\n2.jpg\tcow|sheep\n3.jpg\t\n".encode("utf-16"),
    "Python lists": "image,tags\n0.jpg,['cow']\n1.jpg,['sheep']\n2.jpg,\"['cow', 'sheep']\"\n3.jpg,[]\n",
    "JSON lists": 'image,tags\n0.jpg,"[""cow""]"\n1.jpg,"[""sheep""]"\n2.jpg,"[""cow"", ""sheep""]"\n3.jpg,[]\n',
    "numpy's lists": "image,tags\n0.jpg,['cow']\n1.jpg,['sheep']\n2.jpg,['cow' 'sheep']\n3.jpg,[]\n",
    "Label Studio's CSV": (
        "annotation_id,annotator,choice,created_at,id,image,lead_time,updated_at\n"
        "1,1,cow,2024-01-01T10:00:00Z,1,/data/upload/3/0a1b2c3d-0.jpg,2.5,2024-01-01T10:00:00Z\n"
        "2,1,sheep,2024-01-01T10:00:00Z,2,/data/upload/3/0a1b2c3e-1.jpg,2.5,2024-01-01T10:00:00Z\n"
        '3,1,"{""choices"": [""cow"", ""sheep""]}",2024-01-01T10:00:00Z,3,/data/upload/3/0a1b2c3f-2.jpg,2.5,x\n'
        "4,1,,2024-01-01T10:00:00Z,4,/data/upload/3/0a1b2c40-3.jpg,2.5,2024-01-01T10:00:00Z\n"
    ),
    "addresses": (
        "image,tags\nhttps://x.org/a/0.jpg?sig=1,cow\nhttps://x.org/a/1.jpg,sheep\n"
        "https://x.org/a/2.jpg,cow|sheep\nhttps://x.org/a/3.jpg,\n"
    ),
    "paths of Windows": (
        "Image;Class\nC:\\set\\img\\0.jpg;cow\nC:\\set\\img\\1.jpg;sheep\nimg\\2.jpg;cow|sheep\nimg\\3.JPG;\n"
    ),
    "Open Images": (
        "ImageID,Source,LabelName,Confidence\n0,human,cow,1\n0,human,sheep,0\n1,human,sheep,1\n1,human,cow,0\n"
        "2,human,cow,1\n2,human,sheep,1\n3,human,cow,0\n3,human,sheep,0\n"
    ),
    "Roboflow's single label boxes": (
        "filename,width,height,class,xmin,ymin,xmax,ymax\n0.jpg,8,6,cow,1,1,2,2\n1.jpg,8,6,sheep,1,1,2,2\n"
        "2.jpg,8,6,cow,1,1,2,2\n2.jpg,8,6,sheep,1,1,2,2\n3.jpg,8,6,background,0,0,1,1\n"
    ),
    "Roboflow's classes with spaces": "filename, cow, sheep\n0.jpg, 1, 0\n1.jpg, 0, 1\n2.jpg, 1, 1\n3.jpg, 0, 0\n",
    "None, nan and no finding": (
        "Image Index,Finding Labels\n0.jpg,cow\n1.jpg,sheep\n2.jpg,cow|sheep\n3.jpg,No Finding\n"
    ),
    "true and false": "file,cow,sheep\n0.jpg,TRUE,FALSE\n1.jpg,FALSE,TRUE\n2.jpg,TRUE,TRUE\n3.jpg,FALSE,FALSE\n",
    "CheXpert": (
        "Path,Sex,Age,Frontal/Lateral,AP/PA,No Finding,cow,sheep\n"
        "CheXpert-v1.0/train/0.jpg,Male,61,Frontal,AP,,1.0,0.0\nCheXpert-v1.0/train/1.jpg,Female,50,Frontal,PA,,0.0,1.0\n"
        "CheXpert-v1.0/train/2.jpg,Male,61,Lateral,,,1.0,1.0\nCheXpert-v1.0/train/3.jpg,Male,61,Frontal,AP,1.0,,-1.0\n"
    ),
    "quoted line breaks": 'image,tags,say\n0.jpg,cow,"two\nlines"\n1.jpg,sheep,\n2.jpg,cow|sheep,"a,"\n3.jpg,,\n',
    "a path and an id": "lesion_id,image_id,path\n".replace("path", "label")
    + "L0,0,cow\nL1,1,sheep\nL1,2,cow|sheep\nL2,3,\n",
    "numbered columns of tags": "image,tag1,tag2\n0.jpg,cow,\n1.jpg,sheep,\n2.jpg,cow,sheep\n3.jpg,,\n",
    "a mask beside": (
        "image,mask,label\n0.jpg,m/0.png,cow\n1.jpg,m/1.png,sheep\n2.jpg,m/2.png,cow|sheep\n3.jpg,m/3.png,\n"
    ),
    "numbers and names of a class": (
        "image,label,class_name\n0.jpg,0,cow\n1.jpg,1,sheep\n2.jpg,0,cow\n2.jpg,1,sheep\n3.jpg,,\n"
    ),
}


@pytest.mark.parametrize("table", RIGHT, ids=str)
def test_says_the_same(table):
    pictures("set/img/{0..3}.jpg")
    text("set/labels.csv", RIGHT[table])
    reading = read("set")
    assert reading.tags == FOUR
    assert set(reading.classes) == {"cow", "sheep"}


ASKED = {
    "several columns of words": (
        "image,dx,localization,sex\n0,mel,ear,male\n1,nv,back,male\n2,nv,ear,male\n3,mel,ear,male\n",
        ["--label-column dx", "--label-column localization", "mel, nv"],
    ),
    "spaces between tags": (
        "image,tags\n0,cow sheep\n1,cow dog\n2,dog\n3,sheep\n",
        ["--separator ' '", "cow and sheep"],
    ),
    "a comma that may be part of a name": (
        'image,tags\n0,"cow, brown"\n1,sheep\n2,sheep\n3,dog\n',
        ["--separator", "comma"],
    ),
    "two columns that name other pictures": (
        "a,b,tags\n0,3,cow\n1,2,sheep\n2,1,cow\n3,0,sheep\n",
        ["--image-column a", "--image-column b"],
    ),
    "yes and no beside words": (
        "image,breed,blurred,cut\n0,cow,1,0\n1,sheep,0,0\n2,cow,0,1\n3,cow,0,0\n",
        ["--label-column breed", "--label-column each"],
    ),
    "yes and no, or two classes": ("image,label\n0,1\n1,0\n2,1\n3,0\n", ["column label holds", "two classes"]),
    "a name column that names nothing beside ages": (
        "image,age,tags\na,0,cow\nb,1,cow\nc,2,sheep\nd,3,sheep\n",
        ["--image-column image", "0 of 4"],
    ),
    "two kinds of tags": (
        "image,class,category\n0,cow,farm\n1,sheep,farm\n2,cow,zoo\n3,cow,zoo\n",
        ["--label-column class", "--label-column category"],
    ),
    "a third of names that are wrong": (
        "image,tags\n0,cow\n1,sheep\nx2,cow\nx3,cow\n",
        ["2 of 4 names", "x2", "--unmatched"],
    ),
    "no name that is right": ("image,tags\nx0,cow\nx1,sheep\n", ["labels.csv", "x0", "None of its 2 names"]),
    "an option that names no column": ("image,tags\n0,cow\n", ["--label-column kind", "there are"]),
}


@pytest.mark.parametrize("table", ASKED, ids=str)
def test_is_asked_about(table):
    pictures("set/{0..3}.jpg")
    content, words = ASKED[table]
    text("set/labels.csv", content)
    options = {"label_column": ("kind",)} if "option" in table else {}
    with pytest.raises(SeedmaskError) as error:
        read("set", **options)
    assert [word for word in ["labels.csv", *words] if word not in str(error.value)] == []


def test_an_answer_decides():
    pictures("set/{0..3}.jpg")
    text("set/labels.csv", ASKED["spaces between tags"][0])
    assert read("set", separator=" ").tags["0.jpg"] == BOTH
    assert read("set", separator="none").tags["0.jpg"] == ("cow sheep",)
    text("set/labels.csv", ASKED["several columns of words"][0])
    assert read("set", label_column=("dx",)).tags["1.jpg"] == ("nv",)
    text("set/labels.csv", ASKED["two columns that name other pictures"][0])
    assert read("set", image_column="b").tags["3.jpg"] == COW
    text("set/labels.csv", ASKED["yes and no beside words"][0])
    assert read("set", label_column=("each",)).tags["0.jpg"] == ("blurred",)
    text("set/labels.csv", ASKED["a third of names that are wrong"][0])
    assert read("set", unmatched=True).counts == {"train": 2, "untagged": 2}


def test_rows_of_pictures_that_are_not_here_are_counted_where_all_have_tags():
    pictures("set/{0..1}.jpg")
    text("set/labels.csv", "image,tags\n" + "".join(f"{n},cow\n" for n in range(10)))
    reading = read("set")
    assert reading.tags == {"0.jpg": COW, "1.jpg": COW}
    assert "8 names are of no picture" in reading.said


def test_a_table_in_each_folder_of_a_split_is_joined():
    for split, numbers in (("train", "{0..2}"), ("valid", "{3..3}"), ("test", "{4..4}")):
        pictures(f"set/{split}/{numbers}.jpg")
    text("set/train/_classes.csv", "filename, cow, sheep\n0.jpg, 1, 0\n1.jpg, 0, 1\n2.jpg, 1, 1\n")
    text("set/valid/_classes.csv", "filename, cow, sheep\n3.jpg, 0, 0\n")
    text("set/test/_classes.csv", "filename, cow, sheep\n4.jpg, 1, 0\n")
    reading = read("set")
    assert reading.tags == {**FOUR, "4.jpg": COW}
    assert reading.counts == {"train": 3, "val": 1, "test": 1}
    assert "folders test/, train/, valid/" in reading.said


def test_one_name_in_two_folders_is_that_of_the_tables_folder():
    pictures("set/train/a/0.jpg", "set/val/a/1.jpg", "set/train/b/2.jpg")
    picture("set/val/a/0.jpg")
    text("set/train/labels.csv", "image,tags\n0.jpg,cow\n2.jpg,sheep\n")
    text("set/val/labels.csv", "image,tags\n0.jpg,sheep\n1.jpg,cow\n")
    found = read_folder(Path("set"))  # the kit keys by file names
    assert found.tags == {"train/a/0.jpg": COW, "train/b/2.jpg": SHEEP, "val/a/0.jpg": SHEEP, "val/a/1.jpg": COW}


def test_tables_that_contradict_each_other_are_an_error_with_both():
    pictures("set/{0..1}.jpg")
    text("set/a.csv", "image,tags\n0,cow\n1,sheep\n")
    text("set/b.csv", "image,tags\n0,sheep\n1,sheep\n")
    with pytest.raises(
        SeedmaskError, match=r"set/a\.csv and set/b\.csv contradict each other about 0\.jpg: cow and sheep"
    ):
        read("set")
    assert read("set", labels="b.csv").tags["0.jpg"] == SHEEP


def test_a_table_about_other_things_is_named():
    pictures("set/{0..1}.jpg")
    text("set/labels.csv", "image,tags\n0,cow\n1,sheep\n")
    text("set/metadata.csv", "image,lens\n0,wide\n1,long\n")
    text("set/prices.csv", "what,price\nhay,3\n")
    text("set/empty.csv", "")
    text("set/head.csv", "image,tags\n")
    text("set/book.xlsx", b"PK")
    text("set/tasks.jsonl", '{"image": "0.jpg"}\n{"image": "1.jpg"}\n')
    reading = read("set")
    assert reading.tags == {"0.jpg": COW, "1.jpg": SHEEP}
    for word in ("metadata.csv", "prices.csv", "empty.csv): it is empty", "head.csv): a table with a header alone",
                 "book.xlsx): a spreadsheet", "tasks.jsonl): JSON Lines"):  # fmt: skip
        assert word in reading.said


def test_a_column_of_splits_decides_and_must_agree_with_folders():
    pictures("set/train/{0..1}.jpg", "set/val/{2..2}.jpg")
    text("set/labels.csv", "image,tags,split\n0,cow,train\n1,sheep,train\n2,cow,validation\n")
    assert read("set").counts == {"train": 2, "val": 1}
    text("set/labels.csv", "image,tags,split\n0,cow,train\n1,sheep,val\n2,cow,train\n")
    with pytest.raises(SeedmaskError, match="different splits") as error:
        read("set")
    assert "--split-from labels" in str(error.value) and "--split-from folders" in str(error.value)
    assert read("set", split_from="labels").splits == {"0.jpg": "train", "1.jpg": "val", "2.jpg": "train"}
    assert read("set", split_from="folders").splits == {"0.jpg": "train", "1.jpg": "train", "2.jpg": "val"}
    assert read("set", split_from="none").counts == {"train": 3}


def test_a_picture_under_two_splits_is_an_error():
    pictures("set/{0..1}.jpg")
    text("set/labels.csv", "image,tags,split\n0,cow,train\n1,sheep,val\n0,cow,val\n")
    with pytest.raises(SeedmaskError, match=r"labels\.csv line 2: 0\.jpg is in split"):
        read("set")


def test_lists_of_files_are_splits():
    pictures("set/images/{0..4}.jpg")
    text("set/labels.csv", "image,tags\n" + "".join(f"{n}.jpg,cow\n" for n in range(4)) + "4.jpg,sheep\n")
    text("set/train.txt", "images/0.jpg\nimages/1.jpg\nimages/4.jpg\n")
    text("set/val.txt", "images/2.jpg\nimages/3.jpg\n")
    assert read("set").counts == {"train": 3, "val": 2}


def test_a_list_of_files_with_numbers_of_classes():
    pictures("set/images/{0..3}.jpg")
    text("set/list.txt", "images/0.jpg 0\nimages/1.jpg 1\nimages/2.jpg 1\nimages/3.jpg 2\n")
    text("set/classes.txt", "cow\nsheep\ndog\n")
    assert read("set").tags == {"0.jpg": COW, "1.jpg": SHEEP, "2.jpg": SHEEP, "3.jpg": ("dog",)}


def test_folders_are_not_trained_on_where_they_are_for_validation():
    pictures("set/val/cats/{0..1}.jpg", "set/val/dogs/{2..3}.jpg")
    with pytest.raises(SeedmaskError, match="--split-from none"):
        read("set")
    assert read("set", split_from="none").counts == {"train": 4}


def test_a_class_may_be_called_train():
    pictures("set/train/{0..1}.jpg", "set/bus/{2..3}.jpg", "set/car/{4..5}.jpg")
    reading = read("set")
    assert set(reading.classes) == {"train", "bus", "car"}
    assert reading.counts == {"train": 6}


def test_folders_of_pictures_are_no_classes():
    pictures("set/JPEGImages/cats/{0..1}.jpg", "set/JPEGImages/dogs/{2..3}.jpg")
    mask("set/extra/unrelated.png", [1, 2])
    assert set(read("set").classes) <= {"cats", "dogs", "extra"}
    pictures("other/images/{0..1}.jpg", "other/photos/{2..3}.jpg")
    assert "labels are missing" in read("other").said


def test_names_with_commas_and_line_breaks():
    pictures("set/{0..3}.jpg")
    text("set/labels.csv", 'image,tags\n0,"[""cow, brown""]"\n1,"[""sheep\\nwhite""]"\n2,[]\n3,[]\n')
    reading = read("set")
    assert reading.classes == ("cow, brown", "sheep white")
    assert 'is called "sheep white"' in reading.said


def test_a_quote_that_is_not_closed_is_an_error_with_its_line():
    pictures("set/{0..3}.jpg")
    text("set/labels.csv", 'image,tags\n0,cow\n1,"sheep\n2,cow\n3,cow\n')
    with pytest.raises(SeedmaskError, match=r"labels\.csv line 3: a quote is not closed"):
        read("set")


@pytest.mark.thorough
def test_a_table_is_not_held_in_memory(monkeypatch):
    monkeypatch.setattr("seedmask.intake.labels.table.MOST_KEPT", 100)
    pictures("set/{0..3}.jpg")
    peaks = []
    for count in (4_000, 12_000):
        rows = (f"{number:040d},cow\n" for number in range(4, count))
        text("set/labels.csv", "image,tags\n0,cow\n1,sheep\n2,cow|sheep\n3,\n" + "".join(rows))
        tracemalloc.start()
        found = read_folder(Path("set"))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert {Path(name).name: tags for name, tags in found.tags.items()} == FOUR
        assert any(f"{count - 4} names are of no picture" in note for note in found.notes)
    assert peaks[1] < 1.2 * peaks[0]
