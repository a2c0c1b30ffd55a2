"""A segmenter of a whole run in Python gives the numbers that the run's own jobs gave."""

import numpy as np

from seedmask import load_segmenter, open_results
from seedmask.dataset.catalogue import Catalogue
from seedmask.export.variants import open_variant
from seedmask.storage.canvas import CONFIDENCE, encode
from seedmask.storage.reader import arrays_digest


def test_predictions_of_a_loaded_segmenter_are_those_of_the_jobs(finished, monkeypatch):
    monkeypatch.chdir(finished.folder)
    segmenter = load_segmenter(finished.results / "segmenters/crf", device="cpu")
    assert segmenter.views_from == "predictions/crf"
    stored, catalogue = open_variant(finished.results, "predictions/crf"), Catalogue(finished.results)
    for row in catalogue.index.rows:
        mask, confidence = segmenter.predict(finished.folder / "shapes" / row.image)
        assert arrays_digest({"mask": mask, "confidence": encode(confidence, CONFIDENCE)}) == stored.digest(row.id)


def test_the_results_of_a_run_open_as_arrays(finished):
    results = open_results(finished.results)
    predictions = results["predictions/crf"]
    assert predictions.attrs["images"] == "18 of 18 images"
    assert sorted(set(predictions.split.values.tolist())) == ["train", "val"]
    for image in predictions.image.values.tolist():
        one = results.image("predictions/crf", image)
        height, width = one["mask"].shape
        padded = predictions.sel(image=image)
        assert np.array_equal(padded.mask[:height, :width], one["mask"])
        assert (padded.mask[height:].values == 255).all()
