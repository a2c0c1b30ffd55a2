"""A segmenter trained twice, and all that is made from it."""

import json

from seedmask.report.scores import read_score_table, summaries


def test_a_replicate_more_trains_only_itself_and_tables_give_mean_and_deviation(finished, tmp_path):
    copy = finished.copy(tmp_path / "copy")
    copy.config["segmenters"]["crf"]["replicates"] = 2
    assert copy.variants_planned() == {
        "segmenters crf.1",
        "predictions_shard crf.1",
        "evaluation predictions crf.1",
        "images",
        "report",
    }
    copy.run()
    before, after = finished.digests(), copy.digests()
    assert {name: after[name] for name in before} == before
    assert after["segmenters/crf/manifest.json"] != after["segmenters/crf.1/manifest.json"]
    manifest = json.loads((copy.results / "segmenters" / "crf.1" / "manifest.json").read_text())
    assert manifest["settings"]["seed"] == 1

    found = [
        s for s in summaries(read_score_table(copy.results / "report" / "scores.csv")) if s.variant == "predictions/crf"
    ]
    assert [score.runs for score in found] == [2, 2]
    page = (copy.results / "report.html").read_text()
    assert f"± {found[0].deviations['miou']:.3f}" in page
    assert "crf × 2" in page

    copy.config["segmenters"]["crf"]["replicates"] = 1
    assert copy.variants_planned() == {"images", "report"}
