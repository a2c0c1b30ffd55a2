"""From the names of the classes to masks and a report, without any training."""

NAMES = {"disc": ["pizza"], "box": ["box"], "triangle": ["obelisk"], "ring": ["bagel"], "star": ["starfish"]}


def test_names_make_seeds_masks_and_a_report_beside_a_trained_classifier(finished, tmp_path):
    copy = finished.copy(tmp_path / "copy")
    copy.config["classifiers"]["named"] = {"method": "named", "names": NAMES, "output_stride": 32}
    copy.config["seeds"]["named"] = {"from": "classifiers/named", "scales": [1.0]}
    copy.config["masks"]["named"] = {"from": "seeds/named", "method": "threshold"}
    copy.run()
    assert (copy.results / "evaluation" / "masks" / "named" / "scores.json").exists()
    assert "Nothing to be done" in copy.run("--dry-run")
    assert "disc: pizza" in (copy.results / "classifiers" / "named" / "log.txt").read_text()

    copy.config["classifiers"]["named"]["names"]["ring"] = ["n07695742"]  # a pretzel
    planned = copy.variants_planned()
    made = {"classifiers named", "seeds_shard named", "masks_shard named", "masks_fit named"}
    assert made <= planned
    assert all("named" in job or job in ("images", "report") for job in planned)


def test_classes_without_rows_stop_the_job_with_one_line_each(finished, tmp_path):
    copy = finished.copy(tmp_path / "copy")
    copy.config["classifiers"]["named"] = {"method": "named"}
    output = copy.run("results/shapes/classifiers/named/manifest.json", succeeds=False)
    assert "classifiers/named: error: classes without rows in the head of tf_efficientnet_lite0" in output
    assert all(f"class '{name}': " in output for name in ("disc", "triangle", "ring", "star"))
    assert "Traceback" not in output
