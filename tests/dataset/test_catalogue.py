import dataclasses

import numpy as np
import pytest

from seedmask.config.dataset import VocDataset
from seedmask.dataset.catalogue import Catalogue
from seedmask.dataset.images import save_mask
from seedmask.demo.shapes import make_shapes
from seedmask.errors import SeedmaskError
from seedmask.testing.indexing import build, write_index


@pytest.fixture
def catalogue(tmp_path):
    make_shapes(tmp_path / "data", train=5, val=2, seed=0, size=48)
    dataset = VocDataset(name="shapes", root=str(tmp_path / "data"))
    index = build(dataset)
    write_index(tmp_path / "results", index.classes, index.rows, 3, dataset.root)
    return Catalogue(tmp_path / "results")


def test_rows_come_with_their_numbers_by_split_and_shard(catalogue):
    assert [number for number, _ in catalogue.rows(("train", "val"))] == list(range(7))
    assert [number for number, _ in catalogue.rows(("val",))] == [5, 6]
    assert [number for number, _ in catalogue.rows(("train",), "0001")] == [3, 4]
    assert [number for number, _ in catalogue.rows(("val",), "0000")] == []


def test_pictures_and_truth_have_the_indexed_size(catalogue):
    for _, row in catalogue.rows(("train",)):
        assert catalogue.image(row).shape == (row.height, row.width, 3)
        assert catalogue.truth(row).shape == (row.height, row.width)


@pytest.mark.parametrize("kind", ["image", "truth"])
def test_a_file_that_changed_since_it_was_indexed_is_refused(catalogue, kind):
    row = catalogue.index.rows[0]
    path = catalogue.root / (row.image if kind == "image" else row.mask)
    path.write_bytes(path.read_bytes() + b"\0")
    with pytest.raises(SeedmaskError, match=f"{path.name} changed since it was indexed; run snakemake again"):
        getattr(catalogue, kind)(row)


def test_truth_that_is_not_there_is_named(catalogue):
    row = dataclasses.replace(catalogue.index.rows[0], mask=None)
    with pytest.raises(SeedmaskError, match=f"image {row.id} has no truth mask"):
        catalogue.truth(row)


def test_trainings_read_a_mask_of_their_own_where_there_is_one(tmp_path):
    make_shapes(tmp_path / "data", train=2, val=1, seed=0, size=48)
    own = tmp_path / "data/Aug" / next(iter(sorted((tmp_path / "data/SegmentationClass").glob("*.png")))).name
    save_mask(own, np.full((48, 48), 2, np.uint8))
    index = build(VocDataset(name="shapes", root=str(tmp_path / "data"), training_masks="Aug"))
    write_index(tmp_path / "results", index.classes, index.rows, 3, str(tmp_path / "data"))
    catalogue = Catalogue(tmp_path / "results")
    first, second, _ = catalogue.index.rows
    assert (catalogue.training_truth(first) == 2).all()
    assert first.training_truth_digest != first.truth_digest
    assert not (catalogue.truth(first) == 2).all()
    assert np.array_equal(catalogue.training_truth(second), catalogue.truth(second))
