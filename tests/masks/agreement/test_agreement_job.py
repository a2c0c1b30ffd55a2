"""Labels in which several masks agree, as they are stored."""

import numpy as np
import pytest
from elsewhere_kit import plan_with, run
from results_kit import make_run

from seedmask.errors import InputError, SeedmaskError
from seedmask.methods.agreement import agreed_labels

HALF = {"method": "threshold", "from": "seeds/cam"}
BOTH = {"method": "agreement", "of": ["masks/low", "masks/high"]}


@pytest.fixture(autouse=True)
def finished(tmp_path, monkeypatch):
    """A finished run in the working directory."""
    monkeypatch.chdir(tmp_path)
    make_run()


def planned(both=BOTH):
    levels = {"low": 0.3, "high": 0.7}
    masks = {name: {**HALF, "threshold": {"mode": "fixed", "value": value}} for name, value in levels.items()}
    return plan_with(masks={**masks, "both": both})


def test_stored_labels_are_those_in_which_the_stored_masks_agree():
    plan = planned()
    low, high, both = (run(plan, f"masks/{name}") for name in ("low", "high", "both"))
    assert both.ids == low.ids
    for image in both.ids:
        found = both.read(image)["mask"]
        np.testing.assert_array_equal(found, agreed_labels([low.read(image)["mask"], high.read(image)["mask"]]))
        assert len(np.unique(found)) == 3  # background, the class, and 255 between the two thresholds


def test_it_is_made_from_all_of_them():
    plan = planned()
    assert list(plan.variants["masks/both"].references()) == BOTH["of"]
    assert {plan.manifest(name, "0000") for name in BOTH["of"]} <= set(plan.inputs("masks/both", "0000"))


def test_a_mask_that_used_pixel_labels_marks_the_result():
    oracle = {**HALF, "threshold": {"mode": "oracle"}}
    plan = plan_with(masks={"low": HALF, "high": oracle, "both": BOTH})
    assert plan.pixel_labels("masks/both") == plan.pixel_labels("masks/high") != ()


def test_an_image_that_one_mask_lacks_is_refused_before_anything_runs():
    folder = {"method": "folder", "path": "pictures/masks", "origin": "closed_world", "splits": ["train", "val"]}
    with pytest.raises(SeedmaskError, match="masks/both: masks/high does not cover split 'val'; add it"):
        plan_with(masks={"low": folder, "high": HALF, "both": BOTH})


@pytest.mark.parametrize(
    ("of", "message"),
    [
        (["masks/low"], "masks.both.of: list should have at least 2 items"),
        (["masks/low", "seeds/cam"], "masks/both: from 'seeds/cam' is not a variant of masks"),
    ],
)
def test_less_than_two_masks_and_what_is_no_mask_are_refused(of, message):
    with pytest.raises(InputError) as error:
        planned({**BOTH, "of": of})
    assert message in str(error.value)
