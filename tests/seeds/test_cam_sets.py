"""Seeds with several sets of CAMs, and what their readers get."""

import numpy as np
import pytest
from storage_kit import INDEX, ROWS, job, tasks

from seedmask.errors import SeedmaskError
from seedmask.seeds.cam_sets import CamSets
from seedmask.storage.canvas import CLASSES, Layout, StoreSize, background_spec, cam_spec, encode
from seedmask.storage.reader import StoredVariant
from seedmask.storage.shard import write_shard

SPECS = {
    "cam": cam_spec("float16"),
    "cam_background": background_spec("float16"),
    "other": cam_spec("float16"),
    "other_background": background_spec("float16"),
    "plain": cam_spec("float16"),
    "classes": CLASSES,
}
LEVELS = {"cam": 0.5, "other": 0.25, "plain": 1.0}


def arrays(task):
    row = task.image
    made = {"classes": np.array(row.tags, CLASSES.dtype)}
    for name, level in LEVELS.items():
        made[name] = encode(np.full((len(row.tags), row.height, row.width), level), SPECS[name])
        if name + "_background" in SPECS:
            made[name + "_background"] = encode(np.full((row.height, row.width), 1 - level), background_spec("float16"))
    return made


@pytest.fixture
def seeds(tmp_path):
    """Two stored images with three sets of CAMs, two of which have a background."""
    store = Layout(SPECS, INDEX.extent, 2), StoreSize.of(INDEX)
    write_shard(job(tmp_path), *store, tasks(), arrays)
    return StoredVariant(tmp_path, "seeds/cam", ["0000"])


def test_one_set_is_read_as_it_is_stored(seeds):
    stored, found = seeds.read("p1"), CamSets(seeds, {"cam": 1.0}).read("p1")
    assert all(np.array_equal(stored[name], found[name]) for name in ("cam", "cam_background", "classes"))


def test_several_sets_are_their_weighted_mean_with_that_of_their_backgrounds(seeds):
    found = CamSets(seeds, {"cam": 1.0, "other": 0.5}).read("p1")
    assert found["cam"].dtype == np.float32
    np.testing.assert_allclose(found["cam"], np.full((2, 4, 3), (0.5 + 0.125) / 1.5))
    np.testing.assert_allclose(found["cam_background"], (0.5 + 0.375) / 1.5)
    assert found["classes"].tolist() == [1, 2]


def test_another_set_alone_stands_in_the_place_of_the_first(seeds):
    found = CamSets(seeds, {"other": 3.0}).read("p0")
    assert (found["cam"] == 0.25).all()
    assert (found["cam_background"] == 0.75).all()


def test_without_all_backgrounds_there_is_none(seeds):
    found = CamSets(seeds, {"cam": 1.0, "plain": 1.0}).read("p0")
    assert (found["cam"] == 0.75).all()
    assert "cam_background" not in found


def test_a_set_that_is_not_there_is_named_with_those_that_are(seeds):
    with pytest.raises(SeedmaskError, match="holds no CAMs 'prototype', but cam, other, plain; name these in `cams`"):
        CamSets(seeds, {"prototype": 1.0}).read("p0")


def test_images_are_those_of_the_seeds(seeds):
    found = CamSets(seeds, {"cam": 1.0})
    assert found.ids == tuple(row.id for row in ROWS[:2])
    assert "p0" in found
    assert "p4" not in found
