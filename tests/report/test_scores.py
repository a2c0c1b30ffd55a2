import numpy as np
import pytest

from seedmask.report.scores import (
    LARGEST_MATRIX,
    LISTED_MISTAKES,
    NUMBERS,
    Score,
    confusion_table,
    format_mean,
    mean_and_deviation,
    read_score_table,
    scores_csv,
    summaries,
)
from seedmask.report.terms import Terms
from seedmask.storage.records import write_proved


def score(miou, replicate=0, **changes):
    fields = {
        "split": "val",
        "variant": "predictions/ce",
        "replicate": replicate,
        "threshold_mode": "none",
        "threshold": None,
        "pixel_labels": "",
        "made_elsewhere": "",
        "numbers": {**dict.fromkeys(NUMBERS), "miou": miou},
        "images": 4,
        "classes_averaged": 3,
        "terms": Terms("voc", "", "2", "skip_union", "0f", "flip yes", "closed world", "classifiers: x"),
        "classes": {"background": miou, "cow, calf": None},
        "curve": (),
    }
    return Score(**fields | changes)


def test_a_table_is_read_as_it_was_written(tmp_path):
    scores = [score(0.5), score(0.25, 1, pixel_labels="segmenters/ce: learns from truth masks", threshold=0.125)]
    write_proved(tmp_path / "scores.csv", scores_csv(scores, ["background", "cow, calf"]))
    assert read_score_table(tmp_path / "scores.csv") == scores


def test_replicates_become_mean_standard_deviation_and_number():
    (found,) = summaries([score(0.4), score(0.5, 1), score(0.6, 2)])
    assert found.runs == 3
    assert found.numbers["miou"] == pytest.approx(0.5)
    assert found.deviations["miou"] == pytest.approx(0.1)  # of the sample: divided by n - 1
    assert found.numbers["boundary_miou"] is None
    assert found.classes == {"background": pytest.approx(0.5), "cow, calf": None}


def test_splits_variants_and_ways_to_choose_a_threshold_stay_apart():
    others = [score(0.4, split="train"), score(0.4, variant="masks/x"), score(0.4, threshold_mode="oracle")]
    assert [line.runs for line in summaries([score(0.4), *others, score(0.4, 1)])] == [2, 1, 1, 1]


def test_of_a_single_run_there_is_no_deviation():
    (found,) = summaries([score(0.4)])
    assert set(found.deviations.values()) == {None}
    assert mean_and_deviation([]) == (None, None)


@pytest.mark.parametrize(
    ("numbers", "words"),
    [((None,), "-"), ((0.61549,), "0.615"), ((0.6, 0.0051), "0.600 ± 0.005"), ((0.6, 0.0), "0.600 ± 0.000")],
)
def test_a_mean_is_formatted_with_its_deviation(numbers, words):
    assert format_mean(*numbers) == words


def test_shares_are_of_the_true_pixels():
    found = confusion_table([[6, 2, 0], [1, 1, 2], [0, 0, 0]], ["background", "cow", "sheep"])
    assert found.labels == ("background", "cow", "sheep")
    assert found.shares == ((0.75, 0.25, 0.0), (0.25, 0.25, 0.5), (None, None, None))
    assert found.largest == (("cow", "sheep", 0.5), ("background", "cow", 0.25), ("cow", "background", 0.25))


def test_without_mistakes_nothing_is_listed():
    assert confusion_table(np.diag([3, 4]).tolist(), ["background", "cow"]).largest == ()


def test_a_matrix_too_large_for_a_table_is_listed_alone():
    names = [str(n) for n in range(LARGEST_MATRIX + 1)]
    counts = np.ones((LARGEST_MATRIX + 1, LARGEST_MATRIX + 1), int).tolist()
    found = confusion_table(counts, names)
    assert found.shares == ()
    assert len(found.largest) == LISTED_MISTAKES
