"""Exports opened by other programs' own readers; `make programs` installs those, without them the tests are skipped."""

import importlib
import json
from urllib.parse import parse_qs, urlparse

import numpy as np
import pytest
from names_kit import CLASSES, HEIGHT, NAMES, WIDTH, masks_of
from pycocotools.coco import COCO
from scipy import ndimage

from seedmask.export.coco import export_coco
from seedmask.export.label_studio import export_label_studio
from seedmask.export.yolo import export_yolo

pytestmark = pytest.mark.filterwarnings("ignore")  # those of other programs


@pytest.fixture
def yolo(results, odd, tmp_path):
    """An export beside its pictures."""
    export_yolo(results, "masks/own", tmp_path / "yolo")
    (tmp_path / "yolo/images").symlink_to(odd[1])
    return tmp_path / "yolo"


@pytest.fixture
def ultralytics(tmp_path_factory, monkeypatch):
    """The package, which otherwise writes to the home folder and asks the network."""
    monkeypatch.setenv("YOLO_CONFIG_DIR", str(tmp_path_factory.mktemp("settings")))
    monkeypatch.setenv("YOLO_OFFLINE", "true")
    monkeypatch.setenv("YOLO_AUTOINSTALL", "false")
    return pytest.importorskip("ultralytics")


def combined(parts, labels):
    """Masks of parts as one mask."""
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    for part, label in zip(parts, labels, strict=True):
        mask[np.asarray(part).astype(bool)] = label
    return mask


def assert_outlined(found, mask):
    """A reader that rounds corners to whole pixels adds pixels beside those of a class at most."""
    for label in (1, 2):
        near, near_other = (ndimage.binary_dilation(mask == x, np.ones((3, 3))) for x in (label, 3 - label))
        assert (found == label)[(mask == label) & ~near_other].all()
        assert not (found == label)[~near].any()


def test_pycocotools_reads_every_pixel(results, tmp_path):
    export_coco(results, "masks/own", tmp_path)
    coco = COCO(tmp_path / "annotations.json")
    assert [category["name"] for category in coco.loadCats(coco.getCatIds())] == list(CLASSES)
    found = {
        image["file_name"]: combined(map(coco.annToMask, parts), [part["category_id"] for part in parts])
        for number, image in coco.imgs.items()
        for parts in [coco.imgToAnns[number]]
    }
    assert found.keys() == masks_of().keys()
    assert all(np.array_equal(found[name], mask) for name, mask in masks_of().items())


def test_supervision_reads_every_pixel_of_coco(results, odd, tmp_path):
    supervision = pytest.importorskip("supervision")
    export_coco(results, "masks/own", tmp_path)
    read = supervision.DetectionDataset.from_coco(str(odd[1]), str(tmp_path / "annotations.json"), force_masks=True)
    assert read.classes == list(CLASSES)
    found = {path: combined(found.mask, found.class_id + 1) for path, _, found in read}
    assert found.keys() == {str(odd[1] / name) for name in NAMES}
    assert all(np.array_equal(found[str(odd[1] / name)], mask) for name, mask in masks_of().items())


def test_supervision_reads_the_yolo_labels_of_each_folder(odd, yolo):
    supervision = pytest.importorskip("supervision")
    for name, mask in masks_of().items():
        folder, _, file = f"/{name}".rpartition("/")
        read = supervision.DetectionDataset.from_yolo(
            f"{odd[1]}{folder}", f"{yolo}/labels{folder}", str(yolo / "data.yaml"), force_masks=True
        )
        assert read.classes == list(CLASSES)
        found = {path: combined(found.mask, found.class_id + 1) for path, _, found in read}
        assert_outlined(found[f"{odd[1]}{folder}/{file}"], mask)


