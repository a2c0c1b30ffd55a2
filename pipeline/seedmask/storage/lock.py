"""One writer at a time, enforced by the kernel.

A killed Snakemake leaves its jobs running as orphans, perhaps with old parameters; a job that finds one at its shard
waits for it, and then keeps what it made or makes it again. The kernel releases the lock on any death of its holder.
"""

import fcntl
import os
import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from seedmask.events import note

LOOK_SECONDS = 0.5
"""A writer waits so long before it says so: `verify` and `doctor` take a lock for an instant to see if it is free."""


@contextmanager
def only_writer(path: Path, what: str, usual_seconds: int | float = LOOK_SECONDS) -> Iterator[None]:
    """Hold the lock file `path`, once every other holder has ended.

    Args:
        path: the lock file; it stays behind, unlocked.
        what: what is written, for the message: `seeds/cam shard 0003`.
        usual_seconds: how long a living holder may take before it is told of.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        if not _taken_soon(handle, usual_seconds):
            process, machine = owner(os.pread(handle, 300, 0))
            note(
                "%s is being written by process %s on %s, perhaps left over from a killed run: "
                "waiting until it has ended (`kill %s` there ends it)",
                *(what, process or "unknown", machine, process or "PROCESS"),
            )
            fcntl.flock(handle, fcntl.LOCK_EX)
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()} {platform.node()}".encode(), 0)
        yield
    finally:
        os.close(handle)


def owner(content: bytes) -> tuple[int | None, str]:
    """Process and machine that a lock file names; no process where it names none."""
    process, _, machine = content.decode(errors="replace").strip().partition(" ")
    return int(process) if process.isdigit() else None, machine or "an unknown machine"


def _taken_soon(handle: int, seconds: int | float) -> bool:
    """Whether the lock is ours, at once or after some seconds of another process."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                return False
            time.sleep(LOOK_SECONDS / 20)
        else:
            return True


def is_held(path: Path) -> bool:
    """Whether a process holds a lock file, on this machine or on another one that shares its locks."""
    try:
        with path.open("rb") as stream:
            fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False
