import json

import numpy as np
import pytest
import results_kit

from seedmask.errors import SeedmaskError
from seedmask.job import Job
from seedmask.methods.label_free import cross_entropy_threshold, score_histogram
from seedmask.methods.proportional import proportional_mask
from seedmask.seeds import fit_label_free as label_free

ORACLE = {"from": "seeds/cam", "method": "threshold", "threshold": {"mode": "oracle"}}


def chosen(plan):
    """The result of the fit."""
    return json.loads((plan.results / "masks" / "threshold" / "fit.json").read_text())["facts"]


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def variants(masks):
    return {**results_kit.VARIANTS, "masks": {**results_kit.VARIANTS["masks"], "threshold": masks}}


def test_the_label_free_score_needs_no_truth_and_lies_inside_the_ramp():
    with_truth = chosen(results_kit.make_run(truth=True))
    assert with_truth["mode"] == "label_free"
    assert 0.2 < with_truth["value"] < 0.6


def test_the_oracle_score_separates_the_left_half_which_is_the_object():
    """The seed falls evenly from left to right and the truth is the left half: 8 of 16 columns."""
    found = chosen(results_kit.make_run(variants=variants(ORACLE)))
    assert found["mode"] == "oracle"
    assert 7 / 15 <= found["value"] < 8 / 15


def test_a_label_free_exponent_leaves_as_much_foreground_as_the_label_free_score():
    """The seed falls evenly from 1 to 0 over 16 columns; smoothing lifts it, so the border moves up with it."""
    proportional = {"from": "seeds/cam", "method": "proportional", "exponent": "label_free"}
    plan = results_kit.make_run(variants=variants(proportional))
    found = chosen(plan)
    assert found["mode"] == "label_free_exponent"
    ramp = np.tile(np.linspace(255, 0, 16).astype(np.uint8) / np.float32(255), (1, 12, 1))
    image = np.zeros((12, 16, 3), np.uint8)
    score = cross_entropy_threshold(score_histogram(ramp[0]))
    mask = proportional_mask(image, ramp, [0], exponent=found["value"], crf=None)
    assert 0 < (mask > 0).sum() == (ramp[0] > score).sum()


def test_an_oracle_without_truth_is_refused():
    with pytest.raises(SeedmaskError, match="split train has no truth masks; use label_free or fixed"):
        results_kit.make_run(truth=False, variants=variants(ORACLE))


def test_seeds_of_other_settings_are_refused():
    plan = results_kit.make_run()
    job = Job.model_validate_json(plan.fit_job("masks/threshold"))
    stale = job.model_copy(update={"upstream": {"seeds/cam": "0" * 64}})
    with pytest.raises(SeedmaskError, match="seeds/cam shard 0000 was made with other settings or code"):
        label_free.run(stale, "cpu")
