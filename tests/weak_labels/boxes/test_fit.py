import json

import pytest

from seedmask.dataset.index import Index, Row
from seedmask.errors import InputError
from seedmask.methods.boxes import Box
from seedmask.methods.weak_labels import UNLABELLED
from seedmask.weak_labels.boxes.fit import SIDES, read_box_folder, read_boxes

INDEX = Index(
    ("cow", "sheep"),
    tuple(Row(name, f"{name}.jpg", "train", 100, 80, (0,), "hash", None, None) for name in ("a", "b")),
)
HEADER = "image,xmin,ymin,xmax,ymax,class\n"


def coco(tmp_path, *boxes, **image):
    content = {
        "images": [{"id": 7, "file_name": "a.jpg", **image}],
        "categories": [{"id": 3, "name": "cow"}, {"id": 4, "name": "unused"}],
        "annotations": [
            {"id": number, "image_id": 7, "category_id": 3, "bbox": list(box), "iscrowd": 0}
            for number, box in enumerate(boxes)
        ],
    }
    path = tmp_path / "boxes.json"
    path.write_text(json.dumps(content))
    return path


def csv(tmp_path, *lines):
    path = tmp_path / "boxes.csv"
    path.write_text(HEADER + "".join(f"{line}\n" for line in lines))
    return path


def xml(tmp_path, objects):
    folder = tmp_path / "Annotations"
    folder.mkdir(exist_ok=True)
    parts = "".join(
        f"<object><name>{name}</name><bndbox>"
        + "".join(f"<{side}>{value}</{side}>" for side, value in zip(SIDES, box, strict=True))
        + "</bndbox></object>"
        for name, box in objects
    )
    (folder / "a.xml").write_text(f"<annotation>{parts}</annotation>")
    return folder


def of_folder(folder, rows=INDEX.rows):
    return read_box_folder(folder, rows, INDEX.classes)


def refusal(path):
    with pytest.raises(InputError) as error:
        read_boxes(path, INDEX)
    return str(error.value)


def test_the_three_formats_say_the_same(tmp_path):
    expected = {"a": [Box(10, 20, 40, 60, 1)]}
    assert read_boxes(csv(tmp_path, "a,10,20,40,60,cow"), INDEX) == expected
    assert read_boxes(coco(tmp_path, (10, 20, 30, 40)), INDEX) == expected
    assert of_folder(xml(tmp_path, [("cow", (11, 21, 40, 60))])) == expected


def test_fractions_are_rounded_outwards_and_a_pixel_over_the_edge_is_cut(tmp_path):
    assert read_boxes(csv(tmp_path, "b,-0.6,1.5,100.8,20.1,sheep"), INDEX) == {"b": [Box(0, 1, 100, 21, 2)]}


def test_a_crowd_has_no_class(tmp_path):
    path = coco(tmp_path, (10, 20, 30, 40))
    content = json.loads(path.read_text())
    content["annotations"][0]["iscrowd"] = 1
    path.write_text(json.dumps(content))
    assert read_boxes(path, INDEX) == {"a": [Box(10, 20, 40, 60, UNLABELLED)]}


def test_a_difficult_object_has_no_class_where_that_is_asked_for(tmp_path):
    folder = xml(tmp_path, [("cow", (11, 21, 40, 60))])
    path = folder / "a.xml"
    part = "<part><name>head</name><bndbox><xmin>1</xmin></bndbox></part>"
    path.write_text(path.read_text().replace("<bndbox>", f"<difficult>1</difficult>{part}<bndbox>", 1))
    boxes = [read_box_folder(folder, INDEX.rows, INDEX.classes, difficult)["a"] for difficult in (True, False)]
    assert boxes == [[Box(10, 20, 40, 60, 1)], [Box(10, 20, 40, 60, UNLABELLED)]]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("a,40,20,10,60,cow", "box of -30 x 40 pixels; write the upper left corner first"),
        ("a,10,20,10,60,cow", "box of 0 x 40 pixels"),
        ("a,10,20,140,60,cow", "box 10, 20 to 140, 60 leaves image a of 100 x 80 pixels"),
        ("a,-9,20,40,60,cow", "box -9, 20 to 40, 60 leaves image a"),
        ("a,10,20,x,60,cow", "a side of the box is not a number"),
        ("a,10,20,40,60,cat", 'class "cat" is unknown'),
        ("a,10,20,40,60,background", 'class "background" is unknown'),
        ("c,10,20,40,60,cow", '"c" names no picture'),
        ("a,100.2,20,100.9,60,cow", "box has no pixel in image a"),
    ],
)
def test_what_is_wrong_in_a_table_is_reported_with_its_line(tmp_path, line, found):
    path = csv(tmp_path, "a,1,1,5,5,cow", line)
    assert f"{path} line 3: {found}" in refusal(path)


