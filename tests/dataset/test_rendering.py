"""Masks rendered from a file against a plain loop over pycocotools."""

import json

import numpy as np
import pytest
from coco_kit import CATEGORIES, IDS
from pycocotools import mask as coco

from seedmask.dataset.entries import file_state
from seedmask.dataset.formats.coco_places import Outline, place_of, read_coco_places, rendering_text
from seedmask.dataset.rendering import rendered
from seedmask.errors import InputError

HEIGHT, WIDTH = 60, 80
ANNOTATIONS = 500


def random_annotations(rng, images):
    """Polygons of one part and of several, crowds of run lengths, and compressed ones, over each other."""
    for number in range(ANNOTATIONS):
        kind = number % 5
        if kind < 3:
            parts = [rng.uniform(-5, 85, 2 * rng.integers(3, 9)).round(2).tolist() for _ in range(kind % 2 + 1)]
            segmentation = parts
            code = coco.merge(coco.frPyObjects(parts, HEIGHT, WIDTH))
        else:
            code = coco.encode(np.asfortranarray(rng.random((HEIGHT, WIDTH)) < 0.2 + 0.3 * (kind == 3)))
            text = {"counts": code["counts"].decode(), "size": code["size"]}
            segmentation = text if kind == 4 else {"counts": runs_of(coco.decode(code)), "size": [HEIGHT, WIDTH]}
        area = rng.integers(1, 40) if number % 3 else float(coco.area(code))  # areas need not be true
        yield {
            "id": number,
            "image_id": int(rng.integers(images)),
            "category_id": int(rng.choice(IDS)),
            "segmentation": segmentation,
            "area": float(area),
            "iscrowd": int(kind == 3),
            "bbox": [0, 0, 1, 1],
        }


def runs_of(pixels):
    counts, value = [0], 0
    for pixel in pixels.ravel(order="F").tolist():
        if pixel != value:
            counts.append(0)
            value = pixel
        counts[-1] += 1
    return counts


def plain(recipe, annotations):
    """The published scripts' way: whole masks, one after the other."""
    mask, label = np.zeros((HEIGHT, WIDTH), int), {number: k for k, number in enumerate(IDS, 1)}
    pixels = {}
    for one in annotations:
        outline = one["segmentation"]
        if isinstance(outline, list):
            code = coco.merge(coco.frPyObjects(outline, HEIGHT, WIDTH))
        else:
            code = coco.frPyObjects(outline, HEIGHT, WIDTH) if isinstance(outline["counts"], list) else outline
        pixels[one["id"]] = coco.decode(code) == 1
    if recipe == "recam":
        for one in annotations:
            if not one["iscrowd"]:
                mask[pixels[one["id"]]] = label[one["category_id"]]
        return mask
    taken = [one for one in annotations if recipe == "coco2voc" or not one["iscrowd"]]
    for one in sorted(taken, key=lambda one: one["area"]):
        mask = np.where(mask > 0, mask, pixels[one["id"]] * label[one["category_id"]])
    for one in annotations if recipe == "smallest_on_top" else ():
        if one["iscrowd"]:
            mask[pixels[one["id"]] & (mask == 0)] = 255
    return mask


def write(path, annotations, images=1):
    listed = [{"id": number, "file_name": f"{number}.jpg"} for number in range(images)]
    path.write_text(json.dumps({"images": listed, "annotations": annotations, "categories": CATEGORIES}))
    return read_coco_places(path)


def mask_of(file, image, recipe="smallest_on_top", size=(WIDTH, HEIGHT), stated=None):
    outlines = [
        Outline(one.number, IDS.index(one.category) + 1, one.crowd, one.area, place_of(one))
        for one in file.annotations
        if one.image == image
    ]
    return rendered(file.path, file_state(file.path), rendering_text(recipe, stated, outlines), size)


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # pycocotools against numpy 2
@pytest.mark.parametrize("recipe", ["smallest_on_top", "recam", "coco2voc"])
def test_masks_of_500_random_annotations_are_those_of_pycocotools(tmp_path, recipe):
    annotations = list(random_annotations(np.random.default_rng(0), 60))
    file = write(tmp_path / "a.json", annotations, 60)
    for image in range(60):
        expected = plain(recipe, [one for one in annotations if one["image_id"] == image])
        assert np.array_equal(mask_of(file, image, recipe), expected), image


def annotation(**parts):
    corners = [[10.0, 10.0, 30.0, 10.0, 30.0, 30.0, 10.0, 30.0]]
    return {"id": 7, "image_id": 0, "category_id": 1, "segmentation": corners, "iscrowd": 0, **parts}


def test_an_object_without_area_is_as_large_as_its_outline(tmp_path):
    small, large = [[12, 12, 20, 12, 20, 20, 12, 20]], [[5, 5, 60, 5, 60, 40, 5, 40]]
    objects = [
        annotation(id=1, segmentation=small, category_id=2),
        annotation(id=2, area=400.0),
        annotation(id=3, segmentation=large, category_id=3),
    ]
    mask = mask_of(write(tmp_path / "a.json", objects), 0)
    assert (mask[15, 15], mask[25, 25], mask[35, 50]) == (2, 1, 3)


@pytest.mark.parametrize(
    ("segmentation", "found"),
    [
        ({"counts": [4800], "size": [80, 60]}, "annotation 7: run lengths of 60 x 80 pixels, expected 80 x 60"),
        ({"counts": [4799], "size": [60, 80]}, "annotation 7: run lengths of 4799 pixels, expected 80 x 60"),
        ({"counts": [4800]}, "annotation 7: segmentation has no `counts` and `size`"),
        ([[1, 2, 3, 4, 5, 6, 7]], "annotation 7: segmentation holds something that is no polygon of three corners"),
        ([[1, 2, 3, 4, 5, 1e300]], "annotation 7: segmentation holds a corner that is no number, or farther than"),
    ],
)
def test_a_damaged_outline_is_named(tmp_path, segmentation, found):
    file = write(tmp_path / "a.json", [annotation(segmentation=segmentation, area=3)])
    with pytest.raises(InputError, match="correct the annotation") as error:
        mask_of(file, 0)
    assert found in str(error.value)


def test_a_picture_of_another_size_than_the_file_states_is_refused(tmp_path):
    with pytest.raises(InputError, match="states 640 x 480 pixels for a picture of 80 x 60; restore the picture"):
        mask_of(write(tmp_path / "a.json", [annotation()]), 0, stated=(640, 480))


def test_a_file_that_changed_since_it_was_listed_is_refused(tmp_path):
    file = write(tmp_path / "a.json", [annotation()])
    state = file_state(file.path)
    file.path.write_text(" " + file.path.read_text())
    text = rendering_text("recam", None, [Outline(7, 1, False, 4, place_of(file.annotations[0]))])
    with pytest.raises(InputError, match="changed since it was listed; run snakemake again"):
        rendered(file.path, state, text, (WIDTH, HEIGHT))
