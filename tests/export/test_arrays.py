"""Results as labelled arrays, of finished and proved images only."""

import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
import storage_kit
import xarray

from seedmask import open_results
from seedmask.errors import SeedmaskError
from seedmask.export import lazy_rows
from seedmask.export.variants import open_variant
from seedmask.storage.records import read_record, write_record
from seedmask.testing.indexing import write_index

RESULTS = "results/tiny"


def shard(number, variant="masks/crf"):
    return f"{RESULTS}/{variant}/manifests/{number:04d}.json"


def damage(array, number=0, variant="masks/crf"):
    """Flip a bit in the middle of a shard."""
    folder = Path(f"{RESULTS}/{variant}/data.zarr/{array}/c/{number}")
    (path,) = [path for path in folder.rglob("*") if path.is_file()]
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 1
    path.write_bytes(content)


def test_it_lists_the_variants_and_opens_each(here):
    results = open_results(RESULTS)
    names = ["seeds/cam", "masks/crf", "masks/threshold"]
    names += ["predictions/crf", "predictions/small", "predictions/twice", "predictions/twice.1"]
    assert list(results) == names
    assert len(results) == len(names)
    assert "masks/crf" in results
    assert "segmenters/crf" not in results
    assert results.classes == ("cow & calf", "sheep")
    assert all(isinstance(results[name], xarray.Dataset) for name in results)


@pytest.mark.parametrize("variant", ["seeds/cam", "masks/crf", "predictions/crf"])
def test_every_array_is_what_the_reader_of_the_stages_gives(here, variant):
    dataset, stored = open_results(RESULTS)[variant], open_variant(here / RESULTS, variant)
    assert tuple(dataset.image.values) == stored.ids
    for image in stored.ids:
        one, arrays = dataset.sel(image=image), stored.read(image)
        assert set(one.data_vars) == set(arrays)
        for name, array in arrays.items():
            found = one[name].values
            assert found.dtype == array.dtype
            assert np.array_equal(found[tuple(map(slice, array.shape))], array)


def test_maps_are_floats_of_single_precision(here):
    seeds = open_results(RESULTS)["seeds/cam"]
    assert (seeds.cam.dims, seeds.cam.dtype) == (("image", "slot", "y", "x"), np.float32)
    assert 0 <= float(seeds.cam.min()) < float(seeds.cam.max()) == 1
    assert open_results(RESULTS)["predictions/crf"].confidence.dtype == np.float32
    assert open_results(RESULTS)["masks/crf"].mask.dtype == np.uint8


def test_coordinates_say_what_an_image_is(here):
    dataset = open_results(RESULTS)["predictions/crf"]
    one = dataset.sel(image="herd/p1")
    assert (one.split.item(), one.height.item(), one.width.item()) == ("train", 12, 16)
    assert one.file.item() == "herd/p1.png"
    assert dataset.row.values.tolist() == list(range(10))
    assert dataset.image.values[-1] == "p9"
    names = dict(zip(dataset.label.values.tolist(), dataset.class_name.values.tolist(), strict=True))
    assert names == {0: "background", 1: "cow & calf", 2: "sheep", 254: "unlabelled", 255: "ignored"}
    assert json.loads(dataset.attrs["settings"])["window"] == 24
    assert "255 is ignored" in dataset.mask.attrs["description"]
    assert "0-based class of each slot" in open_results(RESULTS)["seeds/cam"].classes.attrs["description"]


SELECTIONS = [
    {"image": 3},
    {"image": -1, "y": 2},
    {"image": slice(1, 9, 3), "x": slice(None, None, -1)},
    {"image": [7, 0, 7], "y": [5, 1], "x": slice(2, 4)},
    {"y": 0, "x": 0},
    {"image": slice(0, 0)},
    {"image": np.arange(10) % 2 == 0, "x": [0, 15]},
]


@pytest.mark.parametrize("selection", SELECTIONS)
def test_any_selection_equals_that_of_the_full_array(here, selection):
    lazy, whole = open_results(RESULTS)["predictions/crf"], open_results(RESULTS)["predictions/crf"].load()
    assert lazy.isel(selection).load().identical(whole.isel(selection))


def test_points_are_selected_one_by_one(here):
    dataset = open_results(RESULTS)["predictions/crf"]
    points = {"image": xarray.DataArray([0, 4], dims="p"), "y": xarray.DataArray([3, 5], dims="p")}
    assert dataset.isel(points).load().identical(dataset.load().isel(points))


def test_images_are_read_when_their_pixels_are_used(here, monkeypatch):
    read = []
    plain = lazy_rows.StoredVariant.read
    monkeypatch.setattr(lazy_rows.StoredVariant, "read", lambda self, image: read.append(image) or plain(self, image))
    dataset = open_results(RESULTS)["predictions/crf"]
    assert (dataset.mask.shape, read) == ((10, 12, 16), [])
    _ = dataset.isel(image=2).load()
    assert read == ["p2"]  # once for mask and confidence


