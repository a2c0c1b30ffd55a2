"""Masks and maps written for other programs, read back as these read them."""

import json

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image
from pycocotools.coco import COCO
from results_kit import CLASS_NAMES, HEIGHT, WIDTH, make_run
from skimage.draw import polygon

from seedmask.cli.export import Format
from seedmask.dataset.catalogue import Catalogue
from seedmask.errors import SeedmaskError
from seedmask.export import FORMATS
from seedmask.export.coco import export_coco
from seedmask.export.images import export_cams, export_voc
from seedmask.export.label_studio import export_label_studio
from seedmask.export.variants import open_variant
from seedmask.export.yolo import export_yolo, polygon_of
from seedmask.methods.label_studio_rle import decode_brush
from seedmask.methods.weak_labels import objects_of


@pytest.fixture
def results(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return make_run().results


@pytest.fixture
def masks(results):
    stored = open_variant(results, "masks/crf")
    return {image: stored.read(image)["mask"] for image in stored.ids}


def rows(results):
    return {row.id: row for row in Catalogue(results).index.rows}


def test_every_format_has_a_writer():
    assert [member.value for member in Format] == [*FORMATS, "onnx"]


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # pycocotools against numpy 2
def test_coco_is_read_by_pycocotools_pixel_by_pixel(results, masks, tmp_path, capsys):
    assert export_coco(results, "masks/crf", tmp_path / "out") == 1
    coco = COCO(tmp_path / "out" / "annotations.json")
    assert [category["name"] for category in coco.loadCats(coco.getCatIds())] == list(CLASS_NAMES)
    ids = {image["file_name"]: number for number, image in coco.imgs.items()}
    assert len(ids) == len(masks)
    for image, mask in masks.items():
        read = np.zeros_like(mask)
        for annotation in coco.imgToAnns[ids[rows(results)[image].image]]:
            part = coco.annToMask(annotation).astype(bool)
            assert annotation["area"] == part.sum()
            left, top, width, height = annotation["bbox"]
            assert part[top : top + height, left : left + width].sum() == part.sum()
            read[part] = annotation["category_id"]
        assert np.array_equal(read, mask)
    assert "Done" in capsys.readouterr().out


def test_voc_is_a_data_set_of_its_own(results, masks, tmp_path):
    export_voc(results, "masks/crf", tmp_path / "out")
    assert (tmp_path / "out/classes.txt").read_text().splitlines() == list(CLASS_NAMES)
    assert (tmp_path / "out/ImageSets/Segmentation/train.txt").read_text().splitlines() == list(masks)
    for image, mask in masks.items():
        assert np.array_equal(np.asarray(Image.open(tmp_path / f"out/SegmentationClass/{image}.png")), mask)


def test_yolo_s_polygons_cover_the_parts_of_the_masks(results, masks, tmp_path):
    assert export_yolo(results, "masks/crf", tmp_path / "out") == len(masks) + 2
    data = yaml.safe_load((tmp_path / "out/data.yaml").read_text())
    assert data == {"train": "train.txt", "names": dict(enumerate(CLASS_NAMES))}
    for image, mask in masks.items():
        read = np.zeros_like(mask)
        for line in (tmp_path / f"out/labels/{image}.txt").read_text().splitlines():
            number, *values = line.split()
            corners = np.array(values, float).reshape(-1, 2) * (WIDTH, HEIGHT)
            read[drawn(corners, mask.shape)] = int(number) + 1
        assert np.array_equal(read, mask)


REGIONS = arrays(bool, st.tuples(st.integers(1, 9), st.integers(1, 9)))


def drawn(corners, size):
    """Pixels whose centre lies in a polygon."""
    found = np.zeros(size, bool)
    found[polygon(corners[:, 1] - 0.5, corners[:, 0] - 0.5, size)] = True
    return found


@given(REGIONS)
def test_polygons_enclose_exactly_the_pixels_of_their_parts(region):
    """Holes, parts within holes, lines of one pixel and pixels that touch at a corner among them."""
    for _, part in objects_of(region.astype(np.uint8)):
        corners = polygon_of(part)
        assert len(corners) >= 4  # rows of five numbers would be read as boxes
        assert np.array_equal(drawn(np.round(corners / part.shape[::-1], 6) * part.shape[::-1], part.shape), part)


@given(st.integers(0, 5), st.integers(0, 5), st.integers(1, 4), st.integers(1, 4))
def test_a_polygon_of_a_rectangle_has_its_corners(left, top, width, height):
    part = np.zeros((9, 9), bool)
    part[top : top + height, left : left + width] = True
    corners = polygon_of(part)
    np.testing.assert_allclose(corners.min(axis=0), (left, top), atol=0.25)
    np.testing.assert_allclose(corners.max(axis=0), (left + width, top + height), atol=0.25)


def test_tasks_of_label_studio_hold_every_class_s_region(results, masks, tmp_path):
    assert export_label_studio(results, "masks/crf", tmp_path / "out") == 2
    tasks = json.loads((tmp_path / "out/tasks.json").read_text())
    by_image = {task["data"]["image"].partition("?d=")[2]: task["predictions"][0]["result"] for task in tasks}
    for image, mask in masks.items():
        read = np.zeros_like(mask)
        for region in by_image[rows(results)[image].image]:
            assert (region["original_width"], region["original_height"]) == (WIDTH, HEIGHT)
            (name,) = region["value"]["brushlabels"]
            read[decode_brush(region["value"]["rle"], *mask.shape)] = CLASS_NAMES.index(name) + 1
        assert np.array_equal(read, mask)
    assert '<Label value="cow &amp; calf"/>' in (tmp_path / "out/config.xml").read_text()


def test_maps_of_single_classes_are_floats(results, tmp_path):
    stored = open_variant(results, "seeds/cam")
    assert export_cams(results, "seeds/cam", tmp_path / "out") == len(stored.ids)
    found = np.asarray(Image.open(tmp_path / "out/p2/001_cow_calf.tif"))
    assert found.dtype == np.float32
    assert np.array_equal(found, stored.read("p2")["cam"][0])


@pytest.mark.parametrize("name", ["voc", "coco", "yolo", "labelstudio"])
def test_nothing_is_overwritten_unless_it_is_forced(results, tmp_path, name):
    FORMATS[name](results, "masks/crf", tmp_path / "out")
    before = {path: path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file()}
    with pytest.raises(SeedmaskError, match=r"there already; choose another folder, or overwrite with --force"):
        FORMATS[name](results, "predictions/crf", tmp_path / "out")
    assert before == {path: path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file()}
    FORMATS[name](results, "masks/crf", tmp_path / "out", force=True)
