"""Projects of annotation tools in whole folders: tags and masks as the index holds them, or what is refused and why."""

import base64
import csv
import io
import json
import zlib
from pathlib import Path

import numpy as np
import pytest
from intake_kit import pictures, read, text
from PIL import Image

from seedmask.dataset.images import read_mask
from seedmask.errors import SeedmaskError
from seedmask.methods.label_studio_rle import encode_brush

COW, SHEEP, BOTH, NONE = ("cow",), ("sheep",), ("cow", "sheep"), ()
FOUR = {"0.jpg": COW, "1.jpg": SHEEP, "2.jpg": BOTH, "3.jpg": NONE}
"""What most projects here say, in their own way."""
LEFT, RIGHT = [[0, 0], [4, 0], [4, 6], [0, 6]], [[4, 0], [8, 0], [8, 6], [4, 6]]
"""Corners of the halves of a picture of 8 x 6 pixels: cows stand on the left, sheep on the right."""
HALVES = {"cow": LEFT, "sheep": RIGHT}
MASKS = {"0.jpg": [1, 0], "1.jpg": [0, 2], "2.jpg": [1, 2]}
"""Class numbers of the left and right half."""
SIZE = {"original_width": 8, "original_height": 6, "image_rotation": 0}


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def replace(path, old, new):
    text(path, Path(path).read_text().replace(old, new))


def half(name):
    """The half of a class, as pixels."""
    area = np.zeros((6, 8), bool)
    area[:, slice(4) if name == "cow" else slice(4, 8)] = True
    return area


def png(area):
    file = io.BytesIO()
    Image.fromarray(area).save(file, "PNG")
    return file.getvalue()


def studio_value(kind, name):
    percent = [[x * 100 / 8, y * 100 / 6] for x, y in HALVES[name]]
    value = {"polygonlabels": {"points": percent, "closed": True}}
    value["brushlabels"] = {"format": "rle", "rle": encode_brush(half(name))}
    value["rectanglelabels"] = {"x": percent[0][0], "y": 0, "width": 50, "height": 100, "rotation": 0}
    return {**value[kind], kind: [name]}


def studio_tasks(answer, address="/data/upload/3/0a1b2c3d-{}"):
    """Label Studio's tasks, with the results that a function gives for each picture's classes."""
    for number, (picture, tags) in enumerate(FOUR.items(), start=41):
        annotation = {"id": number + 100, "completed_by": 1, "result": list(answer(tags)), "was_cancelled": False}
        yield {
            "id": number,
            "annotations": [annotation],
            "predictions": [],
            "data": {"image": address.format(picture)},
            "meta": {},
        }


def studio_regions(kind):
    def answer(tags):
        for name in tags:
            common = {**SIZE, "id": name, "from_name": "label", "to_name": "image", "type": kind, "origin": "manual"}
            yield common | {"value": studio_value(kind, name)}

    return lambda: text("d/project-3-at-2024.json", json.dumps(list(studio_tasks(answer))))


def studio_choices(address):
    def answer(tags):
        common = {"from_name": "animal", "to_name": "image", "type": "choices"}
        return [common | {"value": {"choices": list(tags) or ["none"]}}]

    return lambda: text("d/project.json", json.dumps(list(studio_tasks(answer, address))))


def studio_flat(*, regions=False):
    def write():
        tasks = []
        for number, (name, tags) in enumerate(FOUR.items()):
            task = {"image": f"/data/upload/1/0a1b2c3d-{name}", "id": number, "annotator": 1, "annotation_id": number}
            task |= {"created_at": "2024-01-01", "updated_at": "2024-01-01", "lead_time": 2.5}
            if regions:
                task |= {"label": [SIZE | studio_value("polygonlabels", tag) for tag in tags]} if tags else {}
            elif tags:
                task["choice"] = tags[0] if len(tags) == 1 else {"choices": list(tags)}
            tasks.append(task)
        text("d/project-min.json", json.dumps(tasks))

    return write