def test_smaller_images_are_padded(tmp_path):
    index = storage_kit.INDEX
    write_index(tmp_path, index.classes, index.rows)
    for number in (0, 1, 2):
        storage_kit.write(tmp_path, number, splits=("train",))
    seeds = open_results(tmp_path)["seeds/cam"]
    for row in index.rows:
        one = seeds.sel(image=row.id)
        assert (one.height.item(), one.width.item()) == (row.height, row.width)
        assert (one.cam.values[len(row.tags) :] == 0).all()
        assert (one.cam.values[:, row.height :] == 0).all()
        assert one.classes.values.tolist() == [*row.tags, *[-1] * (2 - len(row.tags))]


def test_images_that_are_not_made_are_not_in_it(copied):
    (copied / shard(1)).unlink()
    results = open_results(RESULTS)
    masks = results["masks/crf"]
    assert masks.image.values.tolist() == ["herd/p1", "p0", "p2"]
    assert masks.attrs["images"] == "3 of 6 images"
    assert "masks/crf            3 of 6 images" in repr(results)
    with pytest.raises(SeedmaskError, match="masks/crf holds no image p4 of split train: it is not made yet"):
        results.image("masks/crf", "p4")


def test_rows_follow_the_shards_that_are_there(copied):
    """The first shard is missing: positions and rows differ."""
    (copied / shard(0)).unlink()
    masks = open_results(RESULTS)["masks/crf"]
    assert masks.row.values.tolist() == [3, 4, 5]
    assert np.array_equal(masks.mask.values[0], open_results(RESULTS).image("masks/crf", "p3")["mask"])


def test_a_store_without_a_manifest_is_refused(copied):
    shutil.rmtree(copied / RESULTS / "masks/crf/manifests")
    assert (copied / RESULTS / "masks/crf/data.zarr").is_dir()
    with pytest.raises(SeedmaskError, match="masks/crf: no shard is finished"):
        open_results(RESULTS)["masks/crf"]
    assert "masks/crf            no images yet" in repr(open_results(RESULTS))


def test_shards_of_different_settings_are_refused(copied):
    write_record(copied / shard(1), {**read_record(copied / shard(1)), "recipe": "another"})
    refused = "masks/crf: its shards were made with different settings or code"
    with pytest.raises(SeedmaskError, match=refused):
        open_results(RESULTS)["masks/crf"]
    assert refused in repr(open_results(RESULTS))


def test_a_lost_shard_is_an_error_and_no_mask(copied):
    shutil.rmtree(copied / RESULTS / "masks/crf/data.zarr/mask/c/0")
    masks = open_results(RESULTS)["masks/crf"]
    assert masks.mask.isel(image=3).load().shape == (12, 16)
    with pytest.raises(SeedmaskError, match="masks/crf shard 0000: image herd/p1 is not what the manifest says"):
        masks.mask.isel(image=0).load()


def test_a_damaged_shard_is_an_error(copied):
    damage("mask")
    with pytest.raises(SeedmaskError, match="masks/crf shard 0000: image"):
        open_results(RESULTS)["masks/crf"].mask.load()


def test_a_damaged_store_is_an_error(copied):
    (copied / RESULTS / "masks/crf/data.zarr/mask/zarr.json").write_text("{")
    with pytest.raises(SeedmaskError, match="masks/crf shard 0000: image herd/p1 cannot be read"):
        open_results(RESULTS)["masks/crf"].mask.load()


def test_a_damaged_manifest_is_an_error(copied):
    (copied / shard(0)).write_text("{")
    with pytest.raises(SeedmaskError, match=r"0000\.json: is damaged"):
        open_results(RESULTS)["masks/crf"]


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("results/tini", "results/tini: no such folder; name a data set's results"),
        ("pictures", "pictures: holds no index; name a folder like results/stamps"),
        ("results/tiny/index/index.csv", "no such folder"),
    ],
)
def test_what_holds_no_results_is_refused(here, path, message):
    with pytest.raises(SeedmaskError, match=message):
        open_results(path)


def test_unknown_names_are_answered_with_the_nearest(here):
    results = open_results(RESULTS)
    with pytest.raises(SeedmaskError, match=r"holds no 'masks/crg'; write \"masks/crf\""):
        results["masks/crg"]
    with pytest.raises(SeedmaskError, match=r"no image 'hurd/p1' in results/tiny; write \"herd/p1\""):
        results.image("masks/crf", "hurd/p1")
    with pytest.raises(SeedmaskError, match="masks/crf holds no image p9 of split val: it covers the splits train"):
        results.image("masks/crf", "p9")


def test_results_in_the_making_open(copied):
    for stage in ("seeds", "masks", "predictions"):
        shutil.rmtree(copied / RESULTS / stage)
    results = open_results(RESULTS)
    assert list(results) == []
    with pytest.raises(SeedmaskError, match=r"holds no 'masks/crf', nor any other of .*; run snakemake"):
        results["masks/crf"]


def test_without_xarray_single_images_can_be_read(here, monkeypatch):
    monkeypatch.setitem(sys.modules, "xarray", None)
    results = open_results(RESULTS)
    assert results.image("masks/crf", "p2")["mask"].shape == (12, 16)
    with pytest.raises(SeedmaskError, match=r"xarray, which is not installed; `pip install 'seedmask\[xarray\]'`"):
        results["masks/crf"]
