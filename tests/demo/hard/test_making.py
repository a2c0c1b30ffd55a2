from xml.etree import ElementTree

import numpy as np
import pytest
from demo_kit import files
from PIL import Image

from seedmask.dataset.images import read_mask
from seedmask.demo.hard.difficulty import Difficulty
from seedmask.demo.hard.kinds import NAMES
from seedmask.demo.hard.making import draw_hard, make_hard
from seedmask.errors import SeedmaskError


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    out = tmp_path_factory.mktemp("data") / "shapes-hard"
    make_hard(out, train=6, val=3, seed=0, size=96)
    return out


def test_the_same_seed_gives_the_same_bytes_with_any_number_of_workers(made, tmp_path):
    make_hard(tmp_path / "again", train=6, val=3, seed=0, size=96, workers=2)
    assert files(tmp_path / "again") == files(made)


def test_a_smaller_set_is_the_beginning_of_a_larger_one(made, tmp_path):
    make_hard(tmp_path / "few", train=2, val=1, seed=0, size=96)
    for path in (tmp_path / "few" / "JPEGImages").iterdir():
        assert path.read_bytes() == (made / "JPEGImages" / path.name).read_bytes()


@pytest.mark.parametrize("other", [{"seed": 1}, {"size": 64}, {"options": Difficulty(clutter=(0, 0))}])
def test_another_setting_gives_another_set_in_its_place(other, tmp_path):
    settings = {"train": 1, "val": 1, "seed": 0, "size": 96}
    make_hard(tmp_path / "set", **settings)
    before = files(tmp_path / "set")
    make_hard(tmp_path / "set", **settings | other)
    assert files(tmp_path / "set").keys() == before.keys()
    assert files(tmp_path / "set") != before


def test_splits_share_no_picture():
    train, val = (draw_hard(Difficulty(), 0, 96, split, 0) for split in ("train", "val"))
    assert train.objects != val.objects
    assert not (train.image == val.image).all()


def test_it_has_the_layout_of_voc_with_truth_and_tags(made):
    assert (made / "classes.txt").read_text().split() == list(NAMES)
    assert "half of it" in (made / "README.txt").read_text()
    for split, count in (("train", 6), ("val", 3)):
        names = (made / "ImageSets" / "Segmentation" / f"{split}.txt").read_text().split()
        assert len(names) == count
        for name in names:
            mask = read_mask(made / "SegmentationClass" / f"{name}.png")[0]
            with Image.open(made / "JPEGImages" / f"{name}.jpg") as picture:
                assert picture.size == mask.shape[::-1] == (96, 72)
            tags = {node.text for node in ElementTree.parse(made / "Annotations" / f"{name}.xml").iter("name")}
            assert tags == {NAMES[value - 1] for value in np.unique(mask) if value}
            assert tags


def test_pictures_that_are_too_small_for_small_things_are_refused(tmp_path):
    with pytest.raises(SeedmaskError, match="to be 60 pixels wide, expected at least 64"):
        make_hard(tmp_path / "set", train=1, val=1, seed=0, size=60)
    assert not (tmp_path / "set").exists()
