"""Pictures are named as the user names them, by their path below the folder of the pictures, in every format."""

import json
import unicodedata
from pathlib import Path
from urllib.parse import parse_qs, urlparse

import numpy as np
import pytest
import yaml
from names_kit import CLASSES, NAMES, mask_of, masks_of
from PIL import Image
from pycocotools import mask as coco_mask
from typer.testing import CliRunner

from seedmask import open_results
from seedmask.cli import app
from seedmask.dataset.formats.files import id_of
from seedmask.dataset.index import Row
from seedmask.errors import SeedmaskError
from seedmask.export.coco import export_coco
from seedmask.export.images import export_masks, export_voc
from seedmask.export.label_studio import export_label_studio
from seedmask.export.variants import refuse_clashes, text_of_lines
from seedmask.export.yolo import export_yolo, label_place, yolo_places
from seedmask.intake.contents import read_folder


def addresses(folder: Path) -> list[str]:
    tasks = json.loads((folder / "tasks.json").read_text(encoding="utf-8"))
    return [task["data"]["image"] for task in tasks]


@pytest.mark.parametrize(
    ("image", "identity", "name"),
    [
        ("1.jpg", "1", "1.jpg"),
        ("../rel/pics/box/0.jpg", "box/0", "box/0.jpg"),
        ("/srv/pics/box/a.b.png", "box/a.b", "box/a.b.png"),
        ("JPEGImages/2007_000027.jpg", "2007_000027", "2007_000027.jpg"),
        ("../pics/u\N{COMBINING DIAERESIS}/0.jpg", "ü/0", "u\N{COMBINING DIAERESIS}/0.jpg"),
    ],
)
def test_a_name_is_the_path_below_the_folder_of_the_pictures(image, identity, name):
    assert Row(identity, image, "train", 1, 1, None, "", None, None).name == name


def test_coco_names_the_files_of_the_user(results, tmp_path):
    export_coco(results, "masks/own", tmp_path)
    content = json.loads((tmp_path / "annotations.json").read_text(encoding="utf-8"))
    assert sorted(image["file_name"] for image in content["images"]) == sorted(NAMES)
    assert all((results.parent.parent / "rel/pics" / image["file_name"]).is_file() for image in content["images"])


def test_areas_of_coco_are_those_of_the_masks(results, tmp_path):
    export_coco(results, "masks/own", tmp_path)
    content = json.loads((tmp_path / "annotations.json").read_text(encoding="utf-8"))
    numbers = {image["id"]: NAMES.index(image["file_name"]) for image in content["images"]}
    for number in sorted(numbers):
        for label in (1, 2):
            found = [a for a in content["annotations"] if (a["image_id"], a["category_id"]) == (number, label)]
            area = int((mask_of(numbers[number]) == label).sum())
            assert sum(annotation["area"] for annotation in found) == area
            assert sum(int(coco_mask.area(annotation["segmentation"])) for annotation in found) == area


def test_init_reads_the_tags_back_from_coco(results, odd, tmp_path):
    folder = tmp_path / "theirs"
    for name in NAMES:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes((odd[1] / name).read_bytes())
    export_coco(results, "masks/own", folder)
    contents = read_folder(folder)
    assert tuple(contents.classes) == CLASSES
    assert {id_of(name): set(tags) for name, tags in contents.tags.items()} == {
        id_of(name): set(CLASSES) for name in contents.scan.images
    }
    assert len(contents.tags) == len(NAMES)
    assert not any("missing" in note for note in contents.notes)


def test_addresses_of_label_studio_are_encoded(results, tmp_path):
    export_label_studio(results, "masks/own", tmp_path)
    found = addresses(tmp_path)
    assert all(address.startswith("/data/local-files/?d=") and address.isascii() for address in found)
    assert "/data/local-files/?d=box/k%C3%BChe%201%232%20%28copy%29.png" in found
    assert sorted(parse_qs(urlparse(address).query, strict_parsing=True)["d"][0] for address in found) == sorted(NAMES)


