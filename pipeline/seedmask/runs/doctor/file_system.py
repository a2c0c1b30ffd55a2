"""Locks of the file system that results lie on: whether it has them, and whether they hold across machines."""

import fcntl
import tempfile
from collections.abc import Iterator
from pathlib import Path

from seedmask.runs.doctor.diagnosis import Diagnosis
from seedmask.runs.doctor.finding import Finding, ok, problem, warning

MOUNTS = Path("/proc/self/mounts")
WITHIN_A_MACHINE = {
    "nfs": {"nolock", "local_lock=flock", "local_lock=all"},
    "nfs4": {"local_lock=flock", "local_lock=all"},
    "lustre": {"localflock"},
}
"""File systems of several machines, each with the options by which a lock is seen by its own machine alone."""


def findings(patient: Diagnosis) -> Iterator[Finding]:
    """Whether one writer at a time can be kept to."""
    folder = patient.disk.resolve()
    try:
        with tempfile.TemporaryFile(dir=folder) as stream:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except PermissionError:
        return  # what cannot be written is found elsewhere
    except OSError as error:
        yield problem("locks", f"{folder} has none ({error.strerror})", "mount it with locks, see docs/cluster.md")
        return
    kind, options = mounted(folder, MOUNTS.read_text())
    if found := sorted(WITHIN_A_MACHINE.get(kind, set()) & options):
        remedy = "run on one machine, or mount it as docs/cluster.md says"
        yield warning("locks", f"{folder} is on {kind} with {found[0]}: they hold within a machine only", remedy)
    else:
        yield ok("locks", f"{folder} has them ({kind})")


def mounted(folder: Path, mounts: str) -> tuple[str, set[str]]:
    """Type and options of the file system of a folder.

    Args:
        folder: without links.
        mounts: like `/proc/self/mounts`, in which what was mounted last, over others, comes last.
    """
    kind, options, depth = "unknown", "", -1
    for line in mounts.splitlines():
        _, place, found, more, *_ = line.split(" ")
        path = Path(place.encode().decode("unicode_escape"))  # a blank is \040
        if folder.is_relative_to(path) and len(path.parts) >= depth:
            kind, options, depth = found, more, len(path.parts)
    return kind, set(options.split(","))
