import logging
import os
import re
import time
from types import SimpleNamespace

import pytest
from progress_kit import finish, make_plan, write_events
from snakemake.settings.enums import Quietness
from snakemake_interface_logger_plugins.common import LogEvent
from snakemake_interface_logger_plugins.registry import LoggerPluginRegistry
from snakemake_interface_logger_plugins.tests import MockOutputSettings, TestLogHandlerBase

from seedmask.events import Failed, Interrupted, Note, Warned
from seedmask.runs.progress.handler import LogHandler
from seedmask.runs.progress.records import PLAN, StartedJob, announce

COMMAND = """Command 'set -euo pipefail;  python -P -m seedmask.jobs seeds --job '{"stage":"seeds"}' > log 2>&1'"""


def settings(**more):
    found = MockOutputSettings()
    vars(found).update({"printshellcmds": False, "nocolor": True} | more)
    return found


class TestContract(TestLogHandlerBase):
    """Snakemake's own tests of a plugin."""

    __test__ = True

    def get_log_handler_cls(self):
        return LogHandler

    def get_log_handler_settings(self):
        return None

    def _create_handler(self):
        return LogHandler(settings(), None)


class Run:
    """A handler, and records as Snakemake sends them."""

    def __init__(self, plan=None, **more):
        self.handler = LogHandler(settings(**more), None)
        self.send("", **{PLAN: plan})

    def send(self, message, event=None, level=logging.INFO, **more):
        record = logging.makeLogRecord({"msg": message, "levelno": level, "levelname": logging.getLevelName(level)})
        vars(record).update({"event": event} if event else {}, **more)
        self.handler.emit(record)

    def begin(self, jobs=3):
        self.send("Job stats:\n...", LogEvent.RUN_INFO, stats={"seeds_shard": jobs, "total": jobs})

    def start(self, number=1, shard="0000", rule="seeds_shard"):
        wildcards = {"variant": "cam", "shard": shard} if rule.endswith("shard") else {"variant": "cam"}
        log = f"results/cows/seeds/cam/logs/{shard}.txt"
        more = {"input": ["results/" + "x" * 900], "output": [], "benchmark": None, "reason": "", "resources": {}}
        more |= {"priority": 0, "threads": 1, "local": False, "is_checkpoint": False, "rule_msg": None}
        self.send("", LogEvent.JOB_INFO, jobid=number, rule_name=rule, wildcards=wildcards, log=[log], **more)

    def finish(self, number=1, done=1):
        self.send(f"Finished jobid: {number} (Rule: seeds_shard)", LogEvent.JOB_FINISHED, job_id=number)
        self.send(None, LogEvent.PROGRESS, done=done, total=3)

    def fail(self, number=1, status=1):
        error = f"RuleException:\nCalledProcessError in file x:\n{COMMAND} returned non-zero exit status {status}."
        self.send(error, LogEvent.ERROR, logging.ERROR, exception="RuleException")
        self.send("Error in rule seeds_shard", LogEvent.JOB_ERROR, logging.ERROR, jobid=number, rule_name="seeds_shard")


