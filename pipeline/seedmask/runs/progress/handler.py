"""The output of a run as people see it: Snakemake's logger plugin `seedmask` (profiles/default).

A variant is one line; warnings and errors are shown in full. Snakemake's own log has all of it.
The plan reaches the handler by `records.announce`, the events of a job by the file beside its log (`seedmask.events`).
"""

import logging
import sys
import threading
import time
from collections import Counter
from logging import LogRecord
from pathlib import Path
from typing import TYPE_CHECKING, Any

from snakemake_interface_logger_plugins.base import LogHandlerBase
from snakemake_interface_logger_plugins.common import LogEvent

from seedmask.errors import SeedmaskError
from seedmask.events import path_beside
from seedmask.plan import Plan
from seedmask.runs.progress.records import (
    INTERRUPTED,
    KILLED,
    UNSEEN,
    StartedJob,
    announced_plan,
    configuration_error,
    default_format,
    default_handler,
    exit_status,
    full_log,
    is_chatter,
    is_locked_out,
    shows_every_job,
)

if TYPE_CHECKING:
    from seedmask.runs.progress.display import Display
    from seedmask.runs.progress.state import RunProgress


class LogHandler(LogHandlerBase):
    """Shows a run: a table on a terminal, lines elsewhere; Snakemake's own output where people ask for more."""

    def __post_init__(self) -> None:
        from rich.console import Console

        settings = self.common_settings
        self._default = default_handler(settings) if shows_every_job(settings) else None
        self._format = default_format(settings)
        self._quiet = {str(part.name).lower() for part in settings.quiet or ()}
        self._console = Console(stderr=not settings.stdout, no_color=settings.nocolor or None)
        self._started = time.time()
        self._plan: Plan | None = None
        self._progress: RunProgress | None = None
        self._display: Display | None = None
        self._jobs: dict[int, StartedJob] = {}
        self._failed: set[str] = set()
        self._noted: set[str] = set()
        self._done, self._total, self._status, self._full_log = 0, 0, "", ""
        self._over = threading.Event()
        self._turn = threading.RLock()

    @property
    def writes_to_stream(self) -> bool:
        """It takes the place of Snakemake's own output."""
        return True

    @property
    def writes_to_file(self) -> bool:
        """Snakemake's own log stays."""
        return False

    @property
    def has_filter(self) -> bool:
        """It follows `--quiet` itself."""
        return True

    @property
    def has_formatter(self) -> bool:
        """It formats messages itself."""
        return True

    @property
    def needs_rulegraph(self) -> bool:
        """The plan says what depends on what."""
        return False

    def emit(self, record: LogRecord) -> None:
        """Show what people need to see of a record."""
        self._plan = announced_plan(record) or self._plan
        if record.levelno >= logging.ERROR and not self._plan and (error := configuration_error(sys.argv[1:])):
            record = logging.makeLogRecord(vars(record) | {"msg": error, "args": None})
        if self._default:
            self._default.handle(record)
        elif "all" not in self._quiet:
            with self._turn:
                try:
                    self._take(record)
                except Exception:  # noqa: BLE001  logging's own way; the thread of all records must live on
                    self.handleError(record)

    def close(self) -> None:
        """Leave the last state on the terminal, and say where the full log is."""
        with self._turn:
            if not self._over.is_set():
                self._over.set()
                if self._display:
                    self._look(last=True)
                    self._display.close()
                if self._full_log:
                    self._print("; ".join([*[self._so_far()] * bool(self._display), f"full log: {self._full_log}"]))
        super().close()

    def _take(self, record: Any) -> None:
        event = getattr(record, "event", None)
        if event == LogEvent.RUN_INFO:
            self._begin(record.stats["total"])
        elif event == LogEvent.JOB_INFO:
            job = self._jobs[record.jobid] = StartedJob.from_record(record)
            self._failed.discard(job.row)
            self._look()
        elif event == LogEvent.JOB_FINISHED:
            self._look()
            self._jobs.pop(record.job_id, None)
            self._look()
        elif event == LogEvent.PROGRESS:
            self._done, self._total = record.done, record.total
        elif event == LogEvent.JOB_ERROR:
            self._fail(record)
        elif event not in UNSEEN:
            self._pass_on(record)

    def _begin(self, jobs: int) -> None:
        from seedmask.runs.progress.display import display_on
        from seedmask.runs.progress.state import RunProgress

        self._total = jobs
        if self._display or self._quiet & {"progress", "rules"}:
            return
        self._print(f"{jobs} jobs")
        if self._plan:
            self._progress = RunProgress(self._plan, since=self._started)
            self._display = display_on(self._console)
            threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        while not self._over.wait(1):
            with self._turn:
                self._look()

    def _look(self, last: bool = False) -> None:
        """Show how far everything is, and new notes of the jobs."""
        for job in self._jobs.values():
            self._print_notes(job)
        if not self._display or not self._progress or (self._over.is_set() and not last):
            return
        from dataclasses import replace

        from seedmask.runs.progress.state import State

        running = Counter(job.row for job in self._jobs.values())
        try:
            rows = self._progress.rows({} if last else running)
        except (OSError, SeedmaskError):  # a job removes its old result, people their pictures
            return
        rows = [
            replace(row, state=State.failed) if row.name in self._failed and not running[row.name] else row
            for row in rows
        ]
        self._display.update(rows, "" if last else self._so_far())

    def _so_far(self) -> str:
        from seedmask.runs.progress.display import clock

        return f"{self._done} of {self._total} jobs in {clock(time.time() - self._started)}"

    def _print_notes(self, job: StartedJob) -> None:
        from seedmask.runs.progress.job_events import JobEvents

        for path in map(path_beside, job.log):
            if not path.exists() or path.stat().st_mtime < self._started:
                continue
            for note in JobEvents.read(path).notes:
                if note not in self._noted:
                    self._noted.add(note)
                    self._print(f"{job.name}: {note}", "yellow")

    def _fail(self, record: Any) -> None:
        from seedmask.runs.progress.job_events import JobEvents

        job = self._jobs.pop(record.jobid, None)
        if job is None:
            self._pass_on(record)
            return
        if self._status in INTERRUPTED or any(JobEvents.read(path_beside(path)).interrupted for path in job.log):
            self._print(f"{job.name} stopped; run the same again to go on", "yellow")
            return
        self._failed.add(job.row)
        # A scheduler gives a reason, such as that it cancelled the job, and a log of its own.
        reason = self._status or (getattr(record, "rule_msg", None) or "").split(". ")[0]
        how = f" ({reason})" if reason else ""
        names = ", ".join(map(str, getattr(record, "log", None) or job.log))
        self._print(f"{job.name} failed{how}; its log, {names}:", "bold red")
        self._print("\n".join(filter(None, map(_readable, job.log))) or "(empty)")
        if self._status == KILLED and not any(JobEvents.read(path_beside(path)).failure for path in job.log):
            self._print("it was killed, perhaps for want of memory", "bold red")
        self._print("when that is mended, run the same again: all that is finished is kept", "bold red")
        self._look()

    def _pass_on(self, record: Any) -> None:
        """Print a record as Snakemake does, unless it is chatter."""
        text = self._format.format(record).strip("\n")
        if (path := full_log(text)) is not None:
            self._full_log = path.replace(f"{Path.cwd()}/", "")
        elif (status := exit_status(text)) is not None:
            self._status = status  # the job's own error follows; this one is the command with all its settings
        elif is_locked_out(text) and self._plan:
            from seedmask.runs.active import refusal

            self._print(refusal(self._plan.results), "bold red")
        elif record.levelno >= logging.WARNING:
            self._print(text, "bold red" if record.levelno >= logging.ERROR else "yellow")
        elif text and not is_chatter(text):
            self._print(text)

    def _print(self, text: str, style: str = "") -> None:
        self._console.print(text, style=style, markup=False, highlight=False, soft_wrap=True)


def _readable(path: Path) -> str:
    """Lines of a log as a terminal shows them, where a progress bar writes over itself; empty without a log."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").split("\n")
    except OSError:
        return ""
    shown = (line.rstrip("\r").rpartition("\r")[2] for line in lines)
    return "\n".join(line for line in shown if line.strip())
