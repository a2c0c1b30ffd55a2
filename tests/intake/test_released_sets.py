"""VOC, Cityscapes and ADE20K as they are unpacked, from `seedmask init` to a configuration that reads them as is."""

import numpy as np
import pytest
from intake_kit import read
from PIL import Image
from scenes_kit import save, street, write_ade20k, write_cityscapes
from voc_kit import write_voc

from seedmask.config.dataset import AutoDataset
from seedmask.config.graph import load_file
from seedmask.dataset.formats import list_images
from seedmask.errors import SeedmaskError
from seedmask.intake.options import ReadingOptions
from seedmask.intake.released_sets import read_released_set, released_set, scene_set
from seedmask.testing.formats import messages


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """A working directory of its own."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("write", "form", "splits"),
    [
        (write_cityscapes, "cityscapes", {"train": 6, "val": 3, "test": 3}),
        (write_ade20k, "ade20k", {"train": 4, "val": 4}),
    ],
)
@pytest.mark.parametrize("above", ["set", "archive/set"])
def test_init_chooses_the_format_and_points_learn_the_classes(here, write, form, splits, above):
    root = write(here / above)
    reading = read(above.partition("/")[0])
    config = load_file(here / "c.yaml")
    assert (config.dataset.format, config.dataset.root) == (form, root.relative_to(here).as_posix())
    assert not config.dataset.background
    assert [*config.weak_labels, *config.segmenters, *config.predictions] == ["points"] * 3
    assert reading.counts == splits
    assert all(reading.tags[name] for name, split in reading.splits.items() if split == "train")
    assert not (here / "set1-labels").exists()


def test_init_with_a_preview_shows_labels_and_not_the_numbers_of_ids(here):
    released = released_set(write_cityscapes(here / "set"))
    assert released
    contents = read_released_set(*released, ReadingOptions())
    masks = {split: contents.draw_mask(contents.of_split(split)[0]) for split in ("train", "test")}
    assert masks["test"] is None
    assert masks["train"] is not None
    assert set(np.unique(masks["train"])) == {1, 3, 11, 12, 14, 255}


@pytest.mark.parametrize(
    ("away", "found"),
    [
        ("gtFine", "no labelIds; unpack gtFine_trainvaltest"),
        ("leftImg8bit", "leftImg8bit: the folder is missing"),
    ],
)
def test_a_part_of_cityscapes_alone_is_named_and_nothing_is_written(here, away, found):
    root = write_cityscapes(here / "set")
    (root / away).rename(here / "away")
    with pytest.raises(SeedmaskError, match="layout of format `cityscapes`") as caught:
        read("set")
    assert found in messages(caught.value)
    assert not (here / "c.yaml").exists()


def test_coarse_outlines_alone_are_named(here):
    root = write_cityscapes(here / "set")
    (root / "gtFine").rename(root / "gtCoarse")
    with pytest.raises(SeedmaskError) as caught:
        read("set")
    assert "only gtCoarse, whose outlines are coarse" in messages(caught.value)


@pytest.mark.parametrize("file", ["index_ade20k.pkl", "index_ade20k.mat"])
def test_the_full_ade20k_is_refused_and_what_to_get_is_named(here, file):
    save(here / "set/images/ADE/training/urban/street/ADE_train_00016869.jpg", street())
    (here / "set" / file).write_bytes(b"cos\nsystem\n(S'touch opened'\ntR.")
    with pytest.raises(SeedmaskError) as caught:
        read("set")
    assert "is of the full ADE20K release" in messages(caught.value)
    assert "ADEChallengeData2016.zip" in messages(caught.value)
    assert not (here / "opened").exists()


def test_a_folder_with_classes_of_its_own_is_read_as_any_other(here):
    root = write_cityscapes(here / "set")
    (root / "classes.txt").write_text("cow\n")
    assert scene_set(root) is None


def test_a_choice_of_labels_reads_the_folder_as_any_other(here):
    root = write_ade20k(here / "set")
    for path in (root / "annotations").rglob("*.png"):
        save(path, np.minimum(np.array(Image.open(path)), 2))
    (root / "classes.txt").write_text("one\ntwo\n")
    reading = read("set", labels="masks")
    assert reading.classes == ("one", "two")


def test_format_auto_names_the_format_of_the_layout(here):
    write_ade20k(here / "set")
    assert "write `format: ade20k`" in messages(list_images(AutoDataset(name="set1", root="set")))


def test_published_weak_labels_of_voc_are_named_with_what_reads_them(here):
    write_voc(here / "VOCdevkit/VOC2012", train=2, augmented=4, val=2)
    said = read("VOCdevkit/VOC2012").said
    assert "scribble/voc_2012" in said
    assert "`weak_labels: {scribbles: {method: scribbles, folder: ...}}` reads their folder" in said
    assert "(whats_the_point.json): points as What's the Point writes them" in said