@pytest.fixture
def plan(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return make_plan()


@pytest.fixture(autouse=True)
def closed(monkeypatch):
    """Handlers that a test leaves open end with it."""
    made = []
    begin = LogHandler.__post_init__
    monkeypatch.setattr(LogHandler, "__post_init__", lambda handler: (made.append(handler), begin(handler))[1])
    yield
    for handler in made:
        handler.close()


def test_snakemake_finds_the_plugin():
    assert LoggerPluginRegistry().get_plugin("seedmask").log_handler is LogHandler


def test_the_plan_reaches_the_handler_by_an_announcement(plan, caplog, capsys):
    handler, logger = LogHandler(settings(), None), logging.getLogger("snakemake.logging")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        announce(plan)
    finally:
        logger.removeHandler(handler)
    assert handler._plan is plan
    assert capsys.readouterr().err == ""


def test_a_run_without_a_terminal_is_a_line_for_each_start_and_end(plan, capsys):
    run = Run(plan)
    run.send("Using shell: /usr/bin/bash")
    run.send("Provided cores: 2", LogEvent.RESOURCES_INFO, cores=2)
    run.begin()
    for number in range(3):
        run.send("Execute 1 jobs...", LogEvent.JOB_STARTED, jobs=[number])
        run.start(number, f"000{number}")
        run.send(f"Job {number} has been submitted with SLURM jobid 7{number} (log: x.log).")
        run.send(COMMAND, LogEvent.SHELLCMD, shellcmd=COMMAND)
        finish(plan, "seeds/cam", f"000{number}", seconds=1.5)
        run.finish(number, number + 1)
    run.send("Complete log(s): " + os.path.join(os.getcwd(), ".snakemake/log/x.log"))  # noqa: PTH109, PTH118
    run.handler.close()
    run.handler.close()
    output = capsys.readouterr()
    assert output.out == ""
    assert re.sub(r"\d:\d\d", "0:00", output.err).splitlines() == [
        "3 jobs",
        "seeds/cam: started, 3 shards",
        "seeds/cam: done, 3 of 3 shards, 2.0 images/s",
        "3 of 3 jobs in 0:00; full log: .snakemake/log/x.log",
    ]


def test_notes_are_shown_once_while_their_job_runs(plan, capsys):
    run = Run(plan)
    run.begin()
    for number in range(2):
        run.start(number, f"000{number}")
        write_events(plan, "seeds/cam", Note(text="no GPU here: computing on the CPU"), shard=f"000{number}")
        deadline = time.monotonic() + 10
        while "no GPU" not in capsys.readouterr().err and not number and time.monotonic() < deadline:
            time.sleep(0.05)
        assert time.monotonic() < deadline
        run.finish(number)
    assert "no GPU" not in capsys.readouterr().err
    run.start(3, "0002")
    write_events(plan, "seeds/cam", Warned(text="3 of 3 [maps] are brightest along the border"), shard="0002")
    run.finish(3)
    run.handler.close()
    shown = "seeds/cam shard 0002: warning: 3 of 3 [maps] are brightest along the border\n"
    assert shown in capsys.readouterr().err


def test_events_of_an_earlier_run_are_not_shown(plan, capsys):
    events = write_events(plan, "seeds/cam", Note(text="of yesterday"), shard="0000")
    os.utime(events, (time.time() - 60,) * 2)
    run = Run(plan)
    run.begin()
    run.start()
    run.handler.close()
    assert "yesterday" not in capsys.readouterr().err


def test_a_failed_job_is_shown_with_its_whole_log_and_without_its_command(plan, capsys):
    run = Run(plan)
    run.begin()
    run.start()
    message = "seeds/cam shard 0000: error: 2 problems\n  a.png: is [torn]; mend it\n  b.png: too"
    write_events(plan, "seeds/cam", Failed(message=message), shard="0000")
    run.fail()
    run.handler.close()
    lines = capsys.readouterr().err.splitlines()
    assert lines[2:7] == [
        "seeds/cam shard 0000 failed (exit status 1); its log, results/cows/seeds/cam/logs/0000.txt:",
        "seeds/cam: started",
        "seeds/cam shard 0000: error: 2 problems",
        "  a.png: is [torn]; mend it",
        "  b.png: too",
    ]
    assert lines[7] == "when that is mended, run the same again: all that is finished is kept"
    assert "seeds/cam: failed, 0 of 3 shards" in lines
    assert not any("pipefail" in line for line in lines)


def test_a_killed_job_and_an_empty_log_are_explained(plan, capsys):
    run = Run(plan)
    run.begin()
    run.start()
    run.fail(status=137)
    run.handler.close()
    output = capsys.readouterr().err
    assert "failed (exit status 137)" in output
    assert "(empty)\nit was killed, perhaps for want of memory" in output


def test_what_a_scheduler_says_of_a_failed_job_is_shown_with_its_log(plan, capsys):
    run = Run(plan)
    run.begin()
    run.start()
    log = write_events(plan, "seeds/cam", shard="0000").with_suffix(".txt")
    more = {"rule_msg": "SLURM status is: 'CANCELLED'. Detailed failure reason unavailable", "log": [str(log), "7.log"]}
    run.send("Error in rule seeds_shard", LogEvent.JOB_ERROR, logging.ERROR, jobid=1, rule_name="seeds_shard", **more)
    expected = f"seeds/cam shard 0000 failed (SLURM status is: 'CANCELLED'); its log, {log}, 7.log:"
    assert expected in capsys.readouterr().err


@pytest.mark.parametrize(("events", "status"), [((Interrupted(),), 1), ((), 130)])
def test_ctrl_c_shows_no_traceback(plan, capsys, events, status):
    run = Run(plan)
    run.begin()
    run.start()
    log = write_events(plan, "seeds/cam", *events, shard="0000").with_suffix(".txt")
    log.write_text(log.read_text() + 'Traceback (most recent call last):\n  File "x"\nKeyboardInterrupt\n')
    run.fail(status=status)
    run.handler.close()
    output = capsys.readouterr().err
    assert "seeds/cam shard 0000 stopped; run the same again to go on" in output
    assert "Traceback" not in output


def test_what_snakemake_warns_of_is_shown_in_full(capsys):
    run = Run()
    warning = "Unknown [thing]:\n  " + "long " * 60
    run.send(warning, level=logging.WARNING)
    run.send("WorkflowError:\nMissing input files", LogEvent.ERROR, logging.ERROR, exception="WorkflowError")
    run.send("Nothing to be done (all requested files are present and up to date).")
    assert capsys.readouterr().err == f"{warning}\nWorkflowError:\nMissing input files\nNothing to be done " + (
        "(all requested files are present and up to date).\n"
    )


def test_quiet_leaves_warnings_and_failures(plan, capsys):
    run = Run(plan, quiet={Quietness.PROGRESS, Quietness.RULES})
    run.begin()
    run.start()
    write_events(plan, "seeds/cam", Failed(message="seeds/cam shard 0000: error: torn"), shard="0000")
    run.fail()
    run.handler.close()
    assert capsys.readouterr().err.startswith("seeds/cam shard 0000 failed")
    run = Run(plan, quiet={Quietness.ALL})
    run.begin()
    run.start()
    run.fail()
    run.handler.close()
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("options", [{"dryrun": True, "stdout": True}, {"verbose": True}, {"printshellcmds": True}])
def test_people_who_ask_for_the_jobs_get_snakemake_s_own_output(plan, capsys, options):
    run = Run(plan, **options)
    run.begin()
    run.start()
    run.handler.close()
    output = capsys.readouterr()
    text = output.out if options.get("stdout") else output.err
    assert "rule seeds_shard:\n    input: results/xxx" in text
    assert "wildcards: variant=cam, shard=0000" in text


def test_a_terminal_gets_a_table_that_counts_jobs(plan, monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("LINES", "30")
    master, slave = os.openpty()
    with open(slave, "w") as stream, open(master, "rb", buffering=0) as terminal:  # noqa: PTH123  descriptors
        monkeypatch.setattr("sys.stderr", stream)
        run = Run(plan)
        run.begin()
        run.start()
        run.handler.close()
        text = terminal.read(100_000).decode()
    assert "classifiers/cam" in text
    assert re.search(r"0 of 3 jobs in 0:\d\d", text)
    assert text.rindex("\x1b[?25h") > text.rindex("\x1b[?25l")


def test_a_record_that_cannot_be_shown_stops_nothing(plan, capsys):
    run = Run(plan)
    run.send("", LogEvent.JOB_INFO, jobid=1)
    run.begin()
    assert "3 jobs" in capsys.readouterr().err


def test_rules_stand_for_rows():
    def row(rule, **wildcards):
        job = StartedJob.from_record(SimpleNamespace(rule_name=rule, wildcards=wildcards, log=[]))
        return job.row, job.name

    assert row("seeds_shard", stage="seeds", variant="cam", shard="0003") == ("seeds/cam", "seeds/cam shard 0003")
    assert row("weak_labels_fit", stage="weak_labels", variant="tags.1") == (
        "weak_labels/tags.1",
        "weak_labels/tags.1 fit",
    )
    assert row("segmenters", stage="segmenters", variant="crf") == ("segmenters/crf", "segmenters/crf")
    assert row("evaluation", stage="masks", variant="crf") == ("evaluation", "evaluation/masks/crf")
    assert row("tags", stage="classifiers", variant="cam") == ("tags", "tags/classifiers/cam")
    assert row("index") == ("index", "index")
