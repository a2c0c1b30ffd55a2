"""Which runs of Snakemake are alive, so that the lock of one that was killed can be released without asking.

Snakemake locks the files of a run by lists of them in `.snakemake/locks`, which a killed run leaves behind. Each run
therefore also holds the kernel's lock on a file of its own, which the kernel releases when the process ends in any way.
A lock of Snakemake is released only if every run that can have left it is provably gone.
"""

import atexit
import fcntl
import json
import os
import platform
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

RUNS = Path(".snakemake/seedmask")
LOCKS = Path(".snakemake/locks")
UNLOCK = "snakemake --unlock"
_own: dict[Path, Path] = {}
"""Files of the runs that this process is, by their results."""


@dataclass(frozen=True)
class Run:
    """A run that has begun and has not ended by itself."""

    file: Path
    """The file that it holds the kernel's lock on."""
    process: int
    machine: str
    since: float
    """Seconds since the epoch at its start."""
    alive: bool | None
    """Whether its process is alive; None where that cannot be told from here."""

    def __str__(self) -> str:
        begun = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(self.since))
        return f"process {self.process} on {self.machine}, begun {begun}"


def register(results: Path) -> None:
    """Make this process a run until it ends; once, however often it is called.

    Args:
        results: `results/<data set>`, which the run makes.
    """
    with suppress(OSError):  # no kernel locks here: without a lock of Snakemake it does not matter
        _register_once(results)


def begin(results: Path) -> list[str]:
    """Make this process a run until it ends, release the lock of runs that were killed, and forget them.

    Args:
        results: `results/<data set>`, which the run makes.

    Returns:
        Messages for people about what was done, or cannot be.
    """
    try:
        _register_once(results)
        others = _others(results)
    except OSError as error:
        unknown = f"there is a lock of Snakemake, and it is unknown whose ({error}); if no run is alive: {UNLOCK}"
        return [unknown] * bool(_locks(results))
    left = _locks(results)
    elsewhere = [run for run in others if run.alive is None]
    if any(run.alive for run in others) or (left and not others):
        return []  # where the lock stands in the way, Snakemake says so
    if left and elsewhere:
        return [f"there is a lock of {elsewhere[-1]}, which cannot be seen from here; if it is gone: {UNLOCK}"]
    for file in [*left, *(run.file for run in others)]:
        file.unlink(missing_ok=True)
    return [f"a lock was left by a run that was killed ({others[-1]}): released"] if left else []


def left_lock(results: Path) -> list[str]:
    """A message about the lock of a run that was killed, if there is one that `begin` would release."""
    try:
        others = _others(results)
    except OSError:
        return []
    if not others or any(run.alive is not False for run in others) or not _locks(results):
        return []
    return [f"a lock was left by a run that was killed ({others[-1]})"]


def alone(results: Path) -> bool:
    """Whether no other run of a data set is alive, as far as can be seen."""
    try:
        return not any(run.alive for run in _others(results))
    except OSError:
        return True


def refusal(results: Path) -> str:
    """Message for people whose run finds the lock of another one."""
    alive = [run for run in _others(results) if run.alive]
    if alive:
        return f"{results} is being made by {alive[0]}; wait until it has ended, or end it, and run the same again"
    if left := left_lock(results):
        return f"{left[0]}; `seedmask recover` or `seedmask run` releases it"
    return f"a lock of Snakemake keeps this run from {results}; if no run is alive: {UNLOCK}"


def runs(results: Path) -> list[Run]:
    """Every run of a data set that has not ended by itself, the first begun first.

    Raises:
        OSError: the file system has no kernel locks.
    """
    return sorted(_runs(results), key=lambda run: run.since)


def _others(results: Path) -> list[Run]:
    """The same without this process."""
    return [run for run in runs(results) if run.file != _own.get(results)]


def _runs(results: Path) -> Iterator[Run]:
    for file in RUNS.glob("*.run"):
        try:
            with file.open() as stream:
                facts = json.load(stream)
                if facts.pop("results") == str(results):
                    yield Run(file, **facts, alive=_alive(stream, facts["machine"]))
        except (FileNotFoundError, ValueError, KeyError, TypeError):  # it has just ended, or is none of ours
            continue


def _alive(stream: TextIO, machine: str) -> bool | None:
    """Whether somebody holds the lock on a file; that nobody seems to proves nothing where locks end at the machine."""
    try:
        fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False if machine == platform.node() else None


def _register_once(results: Path) -> None:
    if results not in _own:
        _own[results] = _register(results)


def _register(results: Path) -> Path:
    """Hold a file of this process; it appears when it is locked, and goes when the process ends by itself."""
    RUNS.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=RUNS, prefix=".")
    stream = os.fdopen(handle, "w")
    try:
        fcntl.flock(stream, fcntl.LOCK_EX)
    except OSError:
        stream.close()
        Path(name).unlink()
        raise
    facts = {"results": str(results), "process": os.getpid(), "machine": platform.node(), "since": time.time()}
    json.dump(facts, stream)
    stream.flush()
    file = RUNS / f"{Path(name).name[1:]}.run"
    Path(name).rename(file)
    atexit.register(_leave, file.absolute(), stream)
    return file


def _leave(file: Path, stream: TextIO) -> None:
    """What a process does that ends by itself; the kernel releases the lock of one that is killed."""
    file.unlink(missing_ok=True)
    stream.close()


def _locks(results: Path) -> list[Path]:
    """Snakemake's lists of locked files that name results of the data set."""
    return [file for file in sorted(LOCKS.glob("*.lock")) if f"{results}/" in _content(file)]


def _content(file: Path) -> str:
    try:
        return file.read_text()
    except OSError:  # gone meanwhile
        return ""
