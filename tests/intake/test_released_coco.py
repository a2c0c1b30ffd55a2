"""COCO as it is unpacked, from `seedmask init` to a configuration that reads it unchanged."""

import json

import pytest
from coco_kit import write_coco
from intake_kit import read

from seedmask.config.graph import load_file
from seedmask.intake.options import ReadingOptions
from seedmask.intake.released_sets import read_released_set, released_set


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """A working directory of its own."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(("year", "above"), [("2014", "set"), ("2017", "archive/set")])
def test_init_chooses_the_format_and_says_how_truth_is_rendered(here, year, above):
    write_coco(here / above, train=6, val=3, year=year, empty=1)
    reading = read(above.partition("/")[0])
    config = load_file(here / "c.yaml")
    assert (config.dataset.format, config.dataset.root) == ("coco", above)
    assert config.dataset.masks == "smallest_on_top"
    assert "masks: smallest_on_top" in (here / "c.yaml").read_text()
    assert reading.counts == {"train": 7, "val": 3}
    assert [*config.classifiers, *config.predictions] == ["cam", "crf"]
    assert not list(here.glob("*-labels"))


def test_a_preview_shows_rendered_masks(here):
    write_coco(here / "set", train=2, val=1)
    released = released_set(here / "set")
    assert released
    contents = read_released_set(*released, ReadingOptions())
    (first, *_) = contents.of_split("train")
    mask = contents.draw_mask(first)
    assert contents.tags[first] == ("thing 10", "thing 18")
    assert mask is not None
    assert {0, 10, 17} <= set(mask.ravel().tolist())


def test_a_part_of_coco_is_read_as_any_folder_with_its_json(here):
    write_coco(here / "set", train=30, val=4)
    path = here / "set/annotations/instances_train2014.json"
    content = json.loads(path.read_text())
    (here / "set/train2014" / content["images"][0]["file_name"]).unlink()
    assert released_set(here / "set") is None
    read("set")
    assert load_file(here / "c.yaml").dataset.format == "folder"
