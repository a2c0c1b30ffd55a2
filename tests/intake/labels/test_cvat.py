import numpy as np
import pytest

from seedmask.errors import InputError, SeedmaskError
from seedmask.intake.labels import cvat
from seedmask.intake.options import ReadingOptions


def read_labels(scan):
    return cvat.read_labels(scan, ReadingOptions())


def xml(*images, labels=("sheep", "cow"), level="task", subset=""):
    listed = "".join(f"<label><name>{name}</name><color>#ff0000</color><attributes/></label>" for name in labels)
    meta = f"<{level}><id>1</id><subset>{subset}</subset><labels>{listed}</labels></{level}>"
    return (
        f'<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n<version>1.1</version>\n<meta>{meta}</meta>\n'
        + "\n".join(images)
        + "\n</annotations>\n"
    )


def image(name, *shapes, subset=""):
    attribute = f' subset="{subset}"' if subset else ""
    return f'<image id="0" name="{name}"{attribute} width="8" height="6">{"".join(shapes)}</image>'


def box(label):
    return f'<box label="{label}" source="manual" occluded="0" xtl="1" ytl="1" xbr="4" ybr="4" z_order="0"></box>'


def tag(label):
    return f'<tag label="{label}" source="manual"><attribute name="old">false</attribute></tag>'


def polygon(label, points, z_order=0):
    return f'<polygon label="{label}" source="manual" occluded="0" points="{points}" z_order="{z_order}"></polygon>'


def mask(label, rle, left, top, width, height, z_order=0):
    place = f'left="{left}" top="{top}" width="{width}" height="{height}"'
    return f'<mask label="{label}" source="manual" occluded="0" rle="{rle}" {place} z_order="{z_order}"></mask>'


def test_labels_of_tags_and_shapes_are_the_tags_in_the_order_of_meta(folder):
    texts = {
        "annotations.xml": xml(
            image("a.jpg", box("cow"), tag("sheep")),
            image("b.jpg", '<points label="cow" points="1,1"/>', '<polyline label="cow" points="1,1;2,2"/>'),
            image("c.jpg"),
        )
    }
    found = read_labels(folder("images/a.jpg", "images/b.jpg", "images/c.jpg", texts=texts))
    assert found.tags == {"images/a.jpg": ("cow", "sheep"), "images/b.jpg": ("cow",), "images/c.jpg": ()}
    assert found.classes == ("sheep", "cow")
    assert (found.files, found.splits, found.drawings) == (("annotations.xml",), {}, {})


def test_subsets_of_a_project_are_splits_where_they_are_called_so(folder):
    texts = {
        "annotations.xml": xml(
            image("x/a.jpg", box("cow"), subset="Train"),
            image("x/b.jpg", box("cow"), subset="Validation"),
            image("x/c.jpg", box("cow"), subset="default"),
            level="project",
        )
    }
    found = read_labels(folder("images/a.jpg", "images/b.jpg", "images/c.jpg", texts=texts))
    assert found.splits == {"images/a.jpg": "train", "images/b.jpg": "val"}
    assert found.split_rule.startswith("subsets in ")


def test_the_subset_of_a_task_holds_for_its_images_and_several_files_are_joined(folder):
    texts = {
        "one.xml": xml(image("a.jpg", box("cow")), subset="Train"),
        "two.xml": xml(image("b.jpg", tag("goat")), labels=("goat", "cow"), subset="Test"),
    }
    found = read_labels(folder("a.jpg", "b.jpg", texts=texts))
    assert found.splits == {"a.jpg": "train", "b.jpg": "test"}
    assert found.tags == {"a.jpg": ("cow",), "b.jpg": ("goat",)}
    assert found.classes == ("cow", "goat")
    assert any("1 of its classes are in no picture and left out (sheep)" in note for note in found.notes)


def test_outlines_and_masks_are_drawn_in_their_z_order(folder):
    texts = {
        "annotations.xml": xml(
            image(
                "a.jpg",
                mask("cow", "1, 2, 1, 2", left=6, top=4, width=3, height=2, z_order=2),
                polygon("sheep", "2.00,0.00;4.00,0.00;4.00,3.00;2.00,3.00", z_order=1),
                polygon("cow", "0.00,0.00;4.00,0.00;4.00,6.00;0.00,6.00", z_order=0),
                tag("cow"),
            ),
            image("b.jpg", polygon("cow", "0,0;4,0;4,6"), box("sheep")),
            image("c.jpg", polygon("cow", "0,0;4,0;4,6"), tag("sheep")),
            image("d.jpg"),
        )
    }
    found = read_labels(folder("a.jpg", "b.jpg", "c.jpg", "d.jpg", texts=texts))
    assert set(found.drawings) == {"a.jpg", "d.jpg"}
    expected = np.zeros((6, 8), int)
    expected[:, :4] = 2
    expected[:3, 2:4] = 1
    expected[4, 7] = 2  # columns 7 and 8, of which the picture has the first
    expected[5, 7] = 2
    np.testing.assert_array_equal(found.drawings["a.jpg"]({"sheep": 1, "cow": 2}), expected)
    assert not found.drawings["d.jpg"]({"sheep": 1, "cow": 2}).any()
    assert any("2 pictures get no mask" in note for note in found.notes)


