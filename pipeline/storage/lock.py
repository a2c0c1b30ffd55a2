"""One writer at a time, enforced by the kernel.

A killed Snakemake leaves its jobs running as orphans with old parameters; the lock keeps a second writer out until
they are gone. The kernel releases it on any death of its holder.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.errors import SeedmaskError

LOOK_SECONDS = 0.5
"""A writer waits so long before it refuses: `verify` and `doctor` take a lock for an instant to see if it is free."""


@contextmanager
def only_writer(path: Path, what: str, *, wait: bool = False) -> Iterator[None]:
    """Hold the lock file `path`.

    Args:
        path: the lock file; it stays behind, unlocked.
        what: what is written, for the message: `seeds/cam shard 0003`.
        wait: wait for the other process to end instead of refusing.

    Raises:
        SeedmaskError: another process holds it, and `wait` is off.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        if not _taken(handle, wait):
            owner = os.read(handle, 32).decode(errors="replace").strip() or "unknown"
            raise SeedmaskError(
                f"{what} is being written by process {owner}, perhaps left over from a killed run; "
                "wait until it has ended, or end it, and run again"
            )
        os.ftruncate(handle, 0)
        os.pwrite(handle, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(handle)


def _taken(handle: int, wait: bool) -> bool:
    """Whether the lock is ours, at once or after a look of somebody else."""
    if wait:
        fcntl.flock(handle, fcntl.LOCK_EX)
        return True
    deadline = time.monotonic() + LOOK_SECONDS
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
