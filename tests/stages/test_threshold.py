import json

import pytest
import results_kit

from pipeline.errors import SeedmaskError
from pipeline.job import Job
from pipeline.stages import threshold

ORACLE = {"from": "seeds/cam", "method": "threshold", "threshold": {"mode": "oracle"}}


def chosen(plan):
    """Contents of a fitted threshold."""
    return json.loads((plan.results / "masks" / "threshold" / "threshold.json").read_text())


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


def test_an_oracle_without_truth_is_refused():
    with pytest.raises(SeedmaskError, match="split train has no truth masks; use label_free or fixed"):
        results_kit.make_run(truth=False, variants=variants(ORACLE))


def test_seeds_of_other_settings_are_refused():
    plan = results_kit.make_run()
    job = Job.model_validate_json(plan.threshold_job("masks/threshold"))
    stale = job.model_copy(update={"upstream": {"seeds/cam": "0" * 64}})
    with pytest.raises(SeedmaskError, match="seeds/cam shard 0000 was made with other settings or code"):
        threshold.run(stale, "cpu")
