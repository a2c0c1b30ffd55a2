import pytest

from seedmask.errors import SeedmaskError
from seedmask.report.charts import metric_svg
from seedmask.report.learning import TrainingHistory, read_training_history
from seedmask.storage.manifest import METRICS, Manifest


def write(results, reference, *epochs):
    stage, variant = reference.split("/")
    facts = {METRICS: list(epochs)}
    made = Manifest(stage=stage, variant=variant, recipe="", fingerprint="", settings={}, facts=facts, digest="")
    made.write(results / reference / "manifest.json")


def test_replicates_are_lines_of_one_network(tmp_path):
    write(tmp_path, "segmenters/crf", {"epoch": 1, "loss": 2.0}, {"epoch": 2, "loss": 1.5, "mAP": 0.5})
    write(tmp_path, "segmenters/crf.1", {"epoch": 1, "loss": 3.0})
    (found,) = read_training_history(tmp_path, ["segmenters/crf", "segmenters/crf.1"])
    assert found.variant == "segmenters/crf"
    assert found.metrics == {"loss": (((1, 2.0), (2, 1.5)), ((1, 3.0),)), "mAP": (((2, 0.5),),)}


def test_a_network_one_of_whose_trainings_was_too_short_is_warned_of():
    flat, steep = (
        tuple((float(n), value) for n, value in enumerate(values)) for values in ([2.0] * 4, [4.0, 3.0, 2.0, 1.0])
    )
    assert TrainingHistory("segmenters/crf", {"loss": (flat, flat)}).warning == ""
    assert "fell by 50 %" in TrainingHistory("segmenters/crf", {"loss": (flat, steep), "mAP": (flat,)}).warning
    assert TrainingHistory("segmenters/crf", {}).warning == ""


def test_a_training_that_is_damaged_or_not_finished_is_named(tmp_path):
    write(tmp_path, "classifiers/cam", {"epoch": 1, "loss": 2.0})
    path = tmp_path / "classifiers/cam/manifest.json"
    path.write_text(path.read_text().replace("2.0", "1.0"))
    with pytest.raises(SeedmaskError, match=r"manifest\.json: is damaged.*; delete it and run snakemake"):
        read_training_history(tmp_path, ["classifiers/cam"])
    path.unlink()
    with pytest.raises(SeedmaskError, match=r"classifiers/cam/manifest\.json: is missing"):
        read_training_history(tmp_path, ["classifiers/cam"])


def test_a_drawing_has_a_line_for_each_training():
    drawn = metric_svg("a < b", [((1.0, 2.0), (2.0, 1.0)), ((1.0, 4.0), (2.0, 0.5))])
    assert drawn.count("<polyline") == 2
    assert "a &lt; b" in drawn
    assert ">4.00<" in drawn


@pytest.mark.parametrize("line", [((1.0, 2.0),), ((1.0, 0.0), (2.0, 0.0))])
def test_a_single_epoch_and_a_flat_line_can_be_drawn(line):
    assert "nan" not in metric_svg("loss", [line])
