"""`check` and `doctor` look at the files of weak labels before anything runs."""

from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image
from typer.testing import CliRunner
from voc_kit import write_voc

from seedmask.cli import app
from seedmask.config.graph import load_file
from seedmask.plan import Plan
from seedmask.weak_labels.checking import label_problems, listed_index

LABELS = {
    "points": {"method": "points", "file": "VOC2012/whats_the_point.json"},
    "strokes": {"method": "scribbles", "folder": "VOC2012/scribble/voc_2012"},
    "pngs": {"method": "scribbles", "folder": "VOC2012/scribble/seginst", "codes": {"unlabelled": 255}},
    "boxes": {"method": "boxes", "folder": "VOC2012/Annotations"},
    "simulated": {"method": "blocks", "from": "truth"},
}


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder with a set in the layout of VOC, and a configuration of weak labels alone."""
    monkeypatch.chdir(tmp_path)
    write_voc(Path("VOC2012"), train=2, augmented=3, val=1)
    lists = {"train": "ImageSets/Segmentation/trainaug.txt", "val": "ImageSets/Segmentation/val.txt"}
    dataset = {"name": "voc", "format": "voc", "root": "VOC2012", "splits": lists}
    Path("config.yaml").write_text(yaml.safe_dump({"dataset": dataset, "weak_labels": LABELS}))
    return tmp_path / "VOC2012"


def plan():
    return Plan(load_file(Path("config.yaml")))


def test_files_that_fit_have_no_problem(here):
    assert label_problems(plan()) == []
    result = CliRunner().invoke(app, ["doctor", "--quick"])
    assert "ok       weak labels    VOC2012/Annotations, VOC2012/scribble/seginst" in result.output


def test_sizes_are_those_of_upright_pictures(here):
    path = here / "JPEGImages/2007_000000.jpg"
    with Image.open(path) as image:
        exif = image.getexif()
        exif[0x0112] = 6
        image.save(path, exif=exif)
    first, second, *_ = listed_index(plan()).rows
    assert (first.width, first.height) == (125, 94)
    assert (second.width, second.height) == (125, 94)


def test_all_that_is_wrong_with_the_files_of_all_labels_is_said_at_once(here):
    (here / "scribble/seginst/2007_000000.png").unlink()
    Image.fromarray(np.zeros((9, 9), np.uint8)).save(here / "scribble/seginst/2007_000001.png")
    Image.fromarray(np.full((125, 94), 77, np.uint8)).save(here / "scribble/seginst/2007_000002.png")
    strokes = here / "scribble/voc_2012/2007_000001.xml"
    strokes.write_text(strokes.read_text().replace("<tag>bicycle</tag>", "<tag>bycicle</tag>"))
    boxes = here / "Annotations/2007_000002.xml"
    boxes.write_text(boxes.read_text().replace("<xmax>", "<xmax>9"))
    points = here / "whats_the_point.json"
    points.write_text(points.read_text().replace('"x": ', '"x": 9', 1))
    result = CliRunner().invoke(app, ["check"])
    assert result.exit_code == 1
    output = " ".join(result.output.split())
    for said in (
        "2007_000000.png: the file is missing",
        "2007_000001.png: labels have 9 x 9 pixels, image 2007_000001 has 125 x 94",
        "2007_000002.png: numbers 77 are neither classes nor codes",
        '2007_000001.xml polygon 2: class "bycicle" is unknown (nearest: "bicycle")',
        "2007_000002.xml object 1: box",
        "whats_the_point.json 2007_000000 point 1: point 9",
    ):
        assert said in output
    doctor = CliRunner().invoke(app, ["doctor", "--quick"])
    assert "problem  weak labels" in doctor.output
    assert doctor.exit_code == 1


def test_files_of_weak_labels_are_not_looked_at_where_a_list_of_pictures_is_missing(here):
    (here / "ImageSets/Segmentation/trainaug.txt").unlink()
    output = CliRunner().invoke(app, ["doctor", "--quick"]).output
    assert "trainaug.txt: the list of split `train` is missing" in output
    assert "weak labels" not in output
