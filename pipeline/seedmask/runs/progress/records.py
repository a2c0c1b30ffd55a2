"""Snakemake's log records: what they are about, and how Snakemake itself prints them.

Most records have an event and its facts as attributes (`LogEvent`). A few facts are in their text alone; all patterns
for such texts are here.
"""

import logging
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from snakemake_interface_logger_plugins.common import LogEvent

from seedmask.config.reading import read_values
from seedmask.errors import SeedmaskError
from seedmask.plan import Plan

PLAN = "seedmask_plan"
"""Attribute of the log record that hands the plan to the logger."""
OPTIONS = ("--configfile", "--configfiles")
DEFAULT = Path("config.yaml")
"""What is read where none is named; where it is missing, Snakemake says so."""


def announce(plan: Plan) -> None:
    """Hand the plan of a run to the logger `seedmask`; it gets there in no other way.

    `rules/common.smk` calls this once. The plan is an attribute of a log record without text, which other loggers do
    not show.
    """
    from snakemake.logging import logger

    logger.info("", extra={PLAN: plan})


def announced_plan(record: logging.LogRecord) -> Plan | None:
    """The plan that a record announces."""
    return getattr(record, PLAN, None)


def configuration_error(arguments: Sequence[str]) -> str | None:
    """Why the first unreadable configuration of a command line cannot be read; None where all can be.

    Args:
        arguments: Snakemake's.
    """
    for path in list(_files(arguments)) or [DEFAULT] * DEFAULT.exists():
        try:
            read_values(path)
        except SeedmaskError as error:
            return str(error)
    return None


def _files(arguments: Sequence[str]) -> Iterator[Path]:
    named = False
    for argument in arguments:
        option, equals, value = argument.partition("=")
        if argument.startswith("-"):
            named = option in OPTIONS
            argument = value if equals else ""
        if named and argument:
            yield Path(argument)


_CHATTER = re.compile(
    r"Assuming unrestricted shared filesystem usage|Using shell: |Conda environments: ignored|Select jobs to execute|"
    r"Elapsed time: |Job \d+ has been submitted |Cleaning up SLURM log files "
)
_FULL_LOG = "Complete log(s): "
_COMMAND_FAILED = "CalledProcessError"
_STATUS = re.compile(r"(exit status \d+|died with .*)\.\s*$")
_LOCKED = "Directory cannot be locked"
KILLED = "exit status 137"
"""How a shell reports that signal 9 ended a command."""
INTERRUPTED = ("exit status 130", "died with <Signals.SIGINT: 2>")
"""How a shell reports that Ctrl-C ended a command."""


def is_chatter(text: str) -> bool:
    """Whether a message of Snakemake is one that nobody needs to see."""
    return bool(_CHATTER.match(text))


def full_log(text: str) -> str | None:
    """Path of Snakemake's own log in the message that names it; None in any other message."""
    return text.removeprefix(_FULL_LOG) if text.startswith(_FULL_LOG) else None


def exit_status(text: str) -> str | None:
    """How the command of a job ended, in the message that says so, empty if unknown; None in any other message."""
    if _COMMAND_FAILED not in text:
        return None
    found = _STATUS.search(text)
    return found[1] if found else ""


def is_locked_out(text: str) -> bool:
    """Whether a message says that Snakemake's lock of another run is in the way."""
    return _LOCKED in text


UNSEEN = {
    LogEvent.WORKFLOW_STARTED,
    LogEvent.RESOURCES_INFO,
    LogEvent.RULEGRAPH,
    LogEvent.JOB_STARTED,
    LogEvent.SHELLCMD,
    LogEvent.DEBUG_DAG,
}
"""Events of which nothing is shown."""


@dataclass(frozen=True)
class StartedJob:
    """A job that Snakemake has started."""

    row: str
    """Name of its row in the table of progress."""
    name: str
    """Like `seeds/cam shard 0003`."""
    log: tuple[Path, ...]

    @classmethod
    def from_record(cls, record: Any) -> "StartedJob":
        """The job of a record with the event `JOB_INFO`."""
        stage, _, kind = record.rule_name.rpartition("_")
        if kind not in ("shard", "fit"):
            stage, kind = record.rule_name, ""
        wildcards = dict(record.wildcards)
        parts = [stage, *(wildcards[name] for name in ("stage", "variant") if name in wildcards)]
        if parts[:1] == parts[1:2]:
            parts = parts[1:]
        name = "/".join(parts)
        more = f" shard {wildcards['shard']}" if "shard" in wildcards else " fit" if kind == "fit" else ""
        return cls(stage if len(parts) == 3 else name, name + more, tuple(map(Path, record.log)))


def shows_every_job(settings: Any) -> bool:
    """Whether the options of Snakemake ask for its own output, job by job."""
    return settings.dryrun or settings.verbose or settings.debug_dag or settings.printshellcmds


def default_handler(settings: Any) -> logging.Handler:
    """The handler that Snakemake prints with where there is no plugin."""
    from snakemake.logging import ColorizingTextHandler, DefaultFilter

    shown = DefaultFilter(
        settings.quiet, settings.debug_dag, settings.verbose, settings.dryrun, settings.printshellcmds
    )
    stream = sys.stdout if settings.stdout else sys.stderr
    # The annotation asks for a `logging.Filter`; any object with a method `filter` will do.
    return ColorizingTextHandler(settings.nocolor, stream, default_format(settings), shown)  # pyright: ignore[reportArgumentType]


def default_format(settings: Any) -> logging.Formatter:
    """The text that Snakemake gives its records."""
    from snakemake.logging import DefaultFormatter

    return DefaultFormatter(settings.quiet, settings.show_failed_logs)
