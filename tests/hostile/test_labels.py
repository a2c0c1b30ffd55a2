"""Weak labels and annotations that are broken, meant to do harm, or of pictures that are not theirs."""

import io
import json
import os
import pickle
from pathlib import Path

import numpy as np
import pytest
from hostile_kit import INDEX, Cases, command, data_set, index
from PIL import Image

from seedmask.config.dataset import VocDataset
from seedmask.weak_labels.boxes.fit import read_box_folder, read_boxes
from seedmask.weak_labels.images import LabelImages
from seedmask.weak_labels.options import LabelCodes
from seedmask.weak_labels.points.fit import read_points
from seedmask.weak_labels.scribbles.fit import read_strokes

weak, annotations = Cases("weak labels"), Cases("annotations")

BILLION = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
LAUGHS = f'<!DOCTYPE a [<!ENTITY e0 "ha">{BILLION}]><annotation><object><name>&e9;</name></object></annotation>'
OTHER_FILE = (
    '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><annotation><object><name>&e;</name></object></annotation>'
)


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@weak.each()
def test_weak_labels_get_a_clear_answer(case, request):
    weak.check(case, request)


@annotations.each()
def test_annotations_get_a_clear_answer(case, request):
    annotations.check(case, request)


def points(what: str, text: str, *names: str, suffix: str = ".csv") -> None:
    """Add a file of points as a case."""

    def give() -> None:
        file = Path(f"points{suffix}")
        file.write_text(text)
        read_points(file, INDEX)

    weak(what, f"points{suffix}", *names)(give)


def boxes(what: str, content: object, *names: str) -> None:
    """Add a COCO file of boxes as a case."""

    def give() -> None:
        Path("boxes.json").write_text(content if isinstance(content, str) else json.dumps(content))
        read_boxes(Path("boxes.json"), INDEX)

    weak(what, "boxes.json", *names)(give)


def coco(
    file_name: object = "a.png", category: object = "cow", bbox: object = (1, 1, 4, 4), number: object = 1
) -> dict:
    return {
        "images": [{"id": 7, "file_name": file_name}],
        "categories": [{"id": 3, "name": category}],
        "annotations": [{"id": 1, "image_id": 7 * number, "category_id": 3, "bbox": bbox}],
    }


points("a point of a picture above the folder", "../../a,1,1,cow\n", "line 1", '"../../a" names no picture')
points("a point outside its picture", "a,8,1,cow\n", "line 1", "outside image a of 8 x 6 pixels")
points("a point at infinity", "a,inf,1,cow\n", "line 1", "are not numbers")
points("a point of an unknown class", "a,1,1,cwo\n", "line 1", 'class "cwo" is unknown', 'nearest: "cow"')
points("a point without a class", "a,1,1\n", "line 1", "3 cells, expected 4")
points("two classes on one pixel", "a,1,1,cow\na,1,1,sheep\n", "line 2", "another class than", "line 1")
points("points that are no JSON", "[{]", "line 1", "is not JSON", suffix=".json")
points("a tower of brackets", "[" * 100_000, "is JSON that cannot be read", suffix=".json")
points("a number of 5,000 digits", f"[{'9' * 5000}]", "digits", suffix=".json")
points("an object for a list", "{}", "is not a list", suffix=".json")
points("a class that is a list", '[{"image": "a", "x": 1, "y": 1, "class": []}]', "entry 1", "unknown", suffix=".json")
boxes("boxes without lists", {"images": []}, "is not a COCO file")
boxes("boxes of a picture above the folder", coco("../../../etc/passwd"), "annotation 1", "names no picture")
boxes("a picture's name that is an object", coco({"a": 1}), "without `id` or `file_name`", "image 7")
boxes(
    "a box of infinite width",
    json.dumps(coco()).replace("[1, 1, 4", "[1, 1, Infinity"),
    "annotation 1",
    "is not a number",
)
boxes("a box of a picture that is not listed", coco(number=2), "annotation 1 (image_id 14)")
boxes("a box that is null", coco(bbox=None), "annotation 1", "bbox is missing")
boxes("a box of an unknown class", coco(category="cwo"), "category 3", 'nearest: "cow"')


@weak("a pipe for a table of points", "points.csv", "not a regular file")
def _():
    os.mkfifo("points.csv")
    read_points(Path("points.csv"), INDEX)


@weak("strokes whose corners are texts", "strokes.json entry 1", "not a list of [x, y]")
def _():
    Path("strokes.json").write_text('[{"image": "a", "class": "cow", "points": "everywhere"}]')
    read_strokes(Path("strokes.json"), INDEX)