def via_entries(*, whole=False, numbered=False):
    entries = {}
    for name, tags in FOUR.items():
        regions = []
        for tag in () if whole else tags:
            x, y = zip(*HALVES[tag], strict=True)
            shape = {"name": "polygon", "all_points_x": x, "all_points_y": y}
            word = {"cow": "1", "sheep": "2"}[tag] if numbered else tag
            regions.append({"shape_attributes": shape, "region_attributes": {"class": word}})
        attributes = {"animal": dict.fromkeys(tags or ("none",), True)} if whole else {} if tags else {"empty": "none"}
        entries[f"{name}99"] = {"filename": name, "size": 99, "regions": regions, "file_attributes": attributes}
    return entries


def via_project():
    declared = {"class": {"type": "radio", "description": "", "options": {"1": "cow", "2": "sheep"}}}
    settings = {"ui": {}, "core": {"filepath": {}, "default_filepath": "./img/"}, "project": {"name": "farm"}}
    project = {"_via_settings": settings, "_via_img_metadata": via_entries(numbered=True)}
    text("d/via_project.json", json.dumps(project | {"_via_attributes": {"region": declared, "file": {}}}))


def via_table():
    out = io.StringIO()
    header = "#filename,file_size,file_attributes,region_count,region_id,region_shape_attributes,region_attributes"
    writer = csv.writer(out)
    for entry in via_entries().values():
        cells = [entry["filename"], 99, json.dumps(entry["file_attributes"]), len(entry["regions"])]
        for number, region in enumerate(entry["regions"]):
            writer.writerow([*cells, number, *(json.dumps(region[f"{key}_attributes"]) for key in ("shape", "region"))])
        if not entry["regions"]:
            writer.writerow([*cells, 0, "{}", "{}"])
    text("d/via_export_csv.csv", f"{header}\n{out.getvalue()}")


def labelme(folder="d", path="{}", *, flags=False, kind="polygon"):
    def write():
        for name, tags in FOUR.items():
            shapes = []
            for tag in () if flags else tags:
                bits = {
                    "points": [HALVES[tag][0], HALVES[tag][2]],
                    "mask": base64.b64encode(png(half(tag)[:, half(tag)[0]])).decode(),
                }
                shape = {"polygon": {"points": HALVES[tag]}, "rectangle": {"points": [HALVES[tag][0], HALVES[tag][2]]}}
                shape["mask"] = bits
                shapes.append({"label": tag, "shape_type": kind, "group_id": None, "flags": {}, **shape[kind]})
            said = {tag: tag in tags for tag in BOTH} if flags else {}
            value = {
                "version": "5.4.1",
                "flags": said,
                "shapes": shapes,
                "imagePath": path.format(name),
                "imageData": "A",
            }
            text(f"{folder}/{name[:-4]}.json", json.dumps(value | {"imageHeight": 6, "imageWidth": 8}))

    return write


def supervisely(root="d", kind="bitmap"):
    def write():
        for name, tags in FOUR.items():
            objects = []
            for tag in tags if kind != "tags" else ():
                data = base64.b64encode(zlib.compress(png(half(tag)[:, half(tag)[0]]))).decode()
                corners = [[x - (x > HALVES[tag][0][0]), y - (y > 0)] for x, y in HALVES[tag]]
                shape = {"bitmap": {"bitmap": {"data": data, "origin": HALVES[tag][0]}}}
                shape["polygon"] = {"points": {"exterior": corners, "interior": []}}
                objects.append(
                    {"id": 1, "classId": 2, "geometryType": kind, "classTitle": tag, "tags": [], **shape[kind]}
                )
            listed = [{"id": 3, "name": tag, "value": None} for tag in (tags if kind == "tags" else ()) or NONE]
            listed += [] if tags else [{"id": 3, "name": "none", "value": None}]
            value = {"description": "", "tags": listed, "size": {"height": 6, "width": 8}, "objects": objects}
            text(f"{root}/ds0/ann/{name}.json", json.dumps(value))
        classes = [{"title": tag, "shape": "any", "color": "#FF0000"} for tag in BOTH]
        text(f"{root}/meta.json", json.dumps({"classes": classes, "tags": [], "projectType": "images"}))

    return write


def fiftyone(label):
    def write():
        found = {name[:-4]: label(tags) for name, tags in FOUR.items()}
        text("d/labels.json", json.dumps({"classes": list(BOTH), "labels": found}))

    return write


def detections(tags):
    return [{"label": BOTH.index(tag), "bounding_box": [0.1, 0.1, 0.5, 0.5], "attributes": {}} for tag in tags]


