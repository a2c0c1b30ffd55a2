"""Format `cityscapes`: folders of the release, ids and train ids, and what lies there in their place."""

import numpy as np
import pytest
from PIL import Image
from scenes_kit import IDS, save, street, write_cityscapes

from seedmask.config.dataset import CityscapesDataset
from seedmask.dataset.formats import list_images, mask_codes
from seedmask.dataset.images import read_labels
from seedmask.errors import InputError
from seedmask.testing.formats import messages
from seedmask.testing.indexing import build

TRAIN_IDS = {"road": 0, "building": 2, "sky": 10, "person": 11, "car": 13}
FIRST = "aachen_000000_000019"


@pytest.fixture
def city(tmp_path):
    """A small set."""
    return write_cityscapes(tmp_path / "cityscapes")


def dataset(root, **settings):
    """Its settings."""
    return CityscapesDataset(name="city", root=str(root), **settings)


def truth(root, picture=FIRST, kind="labelIds"):
    """Path of a truth mask of `train`."""
    return root / f"gtFine/train/{picture.partition('_')[0]}/{picture}_gtFine_{kind}.png"


def train_ids():
    """Train ids of `street`."""
    values = np.full(256, 255, np.uint8)
    values[[IDS[name] for name in TRAIN_IDS]] = list(TRAIN_IDS.values())
    return values[street()]


def test_the_splits_are_those_of_the_folders_and_truth_of_test_is_withheld(city):
    listing = list_images(dataset(city))
    assert listing.problems == ()
    assert [(entry.id, entry.split, entry.mask is not None) for entry in listing.entries[::3]] == [
        (FIRST, "train", True),
        ("bochum_000000_000019", "train", True),
        ("frankfurt_000000_000019", "val", True),
        ("berlin_000000_000019", "test", False),
    ]
    assert any("`test` are withheld" in note for note in listing.notes)


def test_labels_are_train_ids_plus_one_and_all_else_is_ignored(city):
    labels, _ = read_labels(truth(city), mask_codes(dataset(city)))
    np.testing.assert_array_equal(labels, train_ids() + 1 * (train_ids() < 255))


def test_train_ids_give_the_labels_that_ids_give(city):
    save(truth(city, kind="labelTrainIds"), train_ids())
    ids, trained = (
        read_labels(truth(city, kind=kind), mask_codes(dataset(city, masks=kind)))
        for kind in ("labelIds", "labelTrainIds")
    )
    np.testing.assert_array_equal(ids[0], trained[0])
    assert ids[1] != trained[1]


def test_tags_of_train_are_the_classes_in_its_truth_and_others_are_not_known(city):
    rows = build(dataset(city)).rows
    shown = tuple(sorted(TRAIN_IDS.values()))
    assert {row.split: row.tags for row in rows} == {"train": shown, "val": None, "test": None}
    assert {row.tags for row in build(dataset(city, tags="none")).rows} == {None}


@pytest.mark.parametrize(("read", "held"), [("labelIds", "labelTrainIds"), ("labelTrainIds", "labelIds")])
def test_each_kind_of_ids_in_the_place_of_the_other_is_refused_by_name(city, read, held):
    for picture in [entry.id for entry in list_images(dataset(city)).entries if entry.split != "test"]:
        path = next(city.glob(f"gtFine/*/*/{picture}_gtFine_labelIds.png"))
        save(path.with_name(f"{picture}_gtFine_{read}.png"), train_ids() if held == "labelTrainIds" else street())
    with pytest.raises(InputError) as caught:
        build(dataset(city, masks=read))
    text = messages(caught.value)
    assert f"are no {read} (0 to " in text
    assert f"seems to hold {held}" in text
    assert f"`masks: {held}`" in text
    assert str(truth(city, kind=read)) in text


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P"])
def test_colours_in_the_place_of_ids_are_refused(city, mode):
    Image.fromarray(street()).convert(mode).save(truth(city))
    with pytest.raises(InputError, match=f"PNG with mode {mode}, expected a PNG with 8-bit grey of labelIds; restore"):
        build(dataset(city))


def test_a_mask_of_another_size_than_its_picture_is_a_problem(city):
    save(truth(city), street()[:-1])
    with pytest.raises(InputError, match=r"mask has 96 x 63 pixels, its picture .* has 96 x 64"):
        build(dataset(city))


def test_a_picture_of_train_without_ids_is_a_problem_unless_tags_are_of_another_kind(city):
    truth(city).unlink()
    assert f"without `{FIRST}_gtFine_labelIds.png`; restore" in messages(list_images(dataset(city)))
    listing = list_images(dataset(city, tags="none"))
    assert listing.problems == ()
    assert f"1 pictures of `train` have no truth mask ({FIRST})" in listing.notes


@pytest.mark.parametrize(
    ("there", "found"),
    [
        ("", "gtFine: no labelIds; unpack gtFine_trainvaltest"),
        ("gtCoarse", "gtFine: no labelIds, only gtCoarse, whose outlines are coarse; unpack gtFine_trainvaltest"),
        ("gtOther", "gtFine: no labelIds; unpack"),
    ],
)
def test_a_set_without_fine_truth_says_what_is_there_instead(city, there, found):
    (city / "gtFine").rename(city / (there or "away"))
    assert found in messages(list_images(dataset(city)))
    assert list_images(dataset(city, tags="none")).problems == ()


def test_ids_where_train_ids_are_wanted_are_named(city):
    text = messages(list_images(dataset(city, masks="labelTrainIds")))
    assert "no file `…_gtFine_labelTrainIds.png`; read the others with `masks: labelIds`" in text


def test_a_picture_in_two_splits_is_a_problem_that_names_both(city):
    own = city / f"leftImg8bit/train/aachen/{FIRST}_leftImg8bit.png"
    other = city / f"leftImg8bit/val/frankfurt/{FIRST}_leftImg8bit.png"
    save(other, np.array(Image.open(own)))
    text = messages(list_images(dataset(city)))
    assert f'{other}: has the same id "{FIRST}" as {own}, of another split; take one of the two out' in text


def test_a_folder_without_pictures_is_a_problem(tmp_path):
    assert "leftImg8bit: the folder is missing" in messages(list_images(dataset(tmp_path)))
