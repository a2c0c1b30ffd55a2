"""What Snakemake's records are about, and how Snakemake itself prints them."""

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

OPTIONS = ("--configfile", "--configfiles")
DEFAULT = Path("config.yaml")
"""What is read where none is named; where it is missing, Snakemake says so."""


def what_is_unreadable(arguments: Sequence[str]) -> str | None:
    """What is wrong with the first configuration of a command line that cannot be read; None where all can be.

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


CHATTER = re.compile(
    r"Assuming unrestricted shared filesystem usage|Using shell: |Conda environments: ignored|Select jobs to execute|"
    r"Elapsed time: |Job \d+ has been submitted |Cleaning up SLURM log files "
)
"""How messages of Snakemake begin that nobody needs to see."""
UNSEEN = {
    LogEvent.WORKFLOW_STARTED,
    LogEvent.RESOURCES_INFO,
    LogEvent.RULEGRAPH,
    LogEvent.JOB_STARTED,
    LogEvent.SHELLCMD,
    LogEvent.DEBUG_DAG,
}


@dataclass(frozen=True)
class StartedJob:
    """A job that Snakemake has started."""

    row: str
    """Name of its row in the survey."""
    name: str
    """Like `seeds/cam shard 0003`."""
    log: tuple[Path, ...]

    @classmethod
    def of(cls, record: Any) -> "StartedJob":
        """From what Snakemake says when it starts one."""
        stage, _, kind = record.rule_name.rpartition("_")
        if kind not in ("shard", "fit"):
            stage, kind = record.rule_name, ""
        wildcards = dict(record.wildcards)
        parts = [stage, *(wildcards[name] for name in ("stage", "variant") if name in wildcards)]
        name = "/".join(parts)
        more = f" shard {wildcards['shard']}" if "shard" in wildcards else " fit" if kind == "fit" else ""
        return cls(stage if len(parts) == 3 else name, name + more, tuple(map(Path, record.log)))


def asks_for_all(settings: Any) -> bool:
    """Whether people want to see the jobs one by one."""
    return settings.dryrun or settings.verbose or settings.debug_dag or settings.printshellcmds


def snakemakes_output(settings: Any) -> logging.Handler:
    """What Snakemake prints with where there is no plugin."""
    from snakemake.logging import ColorizingTextHandler, DefaultFilter

    shown = DefaultFilter(
        settings.quiet, settings.debug_dag, settings.verbose, settings.dryrun, settings.printshellcmds
    )
    stream = sys.stdout if settings.stdout else sys.stderr
    return ColorizingTextHandler(settings.nocolor, stream, snakemakes_format(settings), shown)


def snakemakes_format(settings: Any) -> logging.Formatter:
    """How Snakemake words its records."""
    from snakemake.logging import DefaultFormatter

    return DefaultFormatter(settings.quiet, settings.show_failed_logs)
