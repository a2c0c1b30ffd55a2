"""Seeds and saliency in one map, as they are stored."""

from pathlib import Path

import numpy as np
import pytest
from elsewhere_kit import plan_with, run
from PIL import Image
from results_kit import HEIGHT, WIDTH, make_run

from seedmask.dataset.catalogue import Catalogue
from seedmask.errors import InputError, SeedmaskError
from seedmask.export.variants import open_variant
from seedmask.methods.salient_cams import salient_cams

MAPS = {"method": "folder", "folder": "maps"}
SALIENT = {"method": "salient", "from": "seeds/cam", "saliency": "saliency/maps"}


@pytest.fixture(autouse=True)
def maps(tmp_path, monkeypatch):
    """A finished run in the working directory, and saliency that grows downwards."""
    monkeypatch.chdir(tmp_path)
    plan = make_run()
    levels = np.tile(np.linspace(0, 255, HEIGHT).astype(np.uint8)[:, None], (1, WIDTH))
    for row in Catalogue(plan.results).index.rows_of("train"):
        path = Path("maps") / f"{row.id}.png"
        path.parent.mkdir(exist_ok=True, parents=True)
        Image.fromarray(levels).save(path)
    return levels


def planned(seeds=SALIENT, **more):
    return plan_with(saliency={"maps": MAPS}, seeds={"salient": seeds}, **more)


@pytest.mark.parametrize(
    ("mean", "dtype", "step"), [("geometric", "uint8", 1 / 255), ("arithmetic", "float16", 2**-11)]
)
def test_stored_seeds_are_those_of_the_stored_saliency(maps, mean, dtype, step):
    plan = planned({**SALIENT, "weight": 0.5, "mean": mean, "dtype": dtype})
    run(plan, "saliency/maps")
    stored, seeds = run(plan, "seeds/salient"), open_variant(plan.results, "seeds/cam")
    assert stored.ids == seeds.ids
    for image in stored.ids:
        found, before = stored.read(image), seeds.read(image)
        expected = salient_cams(before["cam"], maps / np.float32(255), 0.5, mean)
        np.testing.assert_allclose(found["cam"], expected, atol=step / 2 + 1e-6)
        np.testing.assert_array_equal(found["classes"], before["classes"])


def test_a_threshold_takes_the_class_wherever_something_stands_out(maps):
    low = {"method": "threshold", "from": "seeds/salient", "threshold": {"mode": "fixed", "value": 0.1}}
    plan = planned({**SALIENT, "weight": 1 - 1e-6}, masks={"low": low})
    run(plan, "saliency/maps")
    run(plan, "seeds/salient")
    masks, seeds = run(plan, "masks/low"), open_variant(plan.results, "seeds/cam")
    for image in masks.ids:
        arrays = seeds.read(image)
        expected = np.where((maps > 0.1 * 255) & (arrays["cam"][0] > 0), arrays["classes"][0] + 1, 0)
        np.testing.assert_array_equal(masks.read(image)["mask"], expected)


def test_an_image_without_saliency_is_named():
    Path("maps/p3.png").unlink()
    with pytest.raises(InputError, match=r"maps/p3\.png: is missing: image p3 has no map; add it"):
        run(planned(), "saliency/maps")


def test_saliency_of_fewer_splits_than_the_seeds_is_refused_before_anything_runs():
    folder = {"method": "folder", "path": "maps", "origin": "closed_world"}
    everything = {"every": {**folder, "splits": ["train", "val"]}}
    with pytest.raises(SeedmaskError, match="seeds/salient: saliency/maps does not cover split 'val'; add it"):
        plan_with(saliency={"maps": MAPS}, seeds={**everything, "salient": {**SALIENT, "from": "seeds/every"}})


def test_what_is_made_from_saliency_is_told_apart_from_what_learned_from_tags():
    assert planned().families("seeds/salient") == ["saliency"]
