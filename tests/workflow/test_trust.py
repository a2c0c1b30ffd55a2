"""Classes without truth, after whole runs: what they are judged by, with and without a classifier on their way."""

import json

from seedmask.report.class_table import read_classes


def test_every_part_of_trust_is_known_after_a_run_of_every_stage(finished):
    found = json.loads((finished.results / "evaluation" / "classifiers" / "cam" / "tags.json").read_text())
    assert (found["pictures"], len(found["classes"])) == (12, 5)
    lines = read_classes(finished.results)
    assert [line.name for line in lines] == [one["name"] for one in found["classes"]]
    for line, one in zip(lines, found["classes"], strict=True):
        assert (line.precision is None) == (one["average_precision"] is None)
        assert 0 <= line.trust <= 1
    counted = {name for line in lines for name in line.parts.counted()}
    assert counted == {"clear", "fits", "finds", "agrees"}
    assert "What can be trusted, without truth" in (finished.results / "report.html").read_text()
    log = (finished.results / "evaluation" / "classifiers" / "cam" / "tags.txt").read_text()
    assert "mean average precision" in log


def test_every_classifier_that_scores_classes_is_tried(sfc, i2crc):
    tried = {
        path.parent.name for run in (sfc, i2crc) for path in run.results.glob("evaluation/classifiers/*/tags.json")
    }
    assert tried == {"sfc", "i2crc"}  # not the network of boundaries


def test_predictions_of_points_are_judged_without_a_classifier(agmm):
    for line in read_classes(agmm.results):
        assert (line.lineage.classifier, line.lineage.predictions) == ("", "predictions/points")
        assert set(line.parts.counted()) <= {"fits", "finds"}
