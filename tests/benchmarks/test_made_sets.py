"""Made-up sets run through the stages as real ones do."""

import json
from dataclasses import asdict

import numpy as np
from benchmarks.kit.made_sets import MadeSet, make_masks, prepare, score_masks

from seedmask.export.variants import open_variant


def test_a_made_set_has_masks_of_its_classes_and_scores(tmp_path):
    made = MadeSet(pictures=5, classes=3, shard_size=2, height=16, width=24)
    prepare(str(tmp_path), asdict(made))
    make_masks(str(tmp_path), made.method, 1)
    make_masks(str(tmp_path), made.method)
    score_masks(str(tmp_path))
    results = tmp_path / "results/made"
    masks = open_variant(results, made.reference)
    labels = np.unique([masks.read(image)["mask"] for image in masks.ids])
    assert len(masks.ids) == 5
    assert {0} < set(labels.tolist()) <= {0, 1, 2, 3}
    scores = json.loads((results / "evaluation" / made.reference / "scores.json").read_text())
    assert [one["images"] for one in scores["results"]] == [5]
