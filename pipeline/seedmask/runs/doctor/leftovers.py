"""What earlier runs left behind: Snakemake's lock, partial files, jobs that still run, results that nobody names."""

from collections.abc import Iterator
from pathlib import Path
from platform import node

from seedmask.runs.doctor.diagnosis import Diagnosis, Finding, ok, warning
from seedmask.runs.provenance.reruns import unnamed
from seedmask.storage.lock import is_held, owner
from seedmask.storage.variants import leftovers

INIT = 1
"""Process that adopts the children of processes that have ended."""


def check_leftovers(diagnosis: Diagnosis) -> Iterator[Finding]:
    """Jobs and locks that a run would wait for, and files that nobody needs."""
    results = diagnosis.plan.results
    writers = list(_writers(results))
    orphans = [
        (path, process)
        for path, process, machine in writers
        if process and machine == node() and _has_open(process, path) and not _belongs_to_run(process)
    ]
    elsewhere = [machine for _, _, machine in writers if machine != node()]
    for path, process in orphans:
        yield warning(
            "left over",
            f"{path.parent} is being written by process {process}, left over from a killed run",
            f"let it end, a run waits for it; or kill {process}",
        )
    locks = list(Path(".snakemake/locks").glob("*.lock"))
    running = len(writers) - len(orphans)
    if running:
        many = "all" if len(elsewhere) == running else len(elsewhere)
        where = f", {many} on {', '.join(sorted(set(elsewhere)))}" if elsewhere else ""
        yield warning("run", f"jobs are running ({running} now{where})", "wait until they have ended")
    elif locks:
        remedy = "run snakemake: it releases the lock of a killed run, or says what to do"
        yield warning("lock", "Snakemake's lock of an earlier run is there", remedy)
    partial = leftovers(results)
    if partial:
        yield warning("left over", f"{len(partial)} partial files ({partial[0]})", f"seedmask verify {results} --clean")
    foreign = unnamed(diagnosis.plan)
    if foreign:
        yield warning(
            "results",
            f"{len(foreign)} variants are not in this configuration ({next(iter(foreign))}), "
            f"{sum(foreign.values()) / 1e6:.0f} MB",
            f"seedmask verify {results} --prune, if no other configuration has them",
        )
    if not (writers or locks or partial or foreign):
        yield ok("left over", f"nothing of earlier runs in {results}")


def _writers(results: Path) -> Iterator[tuple[Path, int | None, str]]:
    """Lock files that a process holds, with its id and its machine."""
    for pattern in ("*/*/lock", "*/*/locks/*.lock"):
        for path in results.glob(pattern):
            if is_held(path):
                yield path, *owner(path.read_bytes())


def _has_open(process: int, path: Path) -> bool:
    """Whether a process of this machine has a file open; False of one that is gone, or of somebody else.

    The number in a lock file may belong to another process: to one outside the writer's container, which has the same
    name of machine, or to a newer one, where a child of the writer still holds the lock.
    """
    try:
        return any(file.samefile(path) for file in Path(f"/proc/{process}/fd").iterdir() if file.exists())
    except OSError:
        return False


def _belongs_to_run(process: int) -> bool:
    """Whether a process descends from a running Snakemake; taken for granted where it cannot be seen."""
    while process > INIT:
        folder = Path(f"/proc/{process}")
        try:
            command, status = (folder / "cmdline").read_bytes(), (folder / "stat").read_text()
        except OSError:
            return True
        if b"snakemake" in command:
            return True
        process = int(status.rpartition(")")[2].split()[1])
    return False