def test_ultralytics_reads_the_yolo_labels(ultralytics, yolo):
    data = importlib.import_module("ultralytics.data.utils")
    dataset = importlib.import_module("ultralytics.data.dataset")
    settings = data.check_det_dataset(str(yolo / "data.yaml"), autodownload=False)
    assert settings["names"] == dict(enumerate(CLASSES))
    found = {}
    for split in ("train", "val"):
        read = dataset.YOLODataset(
            img_path=settings[split], data=settings, task="segment", augment=False, rect=False, cache=False, prefix=""
        )
        for label in read.labels:
            corners = [segment * (WIDTH, HEIGHT) for segment in label["segments"]]
            parts = [data.polygon2mask((HEIGHT, WIDTH), [part.reshape(-1)]) for part in corners]
            name = label["im_file"].removeprefix(f"{yolo}/images/")
            found[name] = combined(parts, label["cls"][:, 0] + 1)
    assert found.keys() == set(NAMES)
    for name, mask in masks_of().items():
        assert_outlined(found[name], mask)


def test_ultralytics_converts_coco(ultralytics, results, tmp_path):
    pytest.importorskip("faster_coco_eval")
    export_coco(results, "masks/own", tmp_path / "coco")
    converter = importlib.import_module("ultralytics.data.converter")
    converter.convert_coco(str(tmp_path / "coco"), str(tmp_path / "out"), use_segments=True, cls91to80=False)
    folder = tmp_path / "out/labels/annotations"
    for name in NAMES:
        lines = (folder / name).with_suffix(".txt").read_text().splitlines()
        assert {line.split()[0] for line in lines} == {"0", "1"}


def test_label_studio_decodes_every_pixel(results, tmp_path):
    brush = pytest.importorskip("label_studio_sdk.converter.brush")
    export_label_studio(results, "masks/own", tmp_path)
    tasks = json.loads((tmp_path / "tasks.json").read_text(encoding="utf-8"))
    found = {}
    for task in tasks:
        regions = task["predictions"][0]["result"]
        parts = [brush.decode_rle(region["value"]["rle"]).reshape(HEIGHT, WIDTH, 4)[..., 3] for region in regions]
        labels = [CLASSES.index(region["value"]["brushlabels"][0]) + 1 for region in regions]
        (name,) = parse_qs(urlparse(task["data"]["image"]).query)["d"]
        found[name] = combined(parts, labels)
    assert found.keys() == masks_of().keys()
    assert all(np.array_equal(found[name], mask) for name, mask in masks_of().items())


def test_label_studio_finds_the_pictures(results, odd, tmp_path, monkeypatch):
    files = pytest.importorskip("label_studio_sdk._extensions.label_studio_tools.core.utils.io")
    export_label_studio(results, "masks/own", tmp_path, document_root=odd[1].parent)
    monkeypatch.setattr(files, "LOCAL_FILES_DOCUMENT_ROOT", str(odd[1].parent))
    tasks = json.loads((tmp_path / "tasks.json").read_text(encoding="utf-8"))
    found = [files.resolve_local_storage_file(task["data"]["image"]) for task in tasks]
    assert sorted(found) == sorted(str(odd[1] / name) for name in NAMES)


def test_label_studio_converts_accepted_predictions(results, tmp_path):
    """Predictions become annotations when a person submits them; the converter writes these as it writes any."""
    converter = pytest.importorskip("label_studio_sdk.converter.converter")
    export_label_studio(results, "masks/own", tmp_path)
    tasks = json.loads((tmp_path / "tasks.json").read_text(encoding="utf-8"))
    for number, task in enumerate(tasks, 1):
        (accepted,) = task.pop("predictions")
        task |= {"id": number, "annotations": [{"id": number, "result": accepted["result"], "completed_by": 1}]}
    (tmp_path / "annotations.json").write_text(json.dumps(tasks), encoding="utf-8")
    convert = converter.Converter((tmp_path / "config.xml").read_text("utf-8"), str(tmp_path), download_resources=False)
    (out := tmp_path / "numpy").mkdir()
    convert.convert(str(tmp_path / "annotations.json"), str(out), converter.Format.BRUSH_TO_NUMPY, is_dir=False)
    for number, task in enumerate(tasks, 1):
        (name,) = parse_qs(urlparse(task["data"]["image"]).query)["d"]
        for label, word in enumerate(CLASSES, 1):
            (file,) = [path for path in out.glob(f"task-{number}-*.npy") if f"-{word}-" in path.name]
            assert np.array_equal(np.load(file) > 0, masks_of()[name] == label)
