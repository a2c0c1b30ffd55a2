import json
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from seedmask.runs import active as runs

RESULTS = Path("results/shapes")
RUN = "import sys; from pathlib import Path; from seedmask.runs.active import begin; "
"""A process that is a run of a data set; it prints its messages and lives until it is killed or its input ends."""


@pytest.fixture
def start(tmp_path, monkeypatch):
    """Starts a run in a process of its own; what it has to say."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(runs, "_own", {})
    started = []

    def begin(results="results/shapes"):
        command = [sys.executable, "-c", f"{RUN} print(begin(Path({results!r})), flush=True); sys.stdin.read()"]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        started.append(process)
        return process, process.stdout.readline().strip()

    yield begin
    for process in started:
        with process:
            process.kill()


def kill(process):
    process.kill()
    process.wait()


def leave_locks(results="results/shapes"):
    """What Snakemake writes when it begins, and leaves when it is killed."""
    runs.LOCKS.mkdir(parents=True, exist_ok=True)
    for name in ("0.input.lock", "0.output.lock"):
        (runs.LOCKS / name).write_text(f"{results}/index/truth.json\n{results}/report.html\n")


def locks():
    return sorted(path.name for path in runs.LOCKS.glob("*"))


def test_the_lock_of_a_killed_run_is_released(start):
    first, message = start()
    assert message == "[]"
    leave_locks()
    assert runs.left_lock(RESULTS) == []
    kill(first)
    assert f"a lock was left by a run that was killed (process {first.pid} on" in runs.left_lock(RESULTS)[0]
    assert "`seedmask recover` or `seedmask run` releases it" in runs.refusal(RESULTS)
    assert len(locks()) == 2
    _, message = start()
    assert f"a lock was left by a run that was killed (process {first.pid} on {platform.node()}" in message
    assert locks() == []
    assert len(list(runs.RUNS.glob("*.run"))) == 1


def test_the_lock_of_a_living_run_stays_and_its_process_is_named(start):
    first, _ = start()
    leave_locks()
    assert start()[1] == "[]"
    assert len(locks()) == 2
    assert f"results/shapes is being made by process {first.pid} on {platform.node()}" in runs.refusal(RESULTS)


def test_the_lock_stays_while_any_run_of_the_data_set_lives(start):
    first, second = start()[0], start()[0]
    leave_locks()
    kill(first)
    assert start()[1] == "[]"
    assert len(locks()) == 2
    kill(second)


def test_locks_of_another_data_set_stay(start):
    other, killed = start("results/others")[0], start()[0]
    leave_locks("results/others")
    kill(killed)
    assert start()[1] == "[]"
    kill(other)
    assert start()[1] == "[]"
    assert len(locks()) == 2


def test_a_lock_of_no_known_run_stays(start):
    leave_locks()
    refused, message = start()
    assert message == "[]"
    assert len(locks()) == 2
    refused.stdin.close()
    refused.wait()
    assert "if no run is alive: snakemake --unlock" in runs.refusal(RESULTS)


def test_a_run_that_ends_by_itself_leaves_nothing(start):
    first, _ = start()
    first.stdin.close()
    first.wait()
    assert list(runs.RUNS.iterdir()) == []


def test_a_killed_run_of_another_machine_cannot_be_proved_gone(start):
    first, _ = start()
    leave_locks()
    kill(first)
    (file,) = runs.RUNS.glob("*.run")
    file.write_text(json.dumps(json.loads(file.read_text()) | {"machine": "elsewhere"}))
    _, message = start()
    assert f"a lock of process {first.pid} on elsewhere" in message
    assert "if it is gone: snakemake --unlock" in message
    assert len(locks()) == 2


def test_a_run_of_another_machine_is_forgotten_with_its_lock(start):
    start()[0].kill()
    (file,) = runs.RUNS.glob("*.run")
    file.write_text(json.dumps(json.loads(file.read_text()) | {"machine": "elsewhere"}))
    assert start()[1] == "[]"
    assert not file.exists()


def test_without_kernel_locks_a_lock_of_snakemake_stays(start, monkeypatch):
    def none(*_):
        raise OSError(37, "No locks available")

    monkeypatch.setattr(runs.fcntl, "flock", none)
    runs.register(RESULTS)
    assert runs.begin(RESULTS) == []
    leave_locks()
    (message,) = runs.begin(RESULTS)
    assert "No locks available" in message
    assert "snakemake --unlock" in message
    assert len(locks()) == 2
    assert list(runs.RUNS.iterdir()) == []
