"""Errors that a user can act on: what is wrong, what was expected, where, and what to do."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


class SeedmaskError(Exception):
    """An error whose message is complete for the user; commands print it without a traceback."""


def found_in(path: Path, error: SeedmaskError) -> str:
    """What an error says is wrong with a file, without the file before it and the remedy behind it."""
    return str(error).removeprefix(f"{path}: ").rsplit(";", 1)[0]


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that is wrong with the user's input."""

    where: str
    """File, with line or field: `tags.csv line 14`."""
    found: str
    """What is there, and what was expected instead."""
    remedy: str
    """What to do about it."""

    def __str__(self) -> str:
        return _printable(f"{self.where}: {self.found}; {self.remedy}")


def _printable(text: str) -> str:
    r"""What a terminal shows and does not obey: `\x1b[2J` in the place of the character that it names."""
    return "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in text)


class InputError(SeedmaskError):
    """All problems of one input at once, one a line.

    Args:
        subject: what was being read, for the first line.
        problems: every problem that was found, at least one.
    """

    def __init__(self, subject: str, problems: Sequence[Problem]):
        self.problems = tuple(problems)
        count = len(self.problems)
        lines = [f"{subject}: {count} problem{'s' if count != 1 else ''}", *map(str, self.problems)]
        super().__init__("\n  ".join(lines))
