"""What the benchmarks measure with."""

import subprocess
import sys
import time

import benchmarks.kit.sides
import numpy as np
import pytest
from benchmarks.kit.cases import Case, largest_difference, share_of_other_labels
from benchmarks.kit.measuring import case_text, is_reached, ratio_of
from benchmarks.kit.memory import ROOT
from benchmarks.kit.processes import run_command
from benchmarks.kit.sides import Timing, alternate, timings

FAST, SLOW = Timing(1.0, 1.0, 3), Timing(4.0, 4.0, 3)


def case_of(**goals):
    return Case(lambda: None, lambda: None, **goals)


def measured(ratio=4.0, at_least=None, at_most=None, **more):
    seconds = {"ours": {"best": 1.0, "median": 1.0}, "plain": {"best": 4.0, "median": 4.0}}
    record = {"name": "x", "sides": ["ours", "plain"], "seconds": seconds, "ratio": ratio, "difference": None}
    return record | {"at_least": at_least, "at_most": at_most, "tolerance": 0} | more


def test_the_sides_are_called_in_turns_and_warmed_up():
    calls = []
    sides = {name: lambda name=name: (calls.append(name), time.sleep(0.03)) for name in ("a", "b")}
    times = alternate(sides, 2)
    assert calls == ["a", "b"] * 3
    assert [len(taken) for taken in times.values()] == [2, 2]
    assert min(times["a"]) >= 0.03


def test_what_takes_long_is_measured_twice_and_no_more(monkeypatch):
    monkeypatch.setattr(benchmarks.kit.sides, "LONG", 0.05)
    found = timings({"a": lambda: time.sleep(0.03), "b": lambda: None}, 9)
    assert (found["a"].rounds, found["b"].rounds) == (2, 2)


def test_what_is_short_is_repeated_until_it_can_be_measured():
    calls = []
    found = timings({"a": lambda: calls.append(0)}, 1)
    assert len(calls) > 100
    assert found["a"].best < 0.001


def test_a_ratio_says_how_many_times_as_fast_or_how_many_times_as_long():
    times = {"ours": FAST, "plain": SLOW}
    assert ratio_of(case_of(at_least=2), times) == 4
    assert ratio_of(case_of(at_most=2), times) == 0.25


@pytest.mark.parametrize(
    ("case", "reached"),
    [
        (measured(4.0, at_least=4), True),
        (measured(3.9, at_least=4), False),
        (measured(1.2, at_most=1.1), False),
        (measured(memory={"ratio": 9.0, "at_least": 10}), False),
        (measured(memory={"ratio": 9.0, "at_least": None}), True),
    ],
)
def test_goals_of_time_and_of_memory(case, reached):
    assert is_reached(case) is reached


def test_the_ratio_is_printed_first():
    assert case_text("b", measured(1.04, at_most=1.15)).startswith("ratio 1.040\n")


def test_differences_are_relative_to_the_largest_number_and_of_labels_a_share():
    assert largest_difference(np.array([1.0, 101.0]), np.array([1.0, 100.0])) == pytest.approx(0.01)
    assert largest_difference([np.zeros(2), np.ones(1)], [np.zeros(2), np.ones(1)]) == 0
    with pytest.raises(ValueError, match="expected the same on both sides"):
        largest_difference(np.zeros(2), np.zeros(3))
    assert share_of_other_labels(np.array([0, 1, 2, 3]), np.array([0, 1, 2, 255])) == 0.25


def test_peak_memory_leaves_out_what_was_there_before():
    lines = (
        "import numpy as np; from benchmarks.kit.memory import peak_beside",
        "before = np.ones(8_000_000)",
        "print(peak_beside(lambda: np.ones(4_000_000).sum()))",
    )  # in a process of its own, which has no freed memory to take again
    held = subprocess.run([sys.executable, "-c", "; ".join(lines)], cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout
    assert 64e6 > int(held) > 30e6


def test_a_command_that_fails_says_what_it_said(tmp_path):
    assert run_command(["-c", "print(1)"], tmp_path).megabytes > 1
    with pytest.raises(SystemExit, match="no such thing"):
        run_command(["-c", "raise ValueError('no such thing')"], tmp_path)
