"""Format `ade20k`: folders of SceneParse150, names of its classes, and other releases."""

import numpy as np
import pytest
from PIL import Image
from scenes_kit import save, write_ade20k

from seedmask.config.dataset import Ade20kDataset, read_dataset
from seedmask.dataset.formats import list_images, mask_codes
from seedmask.dataset.images import read_labels
from seedmask.errors import InputError
from seedmask.testing.formats import messages
from seedmask.testing.indexing import build


@pytest.fixture
def ade(tmp_path):
    """A small set."""
    return write_ade20k(tmp_path / "ade")


def dataset(root, **settings):
    """Its settings."""
    return Ade20kDataset(name="ade", root=str(root), **settings)


def annotation(root):
    """The first one of `train`."""
    return root / "annotations/training/ADE_train_00000001.png"


def test_the_splits_and_names_are_those_of_the_release(ade):
    listing = list_images(dataset(ade))
    assert listing.problems == ()
    assert listing.classes[:2] == ("thing1", "thing2")
    assert len(listing.classes) == 150
    assert [(entry.id, entry.split) for entry in listing.entries[::4]] == [
        ("ADE_train_00000001", "train"),
        ("ADE_val_00000001", "val"),
    ]


def test_0_is_ignored_and_the_numbers_of_classes_are_labels(ade):
    numbers = np.array(Image.open(annotation(ade)))
    labels, _ = read_labels(annotation(ade), mask_codes(dataset(ade)))
    np.testing.assert_array_equal(labels, np.where(numbers == 0, 255, numbers))


def test_tags_of_train_are_the_classes_in_its_truth(ade):
    rows = build(dataset(ade)).rows
    assert [rows[0].tags, rows[-1].tags] == [(2, 6, 10, 149), None]


@pytest.mark.parametrize(
    ("numbers", "found"),
    [
        (lambda old: old - 1, "seems to hold classes from 0"),
        (
            lambda old: np.where(old == 0, 200, old),
            "values 200, which are no SceneParse150 classes (0 to 150); restore",
        ),
    ],
)
def test_annotations_with_other_numbers_are_refused(ade, numbers, found):
    save(annotation(ade), numbers(np.array(Image.open(annotation(ade)))).astype(np.uint8))
    with pytest.raises(InputError) as caught:
        build(dataset(ade))
    assert found in messages(caught.value)


def test_the_full_release_is_refused_and_its_pickle_is_not_opened(ade):
    (ade / "index_ade20k.pkl").write_bytes(b"cos\nsystem\n(S'exit 1'\ntR.")
    text = messages(list_images(dataset(ade)))
    assert "index_ade20k.pkl: is of the full ADE20K release" in text
    assert "get SceneParse150" in text


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("2\t0.1\t1\t1\t0\tthing2", "line 2: expected class 1 with its name behind tabs"),
        ("1\t0.1\t1\t1\t0\tthing2, other", 'line 3: class "thing2" is listed before'),
        ("1 thing1", "line 2: expected class 1 with its name behind tabs"),
    ],
)
def test_names_that_are_not_in_order_are_problems_with_their_line(ade, line, found):
    path = ade / "objectInfo150.txt"
    header, _, *others = path.read_text().splitlines()
    path.write_text("\n".join([header, line, *others]))
    assert found in messages(list_images(dataset(ade)))


def test_large_pictures_are_shrunk_unless_another_way_is_given(ade):
    assert [dataset(ade, **given).working_side for given in ({}, {"tiles": 1024}, {"max_side": 4000})] == [
        2048,
        None,
        None,
    ]
    for given in ({}, {"tiles": 1024}):
        assert read_dataset(dataset(ade, **given).model_dump(mode="json")) == dataset(ade, **given)
    save(ade / "images/training/ADE_train_00000001.jpg", np.zeros((200, 2600, 3), np.uint8))
    numbers = np.full((200, 2600), 3, np.uint8)
    numbers[:, :1300] = 0
    save(annotation(ade), numbers)
    row = build(dataset(ade)).rows[0]
    assert (row.width, row.height, row.tags) == (2048, 158, (2,))


def test_a_picture_in_two_splits_is_a_problem(ade):
    save(ade / "images/validation/ADE_train_00000001.jpg", np.array(Image.open(annotation(ade))))
    assert 'has the same id "ADE_train_00000001"' in messages(list_images(dataset(ade)))


def test_missing_names_annotations_and_pictures_are_problems(ade):
    annotation(ade).unlink()
    assert "picture of split `train` without an annotation" in messages(list_images(dataset(ade)))
    (ade / "objectInfo150.txt").unlink()
    (ade / "images").rename(ade / "pictures")
    text = messages(list_images(dataset(ade)))
    assert "objectInfo150.txt: the file with the names of the classes is missing" in text
    assert "split `train` has no pictures" in text