PROJECTS = {
    "Label Studio, uploads": ("d/{0..3}.jpg", studio_choices("/data/upload/3/0a1b2c3d-{}"), False),
    "Label Studio, local files": ("d/img/{0..3}.jpg", studio_choices("/data/local-files/?d=set/img/{}"), False),
    "Label Studio, S3": ("d/img/{0..3}.jpg", studio_choices("s3://farm/2024/{}"), False),
    "Label Studio, boxes": ("d/{0..3}.jpg", studio_regions("rectanglelabels"), False),
    "Label Studio, polygons": ("d/{0..3}.jpg", studio_regions("polygonlabels"), True),
    "Label Studio, brush": ("d/{0..3}.jpg", studio_regions("brushlabels"), True),
    "Label Studio, flat": ("d/{0..3}.jpg", studio_flat(), False),
    "Label Studio, flat polygons": ("d/images/{0..3}.jpg", studio_flat(regions=True), True),
    "VIA, annotations": ("d/{0..3}.jpg", lambda: text("d/via.json", json.dumps(via_entries())), True),
    "VIA, files": ("d/{0..3}.jpg", lambda: text("d/via.json", json.dumps(via_entries(whole=True))), False),
    "VIA, project": ("d/img/{0..3}.jpg", via_project, True),
    "VIA, CSV": ("d/{0..3}.jpg", via_table, True),
    "labelme": ("d/{0..3}.jpg", labelme(), True),
    "labelme, a folder of its own": ("d/img/{0..3}.jpg", labelme("d/ann", "..\\img\\{}"), True),
    "labelme, boxes": ("d/{0..3}.jpg", labelme(kind="rectangle"), False),
    "labelme, bitmaps": ("d/{0..3}.jpg", labelme(kind="mask"), True),
    "labelme, flags": ("d/{0..3}.jpg", labelme(flags=True), False),
    "Supervisely, bitmaps": ("d/ds0/img/{0..3}.jpg", supervisely(), True),
    "Supervisely, polygons": ("d/farm/ds0/img/{0..3}.jpg", supervisely("d/farm", "polygon"), True),
    "Supervisely, tags": ("d/ds0/img/{0..3}.jpg", supervisely(kind="tags"), False),
    "FiftyOne, classes": ("d/data/{0..3}.jpg", fiftyone(lambda tags: [BOTH.index(tag) for tag in tags]), False),
    "FiftyOne, names": ("d/data/{0..3}.jpg", fiftyone(list), False),
    "FiftyOne, boxes": ("d/data/{0..3}.jpg", fiftyone(detections), False),
}


@pytest.mark.parametrize("project", PROJECTS, ids=str)
def test_projects_are_read_with_their_masks(project):
    layout, write, drawn = PROJECTS[project]
    pictures(layout)
    write()
    reading = read("d")
    assert (reading.tags, reading.counts) == (FOUR, {"train": 4})
    assert reading.classes == BOTH
    assert bool(reading.masks) == drawn
    for name, halves in (MASKS if drawn else {}).items():
        expected = np.repeat([np.repeat(halves, 4)], 6, axis=0)
        np.testing.assert_array_equal(read_mask(reading.masks[name])[0], expected)


def test_a_class_that_gets_another_name_keeps_its_pixels():
    pictures("d/{0..3}.jpg")
    labelme()()
    for name in ("0", "2"):
        replace(f"d/{name}.json", '"cow"', '"cow;bull"')
    reading = read("d")
    assert reading.classes == ("cow,bull", "sheep")
    assert np.unique(read_mask(reading.masks["2.jpg"])[0]).tolist() == [1, 2]


def test_a_mask_of_another_size_than_its_picture_is_refused():
    pictures("d/{0..3}.jpg")
    labelme()()
    replace("d/2.json", '"imageWidth": 8', '"imageWidth": 9')
    with pytest.raises(SeedmaskError, match=r"2.jpg: has 8 x 6 pixels, its labels are of 9 x 6"):
        read("d")


def test_json_that_cannot_be_read_or_is_of_nothing_here_stops_no_other():
    pictures("d/{0..3}.jpg")
    labelme()()
    text("d/log.json", '{"step": 1}\n{"step": 2}\n')
    text("d/package.json", '{"name": "farm", "version": "1.0.0"}')
    reading = read("d")
    assert reading.tags == FOUR
    assert "log.json" in reading.said