def test_addresses_start_from_label_studio_s_document_root(results, odd, tmp_path):
    arguments = ["export", str(results), "masks/own", "--to", "labelstudio", "--out", str(tmp_path / "out")]
    result = CliRunner().invoke(app, [*arguments, "--document-root", str(odd[1].parent)])
    assert result.exit_code == 0, result.output
    assert "/data/local-files/?d=pics/box/0.png" in addresses(tmp_path / "out")
    result = CliRunner().invoke(app, [*arguments, "--force", "--document-root", str(tmp_path)])
    assert result.exit_code == 1
    assert "lies outside Label Studio's document root" in result.output
    result = CliRunner().invoke(app, [*arguments[:4], "coco", *arguments[5:], "--document-root", "."])
    assert result.exit_code == 1
    assert "--document-root: is for `--to labelstudio`, not for `--to coco`" in result.output


def test_yolo_lists_pictures_and_places_labels_where_programs_look(results, tmp_path):
    assert export_yolo(results, "masks/own", tmp_path) == len(NAMES) + 3
    data = yaml.safe_load((tmp_path / "data.yaml").read_text(encoding="utf-8"))
    assert data == {"train": "train.txt", "val": "val.txt", "names": dict(enumerate(CLASSES))}
    listed = [line for split in ("train", "val") for line in (tmp_path / data[split]).read_text("utf-8").splitlines()]
    assert sorted(listed) == sorted(f"./images/{name}" for name in NAMES)
    assert all((tmp_path / "labels" / f"{id_of(name)}.txt").is_file() for name in NAMES)


@pytest.mark.parametrize(
    ("names", "labels"),
    [
        (["a.jpg", "a/a.jpg"], ["labels/a.txt", "labels/a/a.txt"]),
        (["images/a.jpg"], ["labels/a.txt"]),
        (["train/images/a.jpg", "valid/images/b/a.jpg"], ["train/labels/a.txt", "valid/labels/b/a.txt"]),
        (["a.jpg", "images/a.jpg"], ["labels/a.txt", "images/labels/a.txt"]),
        (["images/images.jpg"], ["labels/images.txt"]),
    ],
)
def test_the_last_folder_of_images_becomes_labels(names, labels):
    assert list(map(label_place, yolo_places(names).values())) == labels


def test_voc_and_png_name_masks_by_path(results, tmp_path):
    export_voc(results, "masks/own", tmp_path / "voc")
    export_masks(results, "masks/own", tmp_path / "png")
    lists = [(tmp_path / f"voc/ImageSets/Segmentation/{split}.txt").read_text("utf-8") for split in ("train", "val")]
    ids = [line for text in lists for line in text.splitlines()]
    assert len(ids) == len(NAMES)
    for name, mask in masks_of().items():
        image_id = id_of(unicodedata.normalize("NFC", name))
        assert image_id in ids
        for file in (tmp_path / f"voc/SegmentationClass/{image_id}.png", tmp_path / f"png/{image_id}.png"):
            found = np.asarray(Image.open(file))
            assert np.array_equal(np.where(found == 255, 0, found), mask)


def test_labelled_arrays_name_the_files(results):
    assert sorted(open_results(results)["masks/own"].file.values.tolist()) == sorted(NAMES)


@pytest.mark.parametrize(
    ("paths", "message"),
    [
        ({"a/images/labels/1": "x/labels/labels/1.txt", "b": "x/labels/labels/1.txt"}, '"b" and "a/images/labels/1"'),
        ({"a": "out/a.png", "a.png/b": "out/a.png/b.png"}, '"a" and "a.png/b" cannot both be written: '),
    ],
)
def test_files_that_exclude_each_other_are_refused(paths, message):
    with pytest.raises(SeedmaskError, match=message):
        refuse_clashes({image: Path(path) for image, path in paths.items()})


@pytest.mark.parametrize("name", [" a", "a ", "a\u2028b", "a\nb", ""])
def test_a_name_that_a_list_cannot_hold_is_refused(name):
    with pytest.raises(SeedmaskError, match=r"train.txt: .* cannot stand in a list"):
        text_of_lines(Path("train.txt"), ["fine", name])
