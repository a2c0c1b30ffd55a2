"""What a rule runs after a job that failed: `python -m seedmask.jobs.killed STATUS LOG`.

A job that the kernel killed cannot say so itself, so its log and its events get the reason here, and what to lower.
"""

import logging
import sys
from pathlib import Path

from seedmask.events import LABELS, EventFile, Failed, path_beside
from seedmask.memory import kills, remedy
from seedmask.runs.progress.job_events import JobEvents

KILLED = 137
"""How a shell reports that signal 9 ended a command."""


def main() -> None:
    """End with the status of the job; one that was killed is explained first."""
    status, log = int(sys.argv[1]), Path(sys.argv[2])
    if status == KILLED:
        explain(log)
    sys.exit(status)


def explain(log: Path) -> None:
    """Add to a log, and to the events beside it, that the job was killed, for memory if the kernel counts that.

    Args:
        log: of the job; its first line names it.
    """
    started, now = JobEvents.read(path_beside(log)).started, kills()
    before = started.kills if started else None
    with log.open("a+", encoding="utf-8", errors="replace") as stream:
        stream.seek(0)
        name = stream.readline().partition(": ")[0].strip() or "the job"
        if before is not None and now is not None and now > before:
            why = "killed by the kernel for want of memory"
        else:
            why = "killed by signal 9, probably by the kernel for want of memory"
        message = f"{name}: {LABELS[logging.ERROR]}{why}; {remedy(name.partition('/')[0])}"
        stream.write(f"\n{message}\n")
    EventFile(path_beside(log), replace=False).write(Failed(message=message))


if __name__ == "__main__":
    main()
