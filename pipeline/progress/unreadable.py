"""Configurations that Snakemake cannot read, in our words.

Files of `--configfile` are read before the Snakefile, so nothing in it can say what is wrong with them; Snakemake's own
message has no line.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from pipeline.config.reading import read_values
from pipeline.errors import SeedmaskError

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
