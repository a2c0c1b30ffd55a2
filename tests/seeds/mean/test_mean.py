"""The mean of several seeds, as it is stored."""

import numpy as np
import pytest
from elsewhere_kit import plan_with, run
from results_kit import HEIGHT, WIDTH, job_of, make_run

from seedmask.errors import InputError, SeedmaskError
from seedmask.export.variants import open_variant
from seedmask.seeds.writing import write_cams
from seedmask.storage.canvas import CLASSES, cam_spec
from seedmask.storage.shard import Shard

MEAN = {"method": "mean", "of": ["seeds/cam", "seeds/flat"]}
FLAT = 0.5


@pytest.fixture(autouse=True)
def finished(tmp_path, monkeypatch):
    """A finished run in the working directory."""
    monkeypatch.chdir(tmp_path)
    make_run()


def planned(seeds=MEAN, **flat):
    return plan_with(seeds={"flat": {"from": "classifiers/cam", "scales": [1.0], **flat}, "mean": seeds})


def make_flat(plan, tags=None):
    """Seeds of the same level everywhere, instead of those of a network."""
    for shard in plan.shards("seeds/flat"):
        made = Shard(job_of(plan.job("seeds/flat", shard)))
        if tags is None:
            write_cams(made, "float16", lambda _: np.full((1, HEIGHT, WIDTH), FLAT))
        else:
            arrays = {"cam": np.zeros((1, HEIGHT, WIDTH), np.uint8), "classes": np.array(tags, np.int16)}
            made.write({"cam": cam_spec("uint8"), "classes": CLASSES}, lambda _, arrays=arrays: arrays)


@pytest.mark.parametrize(("weights", "share"), [(None, 1 / 2), ([3, 1], 1 / 4)])
def test_stored_seeds_are_the_weighted_mean_of_the_stored_ones(weights, share):
    plan = planned({**MEAN, "weights": weights})
    make_flat(plan)
    stored, seeds = run(plan, "seeds/mean"), open_variant(plan.results, "seeds/cam")
    assert stored.ids == seeds.ids
    for image in stored.ids:
        found, before = stored.read(image), seeds.read(image)
        expected = (1 - share) * before["cam"] + share * FLAT
        np.testing.assert_allclose(found["cam"], expected, atol=0.5 / 255 + 1e-6)
        np.testing.assert_array_equal(found["classes"], before["classes"])


def test_seeds_of_other_classes_than_the_tags_are_named_with_the_image():
    plan = planned()
    make_flat(plan, tags=[0])
    with pytest.raises(SeedmaskError, match=r"image herd/p1: seeds/flat has the classes \[0\], its tags are \[1\]"):
        run(plan, "seeds/mean")


def test_seeds_of_fewer_splits_than_the_first_are_refused_before_anything_runs():
    with pytest.raises(SeedmaskError, match="seeds/mean: seeds/cam does not cover split 'val'; add it to the splits"):
        planned({**MEAN, "of": ["seeds/flat", "seeds/cam"]}, splits=["train", "val"])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"of": ["seeds/cam"]}, "of: list should have at least 2 items"),
        ({"of": "seeds/cam"}, "of: input should be a valid list"),
        ({"of": ["seeds/cam", "seeds/cam"]}, "of: seeds/cam stands there twice; name each once"),
        ({"weights": [1, 2, 3]}, "3 weights for 2 seeds; give one for each, or none"),
        ({"weights": [1, 0]}, "weights.1: input should be greater than 0"),
    ],
)
def test_a_mean_of_fewer_than_two_or_with_other_weights_is_refused(changes, message):
    with pytest.raises(InputError) as error:
        planned({**MEAN, **changes})
    assert f"seeds.mean.{message}" in str(error.value) or f"seeds.mean: {message}" in str(error.value)


def test_views_are_those_in_which_all_members_agree():
    plan = planned(flip=True)
    assert plan.views("seeds/mean") == {"flip": True}
    assert plan.views("seeds/flat") == {"flip": True, "scales": [1.0]}
