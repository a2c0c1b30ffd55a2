"""Put right what a killed run, a lost memory of Snakemake or a clock that was set back have left behind."""

import os
import time
from base64 import urlsafe_b64decode
from binascii import Error
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from seedmask.dataset.changes import other_folder
from seedmask.errors import SeedmaskError
from seedmask.plan import Plan
from seedmask.runs import active
from seedmask.storage.records import LayoutError, check_layout

MEMORY = Path(".snakemake/metadata")
VARIANT_OUTPUTS = ("manifests/*.json", "manifest.json", "fit.json")
COMMON_OUTPUTS = (
    *("index/manifests/*.json", "index/tables/*.json", "index/set.json", "index/pictures.json"),
    *("index/dataset.json", "index/truth.json", "index/index.csv", "index/classes.csv"),
    *("report/*.csv", "report.html"),
)
"""Declared outputs, by patterns that nothing else matches."""
CLOCK_TOLERANCE = 2_000_000_000
"""Nanoseconds by which the clocks of machines that share a disk may differ."""
REMEDY = "`seedmask recover` or `seedmask run`"


def recover(plan: Plan) -> list[str]:
    """Make this process a run of the data set until it ends, and put right what earlier ones have left.

    While another run is alive, nothing is changed.

    Returns:
        Messages for people about what was done.

    Raises:
        SeedmaskError: the working directory or the results cannot be written.
    """
    if folder := _unwritable(plan):
        raise SeedmaskError(f"{folder}: cannot be written; make it writable, or work in another folder")
    messages = active.begin(plan.results)
    if not active.alone(plan.results):  # results that its jobs have just made are in Snakemake's memory in a moment
        return messages
    messages += _older(plan)
    results = list(declared(plan))
    if ahead := _dated_ahead(results):
        _date_now(ahead)
        messages.append(f"{len(ahead)} results were dated in the future, was the clock set back? They are dated now")
    if forgotten := _forgotten(results):
        for path in forgotten:
            path.unlink(missing_ok=True)
        messages.append(
            f"Snakemake does not remember the making of {len(forgotten)} results: their jobs check whether they are "
            "right"
        )
    return messages


def notes(plan: Plan) -> list[str]:
    """What there is to recover, as messages for people; nothing is changed."""
    if folder := _unwritable(plan):
        return [f"note: {folder} cannot be written: make it writable, or work in another folder"]
    if not active.alone(plan.results):
        return []
    messages = [f"note: {message}; {REMEDY} releases it" for message in active.left_lock(plan.results)]
    messages += [f"note: {message}" for message in _older(plan)]
    if other := other_folder(plan.results, plan.listing, plan.config.dataset.root):
        messages.append(f"note: {other}; {other.remedy}")
    results = list(declared(plan))
    if ahead := _dated_ahead(results):
        messages.append(
            f"note: {len(ahead)} results are dated in the future, was the clock set back? {REMEDY} dates them now"
        )
    if forgotten := _forgotten(results):
        messages.append(
            f"note: Snakemake does not remember the making of {len(forgotten)} results: {REMEDY} lets their jobs check "
            "whether they are right"
        )
    return messages


def _older(plan: Plan) -> list[str]:
    """A message where the results have the layout of an older version; every job makes its part again."""
    try:
        check_layout(plan.results)
    except LayoutError:
        return [f"{plan.results} was made by an older version of Seedmask: all of it is made again"]
    return []


def declared(plan: Plan) -> Iterator[Path]:
    """Existing results of the configuration that Snakemake looks at."""
    folders = {plan.results / reference: VARIANT_OUTPUTS for reference in plan.variants}
    folders |= {plan.results / "evaluation" / reference: ("*.json",) for reference in plan.variants}
    for folder, patterns in [*folders.items(), (plan.results, COMMON_OUTPUTS)]:
        for pattern in patterns:
            yield from sorted(folder.glob(pattern))


def _unwritable(plan: Plan) -> Path | None:
    """The folder that a run must write to and cannot."""
    folders = (Path.cwd(), plan.results.parent, plan.results)
    return next((folder for folder in folders if folder.exists() and not os.access(folder, os.W_OK)), None)


def _forgotten(results: Sequence[Path]) -> list[Path]:
    """Those results whose making Snakemake has no record of."""
    if MEMORY.with_name("metadata.db").exists():  # records of another kind
        return []
    remembered = _remembered()
    return [path for path in results if str(path) not in remembered]


def _remembered() -> set[str]:
    """Every file that Snakemake has a record of; records are named by their files, long names in several parts."""
    names = set()
    for path in MEMORY.rglob("*"):
        coded = "".join(part.removeprefix("@") for part in path.relative_to(MEMORY).parts)
        try:
            names.add(urlsafe_b64decode(coded).decode())
        except (Error, UnicodeDecodeError):  # a folder with a part of a name
            continue
    return names


def _dated_ahead(results: Iterable[Path]) -> dict[Path, int]:
    """Those results dated in the future, with their dates in nanoseconds."""
    latest = time.time_ns() + CLOCK_TOLERANCE
    dates = {path: path.stat().st_mtime_ns for path in results}
    return {path: date for path, date in dates.items() if date > latest}


def _date_now(dates: dict[Path, int]) -> None:
    """Date files just before now, in the order that they had."""
    now = time.time_ns()
    ranks = {date: rank for rank, date in enumerate(sorted(set(dates.values()), reverse=True), 1)}
    for path, date in dates.items():
        os.utime(path, ns=(now, now - 1000 * ranks[date]))
