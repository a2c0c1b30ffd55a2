"""Masks of another program in one JSON file."""

import json
from pathlib import Path

import numpy as np
import pytest
from elsewhere_kit import plan_with, run
from results_kit import CLASS_NAMES, HEIGHT, WIDTH, make_run

from seedmask.errors import InputError
from seedmask.export.coco import export_coco
from seedmask.export.label_studio import export_label_studio
from seedmask.export.variants import open_variant

OWN = {"method": "folder", "path": "own.json", "origin": "pixel_labels"}


@pytest.fixture
def ours(tmp_path, monkeypatch):
    """Masks of a finished run in the working directory."""
    monkeypatch.chdir(tmp_path)
    return open_variant(make_run().results, "masks/crf")


def read_back(**options):
    return run(plan_with(masks={"own": OWN | options}), "masks/own")


def refusal(content):
    write(content)
    with pytest.raises(InputError) as error:
        read_back()
    return str(error.value)


def write(content):
    Path("own.json").write_text(json.dumps(content))


def exported(ours, tmp_path, export, name):
    export(ours.folder.parents[1], "masks/crf", tmp_path / "out")
    return json.loads((tmp_path / "out" / name).read_text())


@pytest.mark.parametrize(
    ("export", "name"), [(export_coco, "annotations.json"), (export_label_studio, "tasks.json")], ids=["coco", "studio"]
)
def test_exported_masks_come_back_as_they_were(ours, tmp_path, export, name):
    write(exported(ours, tmp_path, export, name))
    own = read_back()
    assert {image: own.digest(image) for image in own.ids} == {image: ours.digest(image) for image in ours.ids}


def coco(*annotations, images=None):
    """Annotations of all six training pictures, those given for the first."""
    names = images or ["p0", "herd/p1", "p2", "p3", "p4", "p5"]
    return {
        "images": [
            {"id": number, "file_name": f"{name}.png", "width": WIDTH, "height": HEIGHT}
            for number, name in enumerate(names)
        ],
        "categories": [{"id": 7, "name": CLASS_NAMES[0]}, {"id": 3, "name": CLASS_NAMES[1]}, {"id": 9, "name": "dog"}],
        "annotations": [{"id": 40 + n, "image_id": 0, **one} for n, one in enumerate(annotations)],
    }


SQUARE = [[2, 2, 8, 2, 8, 8, 2, 8]]
RUNS = {"size": [HEIGHT, WIDTH], "counts": [HEIGHT * 4, HEIGHT * 6, HEIGHT * 6]}
"""Columns 4 to 9, since COCO counts column by column."""


def test_polygons_run_lengths_and_crowds_are_drawn_and_the_rest_is_background(ours):
    write(coco({"category_id": 7, "segmentation": SQUARE}, {"category_id": 7, "iscrowd": 1, "segmentation": RUNS}))
    own = read_back()
    assert own.read("p0")["mask"][5].tolist() == [0, 0, 1, 1, *[255] * 6, *[0] * 6]
    assert not own.read("p2")["mask"].any()


def test_pixels_that_two_classes_claim_are_ignored(ours):
    write(coco({"category_id": 7, "segmentation": SQUARE}, {"category_id": 3, "segmentation": RUNS}))
    mask = read_back(other_classes="ignore").read("p0")["mask"]
    assert mask[5, :4].tolist() == [0, 0, 1, 1]
    plan = plan_with(predictions={"own": OWN | {"splits": ["train"]}})
    assert run(plan, "predictions/own").read("p0")["mask"][5].tolist() == [0, 0, 1, 1, *[255] * 4, 2, 2, *[0] * 6]


def test_everything_that_is_wrong_with_a_coco_file_is_named_at_once(ours):
    content = coco(
        {"category_id": 7, "segmentation": []},
        {"category_id": 7, "segmentation": [[1, 2, 3, 4]]},
        {"category_id": 7, "segmentation": {"counts": 5}},
        {"category_id": 9, "segmentation": SQUARE},
        images=["p0", "nowhere"],
    )
    content["images"][0]["width"] = 99
    message = refusal(content)
    for number in (40, 41, 42):
        assert f"own.json annotation {number}: has no segmentation; give it polygons or run lengths" in message
    assert 'own.json category 9: class "dog" is unknown' in message
    assert 'own.json image 1: "nowhere.png" names no picture, or several' in message
    assert f"own.json image 0: image p0 has {WIDTH} x {HEIGHT} pixels, but 99 x {HEIGHT} here" in message


def test_images_that_a_file_lacks_are_counted_and_named(ours):
    assert "own.json: 4 of 6 images have no mask: p2, p3, p4, p5" in refusal(coco(images=["herd/p1", "p0"]))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (7, "is not a COCO file"),
        ([7], "own.json task 1: is no task of Label Studio, or lacks something"),
        ({"images": []}, "is not a COCO file"),
        (
            coco({"image_id": 99, "category_id": 7}),
            "1 annotations of no image: annotation 40 (image_id 99)",
        ),
        (coco(images=["p0", "x/p0"]), "own.json image 1: names image p0, as own.json image 0 does"),
        (coco({"category_id": 3, "segmentation": SQUARE}), f"own.json image p0: shows {CLASS_NAMES[1]}, which image"),
        (coco({"category_id": 7, "segmentation": {**RUNS, "size": [5, 5]}}), "run lengths of 5 x 5 pixels"),
    ],
    ids=["number", "list", "half", "dangling", "twice", "tag", "size"],
)
def test_other_files_are_refused(ours, content, message):
    assert message in refusal(content)


def task(name, *results, **more):
    return {"data": {"image": name}, "annotations": [{"result": list(results)}], **more}


def region(kind, **value):
    sizes = {"original_width": WIDTH, "original_height": HEIGHT}
    return {"type": kind, **sizes, "value": {kind: [CLASS_NAMES[0]], **value}}


TRIANGLE = region("polygonlabels", points=[[0, 0], [100, 0], [0, 100]])
OTHERS = [task(f"/data/upload/3/0a1b2c3d-p{number}.png") for number in range(1, 6)]


def test_tasks_of_label_studio_name_pictures_in_many_ways_and_may_hold_polygons(ours):
    write([task("https://host/data/local-files/?d=pictures%2Fp0.png", TRIANGLE), *OTHERS])
    mask = read_back().read("p0")["mask"]
    assert mask[0, 0] == 1
    assert mask[-1, -1] == 0
    assert 0.4 < np.mean(mask) < 0.6


def test_what_is_odd_in_tasks_is_named(ours):
    turned = {**TRIANGLE, "image_rotation": 90}
    two = [{"result": []}, {"result": []}]
    message = refusal(
        [
            task("p0.png", turned, id=71),
            task("p1.png", region("ellipselabels"), id=72),
            OTHERS[1] | {"annotations": two},
        ]
    )
    assert "own.json task 71: was drawn on a turned picture" in message
    assert "own.json task 72: has a region of type ellipselabels; draw masks with brushes or polygons" in message
    assert "own.json task 3: has 2 annotations, expected one" in message


def test_a_damaged_brush_names_its_picture(ours):
    message = refusal([task("p0.png", region("brushlabels", rle=[1, 2, 3])), *OTHERS])
    assert "own.json image p0: a brush region ends after 3 bytes" in message
