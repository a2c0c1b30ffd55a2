"""What is looked at when a run begins: whether results can be written, other runs, the clock, Snakemake's memory."""

import os
import time
from base64 import urlsafe_b64decode
from binascii import Error
from collections.abc import Iterator
from pathlib import Path

from seedmask.plan import Plan
from seedmask.runs import active

MEMORY = Path(".snakemake/metadata")
OF_A_VARIANT = ("manifests/*.json", "manifest.json", "fit.json")
OF_ALL = (
    *("index/manifests/*.json", "index/tables/*.json", "index/set.json", "index/pictures.json"),
    *("index/dataset.json", "index/truth.json", "index/index.csv", "index/classes.csv"),
    *("report/*.csv", "report.html"),
)
"""Declared outputs, by patterns that nothing else has."""


def forget(plan: Plan, *, remove: bool) -> list[str]:
    """Let the jobs of a configuration look at what Snakemake does not remember.

    Args:
        plan: the configuration's plan.
        remove: whether a run begins; otherwise it is only said.

    Returns:
        What people should know of it.
    """
    if MEMORY.with_name("metadata.db").exists():  # a memory of another kind
        return []
    known = _remembered()
    unknown = [path for path in declared(plan) if str(path) not in known]
    if not unknown:
        return []
    if remove:
        for path in unknown:
            path.unlink(missing_ok=True)
    look = "their jobs look" if remove else "in the next run their jobs look"
    return [f"note: Snakemake does not remember the making of {len(unknown)} results: {look} whether they are right"]


def declared(plan: Plan) -> Iterator[Path]:
    """What is there of the configuration's results, by the files that Snakemake looks at."""
    folders = {plan.results / reference: OF_A_VARIANT for reference in plan.variants}
    folders |= {plan.results / "evaluation" / reference: ("*.json",) for reference in plan.variants}
    for folder, patterns in [*folders.items(), (plan.results, OF_ALL)]:
        for pattern in patterns:
            yield from sorted(folder.glob(pattern))


def _remembered() -> set[str]:
    """Every file that Snakemake knows the making of; it names its records by them, long names in several parts."""
    found = set()
    for path in MEMORY.rglob("*"):
        name = "".join(part.removeprefix("@") for part in path.relative_to(MEMORY).parts)
        try:
            found.add(urlsafe_b64decode(name).decode())
        except (Error, UnicodeDecodeError):  # a folder with a part of a name
            continue
    return found


DOUBT = 2_000_000_000
"""Nanoseconds by which the clocks of machines that share a disk may differ."""


def correct(plan: Plan) -> list[str]:
    """Date what is dated in the future before now, each after what it was after.

    Returns:
        What people should know of it.
    """
    now = time.time_ns()
    dates = {path: path.stat().st_mtime_ns for path in declared(plan)}
    ahead = sorted({date for date in dates.values() if date > now + DOUBT})
    before_now = {date: now - 1000 * rank for rank, date in enumerate(reversed(ahead), 1)}
    moved = [path for path, date in dates.items() if date in before_now]
    for path in moved:
        os.utime(path, ns=(now, before_now[dates[path]]))
    return [f"note: {len(moved)} results were dated in the future, was the clock set back? They are dated now"] * bool(
        moved
    )


def notes(plan: Plan, *, dry: bool) -> list[str]:
    """Put right what a killed run, a lost memory or a clock that was set back have left; a dry run changes nothing.

    Returns:
        What people should know of it.
    """
    if plan.results.exists() and not os.access(plan.results, os.W_OK):
        return [f"note: nothing can be written below {plan.results}: make it writable, or copy the results elsewhere"]
    begun = [] if dry else active.begin(plan.results)
    if not active.alone(plan.results):  # what its jobs have just made is remembered in a moment
        return begun
    if dry:
        return forget(plan, remove=False)
    return [*begun, *correct(plan), *forget(plan, remove=True)]
