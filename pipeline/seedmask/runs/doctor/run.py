"""Time and disk of what remains to be made."""

import shutil
from collections.abc import Iterator

from seedmask.runs.doctor.diagnosis import Diagnosis
from seedmask.runs.doctor.estimate import Estimate, estimate
from seedmask.runs.doctor.finding import Finding, ok, problem, warning

SHOWN = 3


def findings(patient: Diagnosis) -> Iterator[Finding]:
    """The estimate, and whether the disk can take it."""
    if not patient.plan.listing.entries or not patient.sizes:
        return
    found = estimate(patient)
    if not found.work:
        yield ok("run", "everything is made")
    else:
        yield _time(found, patient)
        if found.unknown:
            listed = ", ".join(found.unknown[:SHOWN]) + " ..." * (len(found.unknown) > SHOWN)
            yield warning(
                "time",
                f"not known, and not in this, of {len(found.unknown)} variants ({listed})",
                "leave out --quick to measure them" if patient.quick else "a first run tells",
            )
    yield _disk(found, patient)


def _time(found: Estimate, patient: Diagnosis) -> Finding:
    jobs = sum(work.jobs for work in found.work.values())
    if not found.each:
        return ok("time", f"not estimated; {jobs} jobs of {len(found.work)} variants remain")
    longest = sorted(found.each, key=found.each.get, reverse=True)[:SHOWN]
    parts = ", ".join(f"{name} {in_time(found.each[name])}" for name in longest)
    low, high = map(in_time, found.seconds)
    return ok(
        "time",
        f"{low} to {high} on {patient.cores} cores for {jobs} jobs that remain; longest: {parts} ({found.rests_on()})",
    )


def _disk(found: Estimate, patient: Diagnosis) -> Finding:
    low, high = found.bytes
    free = shutil.disk_usage(patient.disk).free
    text = f"{in_bytes(low)} to {in_bytes(high)} with checkpoints of trainings, {in_bytes(free)} are free"
    if low > free:
        return problem("disk", text, "free some, or start the run on another disk")
    if high > free:
        return warning("disk", text, "free some before a long run")
    return ok("disk", text)


def in_time(seconds: int | float) -> str:
    """`40 s`, `12 min` or `3.5 h`."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 100 * 60 else f"{seconds / 3600:.1f} h"


def in_bytes(count: int | float) -> str:
    """`12 MB` or `3.4 GB`."""
    return f"{count / 1e6:.0f} MB" if count < 1e9 else f"{count / 1e9:.1f} GB"
