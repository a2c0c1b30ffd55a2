from xml.etree import ElementTree

import numpy as np
import pytest
from demo_kit import files
from PIL import Image

from seedmask.dataset.images import read_mask
from seedmask.demo.shapes import CLASSES, make_shapes


@pytest.fixture(scope="module")
def shapes(tmp_path_factory):
    out = tmp_path_factory.mktemp("data") / "shapes"
    make_shapes(out, train=16, val=8, seed=0, size=72)
    return out


def ids(root, split):
    return (root / "ImageSets" / "Segmentation" / f"{split}.txt").read_text().split()


def test_the_same_seed_gives_the_same_bytes(shapes, tmp_path):
    make_shapes(tmp_path / "again", train=16, val=8, seed=0, size=72)
    assert files(tmp_path / "again") == files(shapes)


def test_a_smaller_set_is_the_beginning_of_a_larger_one(shapes, tmp_path):
    make_shapes(tmp_path / "few", train=3, val=1, seed=0, size=72)
    for name in (*ids(tmp_path / "few", "train"), *ids(tmp_path / "few", "val")):
        picture = f"JPEGImages/{name}.jpg"
        assert (tmp_path / "few" / picture).read_bytes() == (shapes / picture).read_bytes()


def test_another_seed_gives_another_set_in_its_place(tmp_path):
    out = tmp_path / "shapes"
    make_shapes(out, train=2, val=1, seed=0, size=64)
    before = files(out)
    make_shapes(out, train=2, val=1, seed=1, size=64)
    assert files(out) != before
    assert [path.name for path in tmp_path.iterdir()] == ["shapes"]


def test_every_listed_picture_has_a_mask_and_tags_that_agree(shapes):
    for name in (*ids(shapes, "train"), *ids(shapes, "val")):
        mask = read_mask(shapes / "SegmentationClass" / f"{name}.png")[0]
        with Image.open(shapes / "JPEGImages" / f"{name}.jpg") as picture:
            assert picture.size == mask.shape[::-1]
        tags = {node.text for node in ElementTree.parse(shapes / "Annotations" / f"{name}.xml").iter("name")}
        assert tags == {CLASSES[value - 1] for value in np.unique(mask) if value not in (0, 255)}
        assert tags


def test_pictures_are_landscape_portrait_and_square_with_the_wanted_longest_side(shapes):
    sizes = {read_mask(path)[0].shape for path in (shapes / "SegmentationClass").iterdir()}
    assert sizes == {(72, 72), (54, 72), (72, 54)}


def test_all_classes_occur_in_training(shapes):
    seen = {value for name in ids(shapes, "train") for value in np.unique(read_mask(_mask(shapes, name))[0])}
    assert set(range(len(CLASSES) + 1)) <= seen
    assert (shapes / "classes.txt").read_text().split() == list(CLASSES)


def _mask(root, name):
    return root / "SegmentationClass" / f"{name}.png"


def test_without_masks_the_pictures_stay_the_same(shapes, tmp_path):
    out = tmp_path / "tags_only"
    make_shapes(out, train=16, val=8, seed=0, size=72, masks=False)
    assert not (out / "SegmentationClass").exists()
    assert files(out / "JPEGImages") == files(shapes / "JPEGImages")