def test_background_is_no_class_and_is_drawn_as_background(folder):
    shapes = polygon("cow", "0,0;8,0;8,6;0,6"), polygon("background", "0,0;4,0;4,6;0,6")
    texts = {"annotations.xml": xml(image("a.jpg", *shapes), labels=("background", "cow"))}
    found = read_labels(folder("a.jpg", texts=texts))
    assert (found.classes, found.tags) == (("cow",), {"a.jpg": ("cow",)})
    drawn = found.drawings["a.jpg"]({"cow": 1})
    assert drawn[:, :4].sum() == 0
    assert drawn[:, 4:].all()
    assert any('"background" is no class' in note for note in found.notes)


def test_parts_of_skeletons_are_no_classes(folder):
    parts = "<label><name>cow</name></label><label><name>nose</name><parent>cow</parent></label>"
    text = xml(image("a.jpg", '<skeleton label="cow"><points label="nose" points="1,1"/></skeleton>'), labels=())
    found = read_labels(folder("a.jpg", texts={"a.xml": text.replace("<labels>", f"<labels>{parts}")}))
    assert (found.classes, found.tags) == (("cow",), {"a.jpg": ("cow",)})


def test_names_of_no_picture_are_counted_and_none_at_all_is_an_error(folder):
    scan = folder("a.jpg", texts={"x.xml": xml(image("a.jpg", box("cow")), image("gone.jpg", box("cow")))})
    found = read_labels(scan)
    assert (found.names, found.unmatched) == (2, 1)
    assert "gone.jpg" in found.unmatched_example
    with pytest.raises(SeedmaskError, match=r"x.xml: 1 names are of no picture"):
        read_labels(folder(texts={"x.xml": xml(image("gone.jpg"))}))


def test_files_that_contradict_each_other_about_a_picture_are_an_error(folder):
    texts = {"x.xml": xml(image("a.jpg", box("cow"))), "y.xml": xml(image("a.jpg", box("sheep")))}
    with pytest.raises(InputError, match=r"y.xml image a.jpg: says of a.jpg: sheep, but .*x.xml image a.jpg says cow"):
        read_labels(folder("a.jpg", texts=texts))


def test_all_bad_shapes_are_named_at_once(folder):
    text = xml(
        image("a.jpg", box(""), polygon("cow", "1,1;2"), polygon("cow", "1,1;2,2"), polygon("cow", "0,0;nan,0;1,1")),
        image("b.jpg", mask("cow", "1, x", 0, 0, 2, 2), mask("cow", "1, 9", 0, 0, 2, 2)),
        image("", box("cow")),
    )
    with pytest.raises(InputError) as caught:
        read_labels(folder("a.jpg", "b.jpg", texts={"x.xml": text}))
    said = str(caught.value)
    assert len(caught.value.problems) == 7
    assert "x.xml image a.jpg: a box has no label" in said
    assert 'a polygon has the point "2", expected `x,y`' in said
    assert "a polygon holds a polygon with 2 corners, expected at least 3" in said
    assert 'a polygon has the point "nan,0"' in said
    assert "x.xml image b.jpg: a mask has rle" in said
    assert "has runs of 10 pixels in a rectangle of 2 x 2" in said
    assert "x.xml image 3: has no name" in said


def test_a_picture_in_two_subsets_a_torn_file_and_one_of_a_video_are_errors(folder):
    two = {
        "x.xml": xml(image("a.jpg", subset="Train")),
        "y.xml": xml(image("a.jpg", subset="Test")),
    }
    with pytest.raises(InputError, match=r"y.xml image a.jpg: is in the subsets train and test"):
        read_labels(folder("a.jpg", texts=two))
    with pytest.raises(InputError, match=r"z.xml line 5: not well-formed XML"):
        read_labels(folder(texts={"x.xml": "<a/>", "y.xml": "<a/>", "z.xml": xml(image("a.jpg"))[:-20]}))
    video = '<annotations><meta/><track id="0" label="cow"><box frame="0"/></track></annotations>'
    with pytest.raises(InputError, match=r"z.xml: is one of CVAT for video; export the task as `CVAT for images 1.1`"):
        read_labels(folder(texts={"z.xml": video}))


@pytest.mark.parametrize("text", ["<annotation><object/></annotation>", "no xml", "<annotations/>", "<a><image/></a>"])
def test_other_xml_is_not_of_this_kind(folder, text):
    assert read_labels(folder("a.jpg", texts={"a.xml": text})) is None
