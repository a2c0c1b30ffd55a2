"""Two processes train as one does with the same whole batch."""

import json
import os
import subprocess
from contextlib import ExitStack
from pathlib import Path

import pytest
from training_kit import TRAININGS
from warm_kit import warm_python

TESTS = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """Losses and weights of all trainings: of one process, and of each of two."""
    folder = tmp_path_factory.mktemp("two")
    path = os.pathsep.join(map(str, (TESTS.parent / "pipeline", TESTS, Path(__file__).parent)))
    environment = {**os.environ, "PYTHONPATH": path}
    with ExitStack() as running:
        started = [
            running.enter_context(
                subprocess.Popen(
                    [warm_python(), "-m", "two_processes", str(rank), str(folder)],
                    env=environment,
                    stderr=subprocess.PIPE,
                    text=True,
                )
            )
            for rank in (0, 1)
        ]
        running.callback(lambda: [process.kill() for process in started])
        for process in started:
            _, errors = process.communicate(timeout=300)
            # Torch's advice against the search for them, which is on purpose; forks cannot be told to hide it.
            lines = [line for line in errors.splitlines() if "find_unused_parameters=True" not in line]
            assert (process.returncode, lines) == (0, [])
    return {name: json.loads((folder / f"{name}.json").read_text()) for name in ("one", "two-0", "two-1")}


@pytest.mark.parametrize("training", TRAININGS)
def test_the_losses_of_two_processes_are_those_of_one(found, training):
    one, two = found["one"][training], found["two-0"][training]
    assert len(one["losses"]) == 1
    assert two["losses"] == pytest.approx(one["losses"], rel=1e-5, abs=1e-5)


@pytest.mark.parametrize("training", TRAININGS)
def test_the_weights_of_two_processes_are_those_of_one(found, training):
    one, two = found["one"][training], found["two-0"][training]
    assert two["weights"] == pytest.approx(one["weights"], rel=1e-4, abs=1e-5)


@pytest.mark.parametrize("training", TRAININGS)
def test_both_processes_end_with_the_same_weights_and_the_first_one_keeps_them(found, training):
    first, second = found["two-0"][training], found["two-1"][training]
    assert first["weights"] == second["weights"]
    assert first["losses"] == second["losses"]
    assert (first["kept"], second["kept"]) == (True, False)
