"""The command line of all jobs in a process of its own: its log for people, and its events for programs."""

import json
import os
import platform
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from seedmask.events import Ended, Failed, Interrupted, Note, Warned
from seedmask.job import Job
from seedmask.runs.progress.job_events import JobEvents

TOY = """\
import time
import warnings

from seedmask.errors import SeedmaskError
from seedmask.events import note
from seedmask.job import log


def run(job, device):
    log.info("has begun")
    note("this is a toy")
    warnings.warn("it may break", stacklevel=1)
    match job.settings["does"]:
        case "fail":
            raise SeedmaskError("image a: is torn; mend it")
        case "break":
            raise KeyError("of a programmer")
        case "wait":
            time.sleep(60)
"""
SECONDS = 30


@pytest.fixture
def start(tmp_path):
    """Starts a job as a rule does."""
    (tmp_path / "toy.py").write_text(TOY)
    path = os.pathsep.join([str(Path(__file__).parents[2] / "pipeline"), str(tmp_path)])
    started = []

    def start(does):
        settings = {"does": does}
        job = Job(
            stage="evaluation", variant="x", results=tmp_path / "results", module="toy", settings=settings, basis={}
        )
        command = [sys.executable, "-m", "seedmask.jobs", "evaluation", "--job", job.model_dump_json()]
        log = tmp_path / "log.txt"
        with log.open("w") as output:
            process = subprocess.Popen(
                [*command, "--log", str(log)],
                env={**os.environ, "PYTHONPATH": path},
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


def events(folder):
    return JobEvents.read(folder / "log.jsonl")


def wait_for(folder, kind):
    deadline = time.monotonic() + SECONDS
    while not any(isinstance(event, kind) for event in events(folder).events):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_job_that_makes_its_result_says_so_to_people_and_programs(start, tmp_path):
    process = start("nothing")
    assert process.wait(SECONDS) == 0
    lines = (tmp_path / "log.txt").read_text().splitlines()
    assert lines[:3] == [
        f"evaluation/x: process {process.pid} on {platform.node()}",
        "evaluation/x: has begun",
        "evaluation/x: note: this is a toy",
    ]
    assert lines[3].startswith("evaluation/x: warning: ")
    assert lines[3].endswith("UserWarning: it may break")
    assert lines[-1] == "evaluation/x: finished"
    first, second, third, last = events(tmp_path).events
    assert (first.process, first.machine) == (process.pid, platform.node())
    assert abs(first.time - time.time()) < SECONDS
    assert second == Note(text="this is a toy")
    assert isinstance(third, Warned)
    assert isinstance(last, Ended)
    assert (last.peak or 0) > 10 << 20


def test_an_error_is_the_last_line_of_the_log_and_the_last_event(start, tmp_path):
    assert start("fail").wait(SECONDS) == 1
    message = "evaluation/x: error: image a: is torn; mend it"
    assert (tmp_path / "log.txt").read_text().splitlines()[-1] == message
    assert events(tmp_path).events[-1] == Failed(message=message)


def test_a_traceback_is_an_error(start, tmp_path):
    assert start("break").wait(SECONDS) == 1
    assert "KeyError: 'of a programmer'" in (tmp_path / "log.txt").read_text()
    failure = events(tmp_path).failure
    assert failure.startswith("Traceback (most recent call last):")
    assert "KeyError: 'of a programmer'" in failure


def test_an_interrupted_job_says_so(start, tmp_path):
    process = start("wait")
    wait_for(tmp_path, Warned)
    assert events(tmp_path).is_running()
    process.send_signal(signal.SIGINT)
    process.wait(SECONDS)
    assert events(tmp_path).events[-1] == Interrupted()


def test_a_killed_job_runs_no_more_and_the_next_one_starts_a_new_file(start, tmp_path):
    process = start("wait")
    wait_for(tmp_path, Warned)
    process.kill()
    process.wait(SECONDS)
    found = events(tmp_path)
    assert not (found.is_running() or found.ended or found.failure or found.interrupted)
    again = start("nothing")
    assert again.wait(SECONDS) == 0
    lines = (tmp_path / "log.jsonl").read_text().splitlines()
    assert [json.loads(line)["event"] for line in lines] == ["started", "note", "warning", "ended"]
    assert json.loads(lines[0])["process"] == again.pid
