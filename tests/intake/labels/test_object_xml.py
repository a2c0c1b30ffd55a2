import pytest

from seedmask.errors import InputError, SeedmaskError
from seedmask.intake.labels import object_xml
from seedmask.intake.options import ReadingOptions


def read_labels(scan):
    return object_xml.read_labels(scan, ReadingOptions())


def xml(*names, file=None, path=None, folder="images"):
    objects = "".join(
        f"<object><name>{name}</name><pose>Unspecified</pose><truncated>0</truncated><difficult>0</difficult>"
        "<bndbox><xmin>1</xmin><ymin>1</ymin><xmax>5</xmax><ymax>5</ymax></bndbox></object>"
        for name in names
    )
    named = "".join(f"<{key}>{value}</{key}>" for key, value in (("filename", file), ("path", path)) if value)
    size = "<size><width>8</width><height>6</height><depth>3</depth></size>"
    return f"<annotation>\n<folder>{folder}</folder>{named}{size}{objects}</annotation>"


def test_labelimg_saves_a_file_beside_each_picture(folder):
    texts = {
        "a.xml": xml("cow", "cow", "sheep", file="a.jpg", path="C:\\Users\\x\\farm\\a.jpg"),
        "b.xml": xml(file="b.jpg"),
    }
    found = read_labels(folder("a.jpg", "b.jpg", "c.jpg", texts=texts))
    assert found.tags == {"a.jpg": ("cow", "sheep"), "b.jpg": ()}
    assert (found.names, found.unmatched) == (2, 0)
    assert any("1 pictures have none (c.jpg)" in note for note in found.notes)


def test_roboflow_has_a_file_beside_each_picture_of_its_splits(folder):
    texts = {
        "train/0_jpg.rf.1a.xml": xml("cow", file="0_jpg.rf.1a.jpg", path="0_jpg.rf.1a.jpg", folder=""),
        "valid/0_jpg.rf.2b.xml": xml("sheep", file="0_jpg.rf.2b.jpg", folder=""),
        "test/1_jpg.rf.3c.xml": xml("sheep", file="1_jpg.rf.3c.jpg", folder=""),
    }
    found = read_labels(folder(*(name.replace(".xml", ".jpg") for name in texts), texts=texts))
    assert found.tags == {
        "train/0_jpg.rf.1a.jpg": ("cow",),
        "valid/0_jpg.rf.2b.jpg": ("sheep",),
        "test/1_jpg.rf.3c.jpg": ("sheep",),
    }
    assert found.splits == {}


def test_the_pets_layout_has_images_and_annotations_in_xmls(folder):
    found = read_labels(folder("images/a.jpg", texts={"annotations/xmls/a.xml": xml("cat", file="a.jpg")}))
    assert found.tags == {"images/a.jpg": ("cat",)}


def test_pictures_of_one_name_are_told_apart_by_their_splits(folder):
    texts = {"train/annotations/0.xml": xml("cow", file="0.jpg"), "val/annotations/0.xml": xml("sheep", file="0.jpg")}
    found = read_labels(folder("train/images/0.jpg", "val/images/0.jpg", texts=texts))
    assert found.tags == {"train/images/0.jpg": ("cow",), "val/images/0.jpg": ("sheep",)}


def test_a_file_of_another_name_is_of_the_picture_that_it_names(folder):
    found = read_labels(folder("images/a.jpg", "images/b.jpg", texts={"labels/001.xml": xml("cow", file="b.jpg")}))
    assert found.tags == {"images/b.jpg": ("cow",)}


def test_a_file_name_of_before_does_not_matter_if_no_picture_has_it(folder):
    found = read_labels(folder("cow1.jpg", texts={"cow1.xml": xml("cow", file="IMG_0001.JPG")}))
    assert found.tags == {"cow1.jpg": ("cow",)}


def test_a_file_that_names_another_picture_than_its_own_is_refused(folder):
    texts = {"a.xml": xml("cow", file="b.jpg"), "b.xml": xml("cow", file="a.jpg")}
    with pytest.raises(InputError, match=r"a.xml: is named like a.jpg, and its <filename> is b.jpg") as caught:
        read_labels(folder("a.jpg", "b.jpg", texts=texts))
    assert len(caught.value.problems) == 2


def test_two_files_about_one_picture_are_refused(folder):
    texts = {"a.xml": xml("cow", file="a.jpg"), "old.xml": xml("sheep", file="a.jpg")}
    with pytest.raises(InputError, match=r"old.xml: is about a.jpg by its <filename>, and so is a.xml"):
        read_labels(folder("a.jpg", texts=texts))


def test_deleted_objects_and_background_are_no_tags(folder):
    deleted = xml("cow", "background").replace("<name>cow</name>", "<name>cow</name><deleted>1</deleted>")
    found = read_labels(folder("a.jpg", texts={"a.xml": deleted}))
    assert found.tags == {"a.jpg": ()}
    assert any("background is no class" in note for note in found.notes)


def test_files_without_a_picture_are_counted_and_none_at_all_is_an_error(folder):
    texts = {"a.xml": xml("cow"), "gone.xml": xml("cow", file="gone.jpg")}
    found = read_labels(folder("a.jpg", texts=texts))
    assert (found.names, found.unmatched) == (2, 1)
    assert "gone" in found.unmatched_example


def test_annotations_of_no_picture_at_all_are_refused(folder):
    with pytest.raises(SeedmaskError, match=r"1 annotations in XML.*None of its 1 names"):
        read_labels(folder("b.jpg", texts={"a.xml": xml("cow", file="a.jpg")}))


def test_a_torn_file_and_an_object_without_a_name_are_errors_together(folder):
    texts = {"a.xml": "<annotation>\n<object>", "b.xml": xml("cow", " ")}
    with pytest.raises(InputError) as caught:
        read_labels(folder("a.jpg", "b.jpg", texts=texts))
    assert "a.xml line 2: not well-formed XML" in str(caught.value)
    assert "b.xml object 2: has no name" in str(caught.value)


@pytest.mark.parametrize(
    "texts",
    [
        {"a.xml": "<svg></svg>"},
        {"a.xml": "no xml"},
        {"annotations.xml": "<annotations><image name='a.jpg'/></annotations>"},
        {"Annotations/a.xml": xml("cow")},
    ],
)
def test_other_xml_and_vocs_layout_are_not_of_this_kind(folder, texts):
    assert read_labels(folder("JPEGImages/a.jpg", texts=texts)) is None


def test_scribbles_in_xml_are_no_objects(folder):
    scribble = (
        "<annotation><filename>a.jpg</filename><size><width>8</width></size>"
        "<polygon><tag>cow</tag><point><X>1</X><Y>1</Y></point></polygon></annotation>"
    )
    assert read_labels(folder("a.jpg", texts={"scribble/a.xml": scribble})) is None
