"""One line of what the doctor says."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad it is; a problem would stop the run."""

    ok = "ok"
    warning = "warning"
    problem = "problem"


@dataclass(frozen=True)
class Finding:
    """What was looked at, what was found, and what to do about it."""

    level: Level
    about: str
    found: str
    remedy: str = ""

    def __str__(self) -> str:
        return self.found + (f"; {self.remedy}" if self.remedy else "")


def ok(about: str, found: str) -> Finding:
    """Nothing to do."""
    return Finding(Level.ok, about, found)


def warning(about: str, found: str, remedy: str) -> Finding:
    """The run goes on, slower or with something left out."""
    return Finding(Level.warning, about, found, remedy)


def problem(about: str, found: str, remedy: str) -> Finding:
    """The run would stop."""
    return Finding(Level.problem, about, found, remedy)
