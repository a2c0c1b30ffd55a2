import pytest

from pipeline.errors import SeedmaskError
from pipeline.inspect.report.drawings import learning
from pipeline.inspect.report.learning import Learning, read_learning


def write(results, reference, text):
    (results / reference).mkdir(parents=True)
    (results / reference / "metrics.jsonl").write_text(text)


def test_replicates_are_lines_of_one_network(tmp_path):
    write(tmp_path, "segmenters/crf", '{"epoch": 1, "loss": 2.0}\n{"epoch": 2, "loss": 1.5, "mAP": 0.5}\n')
    write(tmp_path, "segmenters/crf.1", '{"epoch": 1, "loss": 3.0}\n')
    (found,) = read_learning(tmp_path, ["segmenters/crf", "segmenters/crf.1"])
    assert found.variant == "segmenters/crf"
    assert found.metrics == {"loss": (((1, 2.0), (2, 1.5)), ((1, 3.0),)), "mAP": (((2, 0.5),),)}


def test_a_network_one_of_whose_trainings_was_too_short_is_warned_of():
    flat, steep = (
        tuple((float(n), value) for n, value in enumerate(values)) for values in ([2.0] * 4, [4.0, 3.0, 2.0, 1.0])
    )
    assert Learning("segmenters/crf", {"loss": (flat, flat)}).warning == ""
    assert "fell by 50 %" in Learning("segmenters/crf", {"loss": (flat, steep), "mAP": (flat,)}).warning
    assert Learning("segmenters/crf", {}).warning == ""


@pytest.mark.parametrize("text", ["{", '{"loss": 1}\n', '{"epoch": 1, "loss": null}\n', "[1]\n"])
def test_metrics_that_are_not_ours_are_named(tmp_path, text):
    write(tmp_path, "classifiers/cam", text)
    with pytest.raises(SeedmaskError, match=r"metrics\.jsonl: cannot be read as metrics.*run snakemake"):
        read_learning(tmp_path, ["classifiers/cam"])


def test_missing_metrics_are_named(tmp_path):
    with pytest.raises(SeedmaskError, match=r"classifiers/cam/metrics\.jsonl: cannot be read"):
        read_learning(tmp_path, ["classifiers/cam"])


def test_a_drawing_has_a_line_for_each_training():
    drawn = learning("a < b", [((1.0, 2.0), (2.0, 1.0)), ((1.0, 4.0), (2.0, 0.5))])
    assert drawn.count("<polyline") == 2
    assert "a &lt; b" in drawn
    assert ">4.00<" in drawn


@pytest.mark.parametrize("line", [((1.0, 2.0),), ((1.0, 0.0), (2.0, 0.0))])
def test_a_single_epoch_and_a_flat_line_can_be_drawn(line):
    assert "nan" not in learning("loss", [line])