def xml_boxes(what: str, text: str, *names: str) -> None:
    """Add a folder of XML as a case, for boxes and for tags."""

    def give_boxes() -> None:
        Path("xml").mkdir()
        Path("xml/a.xml").write_text(text)
        read_box_folder(Path("xml"), INDEX.rows, INDEX.classes)

    def give_tags() -> None:
        for folder in ("JPEGImages", "Annotations", "ImageSets"):
            Path("voc", folder).mkdir(parents=True)
        Image.new("RGB", (8, 6)).save("voc/JPEGImages/a.jpg")
        Path("voc/Annotations/a.xml").write_text(text)
        Path("voc/ImageSets/train.txt").write_text("a\n")
        index(VocDataset(format="voc", name="voc", root="voc", splits={"train": "ImageSets/train.txt"}))

    weak(f"boxes: {what}", "xml/a.xml", *names)(give_boxes)
    annotations(f"tags: {what}", "Annotations/a.xml", *names)(give_tags)


xml_boxes("a billion laughs", LAUGHS, "<!DOCTYPE", "entities")
xml_boxes("an entity that is another file", OTHER_FILE, "<!DOCTYPE", "entities")
xml_boxes("XML that is torn", "<annotation><object>", "line 1", "not well-formed XML")
xml_boxes("an encoding that nobody knows", '<?xml version="1.0" encoding="xyz"?><annotation/>', "not well-formed XML")


def label_pictures(what: str, array: np.ndarray, *names: str) -> None:
    """Add a PNG of labels of picture a as a case."""

    def give() -> None:
        Path("labels").mkdir()
        Image.fromarray(array).save("labels/a.png")
        codes = LabelCodes(background=0, unlabelled=254, void=255)
        LabelImages(Path("labels"), codes, INDEX.classes).check(INDEX.rows[:1])

    weak(what, "labels/a.png", *names)(give)


label_pictures("labels of another size", np.zeros((6, 9), np.uint8), "9 x 6 pixels", "8 x 6")
label_pictures("labels with an unknown number", np.full((6, 8), 77, np.uint8), "numbers 77", "codes")


def setup(what: str, files: dict[str, bytes | str], *names: str) -> None:
    """Add a folder that is to be set up as a case."""

    def give() -> str:
        data_set()
        Path("cows/tags.csv").unlink()
        for name, content in files.items():
            path = Path("cows", name)
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return command("init", "cows")

    annotations(what, *names)(give)


class Harm:
    def __init__(self, call: object, *arguments: object):
        self.reduced = call, arguments

    def __reduce__(self) -> tuple:
        return self.reduced


def npy(content: bytes) -> bytes:
    """A file as NumPy saves a dict, with any pickle in it."""
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(stream, {"descr": "|O", "fortran_order": False, "shape": ()})
    return stream.getvalue() + content


HUGE = b"cnumpy._core.numeric\n_frombuffer\n(I100000000000\ncnumpy\ndtype\n(S'u1'\nI0\nI1\ntR(I1\ntS'C'\ntR."
SETS = b"c_codecs\nencode\n(dS'__defaults__'\n(S'x'\ntsb."
setup("a pickle that runs a program", {"l.npy": npy(pickle.dumps(Harm(os.system, "touch owned")))}, "l.npy", "system")
setup("a pickle that opens a file", {"l.npy": npy(pickle.dumps(Harm(open, "/etc/passwd")))}, "l.npy", "open")
setup("a pickle that asks for 100 GB", {"l.npy": npy(HUGE)}, "l.npy", "numbers out of int")
setup("a pickle that changes the reader", {"l.npy": npy(SETS)}, "l.npy", "a function with attributes")
setup("a pickle that is torn", {"l.npy": npy(b"\x80\x04}")}, "l.npy", "is damaged")
setup("no NumPy file", {"l.npy": b"numbers"}, "l.npy", "is not a NumPy file")
setup(
    "COCO's JSON that is torn",
    {"instances_train.json": '{"images": ['},
    "instances_train.json",
    "line 1",
    "is not JSON",
)
setup("JSON of 5,000 digits", {"l.json": "9" * 5000}, "l.json", "is not JSON")
setup("COCO's images without names", {"l.json": json.dumps(coco() | {"images": [{"id": 1}]})}, "image 1", "file_name")
setup(
    "COCO's category that is gone", {"l.json": json.dumps(coco() | {"categories": []})}, "annotation 1", "category_id 3"
)
setup("a table of labels with an open quote", {"l.csv": 'a.png,"cow\nb.png,sheep\n'}, "l.csv line 1", "quote")


def test_nothing_of_a_pickle_is_run():
    Path("evil.npy").write_bytes(npy(pickle.dumps(Harm(os.system, "touch owned"))))
    data_set()
    Path("evil.npy").rename("cows/evil.npy")
    Path("cows/tags.csv").unlink()
    assert "system" in command("init", "cows")
    assert not Path("owned").exists()