def test_what_is_wrong_in_coco_is_reported_with_its_annotation(tmp_path):
    path = coco(tmp_path, (10, 20, 30, 40), (10, 20, -30, 40))
    assert f"{path} annotation 1: box of -30 x 40 pixels" in refusal(path)
    path = coco(tmp_path, (10, 20, 30, 40), width=50, height=80)
    assert "image a has 100 x 80 pixels, but 50 x 80 here" in refusal(path)
    path.write_text("[]")
    assert "is not a COCO file; write an object with the lists images, annotations, categories" in refusal(path)
    path.write_text("null")
    assert "is not a COCO file" in refusal(path)


@pytest.mark.parametrize(("image_id", "category_id"), [(7.0, 3.0), ("7", "3"), ("7.0", 3)])
def test_ids_of_coco_may_be_written_as_other_types(tmp_path, image_id, category_id):
    path = coco(tmp_path, (10, 20, 30, 40))
    content = json.loads(path.read_text())
    content["annotations"][0] |= {"image_id": image_id, "category_id": category_id}
    path.write_text(json.dumps(content))
    assert read_boxes(path, INDEX) == {"a": [Box(10, 20, 40, 60, 1)]}


def test_annotations_of_no_image_and_boxes_that_are_none_are_named(tmp_path):
    path = coco(tmp_path, (10, 20, 30, 40), (), ("10", "20", "30", "40"), (1, 2, 3, 4))
    content = json.loads(path.read_text())
    del content["annotations"][3]["bbox"]
    path.write_text(json.dumps(content))
    message = refusal(path)
    assert f"{path} annotation 1: bbox holds 0 numbers, expected 4" in message
    assert f'{path} annotation 2: bbox holds "10", which is not a number' in message
    assert f"{path} annotation 3: bbox is missing" in message
    assert "3 problems" in message
    content["annotations"][0]["image_id"] = 8
    path.write_text(json.dumps(content))
    assert f"{path}: 1 annotations of no image: annotation 0 (image_id 8)" in refusal(path)


def test_a_class_of_coco_that_is_none_here_is_reported_once(tmp_path):
    path = coco(tmp_path, (10, 20, 30, 40), (1, 2, 3, 4))
    content = json.loads(path.read_text())
    content["categories"][0]["name"] = "cat"
    path.write_text(json.dumps(content))
    message = refusal(path)
    assert f'{path} category 3: class "cat" is unknown' in message
    assert "1 problem\n" in message


def test_what_is_wrong_in_xml_is_reported_with_its_object(tmp_path):
    folder = xml(tmp_path, [("cow", (11, 21, 40, 60)), ("sheep", (40, 21, 11, 60)), ("background", (1, 1, 9, 9))])
    with pytest.raises(InputError, match=rf"boxes in {folder}: 2 problems") as error:
        of_folder(folder)
    assert f"{folder / 'a.xml'} object 2: box of -28 x 40 pixels" in str(error.value)
    assert f'{folder / "a.xml"} object 3: class "background" is unknown' in str(error.value)
    (folder / "a.xml").write_text("<annotation>")
    with pytest.raises(InputError, match="not well-formed XML"):
        of_folder(folder)


def test_the_xml_of_other_pictures_is_not_read(tmp_path):
    folder = xml(tmp_path, [("cow", (11, 21, 40, 60))])
    (folder / "b.xml").write_text("<annotation>")
    assert of_folder(folder, INDEX.rows[:1]) == {"a": [Box(10, 20, 40, 60, 1)]}
