"""Which runs of Snakemake are alive, so that the lock of one that was killed is released without asking.

Snakemake locks the files of a run by lists of them in `.snakemake/locks`, which a killed run leaves behind. Each run
therefore also holds the kernel's lock on a file of its own, which ends with its holder whatever ended that. A lock is
released only where every run that can have left it is provably gone.
"""

import atexit
import fcntl
import json
import os
import platform
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

RUNS = Path(".snakemake/seedmask")
LOCKS = Path(".snakemake/locks")
UNLOCK = "snakemake --unlock"


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


def begin(results: Path) -> list[str]:
    """Make this process a run until it ends, and release the lock of runs that were killed.

    Args:
        results: `results/<data set>`, which the run makes.

    Returns:
        What people should know of it.
    """
    try:
        own = _register(results)
        others = [run for run in runs(results) if run.file != own]
    except OSError as error:  # without a lock of Snakemake it does not matter, or Snakemake will say so itself
        unknown = f"note: there is a lock of Snakemake, and no telling whose ({error}); if no run is alive: {UNLOCK}"
        return [unknown] * bool(_locks(results))
    left = _locks(results)
    elsewhere = [run for run in others if run.alive is None]
    if any(run.alive for run in others) or (left and not others):
        return []  # where the lock stands in the way, Snakemake says so
    if left and elsewhere:
        return [f"note: there is a lock of {elsewhere[-1]}, which cannot be seen from here; if it is gone: {UNLOCK}"]
    for file in [*left, *(run.file for run in others)]:
        file.unlink(missing_ok=True)
    return [f"note: a lock was left by a run that was killed ({others[-1]}): released"] if left else []


def alone(results: Path) -> bool:
    """Whether no other run of a data set is alive, or none that can be seen."""
    try:
        return not any(run.alive and run.process != os.getpid() for run in runs(results))
    except OSError:
        return True


def refusal(results: Path) -> str:
    """What to tell people where Snakemake finds its lock in the way."""
    alive = [run for run in runs(results) if run.alive and run.process != os.getpid()]
    if not alive:
        return f"a lock of Snakemake keeps this run from {results}; if no run is alive: {UNLOCK}"
    return f"{results} is being made by {alive[0]}; wait until it has ended, or end it, and run the same again"


def runs(results: Path) -> list[Run]:
    """Every run of a data set that has not ended by itself, the first begun first.

    Raises:
        OSError: the file system has no kernel locks.
    """
    return sorted(_runs(results), key=lambda run: run.since)


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
