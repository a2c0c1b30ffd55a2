"""What earlier runs left behind: Snakemake's lock, partial files, jobs that live on, results of nobody."""

from collections.abc import Iterator
from pathlib import Path
from platform import node

from seedmask.runs.doctor.diagnosis import Diagnosis
from seedmask.runs.doctor.finding import Finding, ok, warning
from seedmask.runs.provenance.reruns import unnamed
from seedmask.storage.lock import is_held, owner
from seedmask.storage.variants import leftovers

INIT = 1
"""Process that takes in the children of processes that ended."""


def findings(patient: Diagnosis) -> Iterator[Finding]:
    """What would keep a run from starting, or lies about."""
    results = patient.plan.results
    writers = list(_writers(results))
    orphans = [(path, process) for path, process, machine in writers if machine == node() and not _of_a_run(process)]
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
    foreign = unnamed(patient.plan)
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


def _of_a_run(process: int | None) -> bool:
    """Whether a process descends from a running Snakemake; taken for granted where it cannot be seen."""
    while process and process > INIT:
        folder = Path(f"/proc/{process}")
        try:
            words, text = (folder / "cmdline").read_bytes(), (folder / "stat").read_text()
        except OSError:
            return True
        if b"snakemake" in words:
            return True
        process = int(text.rpartition(")")[2].split()[1])
    return process is None
