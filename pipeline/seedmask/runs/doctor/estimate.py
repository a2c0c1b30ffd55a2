"""Time and disk of what remains of a run, as ranges, and what they rest on."""

import heapq
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from seedmask.config.stages import STAGES
from seedmask.plan.variants import RESULTS
from seedmask.runs.doctor.calibration import Calibration
from seedmask.runs.doctor.diagnosis import Diagnosis, Finding, ok, problem, warning
from seedmask.runs.doctor.work import Rates, Remaining, by_stage, read_rates, remaining, signature, units

EARLIER, MEASURED = (0.7, 1.5), (0.5, 2.0)
"""Ranges around a time, known from earlier results or measured just now, on a machine that does nothing else."""
STORED_TAGS = 1.4
"""Tags of each photograph that `Stage.bytes_per_pixel` was measured on; CAMs have a map for each."""
STORED_RANGE = (0.6, 1.8)
WEIGHTS = 40e6
"""Bytes of a network that was not built."""
CHECKPOINT = 4
"""A training's checkpoint is so many times its weights: those of last and best epoch, and the optimiser's two."""
MOST_STEPS = 4000
"""Jobs that are placed one by one; of more, the time is that of all, shared by the cores."""
SECONDS_AN_IMAGE = {"index": 0.02, "evaluation": 0.01}
REPORT_SECONDS = 6.0
SHOWN = 3
"""Most variants that a message names."""


@dataclass(frozen=True)
class Step:
    """A job.

    Args:
        seconds: how long it takes.
        threads: cores that it takes meanwhile.
        after: names of jobs that it waits for; those that are not there are done.
    """

    seconds: float
    threads: int = 1
    after: Sequence[str] = ()


def finished_after(steps: Mapping[str, Step], cores: int) -> float:
    """Seconds until the last job has ended, on some cores; a job that asks for more takes all of them.

    Args:
        steps: jobs by name, each behind what it waits for.
        cores: cores that they share.
    """
    waiting, running = dict(steps), []
    done: set[str] = set()
    now, free = 0.0, cores
    while waiting or running:
        for name, step in list(waiting.items()):
            threads = min(step.threads, cores)
            if threads <= free and all(other in done or other not in steps for other in step.after):
                heapq.heappush(running, (now + step.seconds, name, threads))
                free -= threads
                del waiting[name]
            if not free:
                break
        if not running:
            raise ValueError(f"jobs wait for each other: {', '.join(waiting)}")
        now, name, threads = heapq.heappop(running)
        done.add(name)
        free += threads
    return now


@dataclass
class Estimate:
    """What remains of a run.

    Args:
        work: variants with something to make.
    """

    work: dict[str, Remaining]
    seconds: tuple[float, float] = (0.0, 0.0)
    """From the time that the jobs begin to the end, on the cores of this machine."""
    bytes: tuple[float, float] = (0.0, 0.0)
    """Added to the disk."""
    each: dict[str, float] = field(default_factory=dict)
    """Seconds of each variant's jobs, one after the other."""
    earlier: list[str] = field(default_factory=list)
    """Variants whose time is from earlier results."""
    measured: list[str] = field(default_factory=list)
    """Variants whose time was measured now."""
    unknown: list[str] = field(default_factory=list)
    """Variants whose time is not known."""

    def sources(self) -> str:
        """Where the times come from, for people."""
        parts = [
            f"{len(self.earlier)} variants as in earlier results" if self.earlier else "",
            f"{len(self.measured)} measured on a few pictures now" if self.measured else "",
        ]
        return ", ".join(filter(None, parts))


def estimate(diagnosis: Diagnosis) -> Estimate:
    """Time and bytes of what is not made yet."""
    result, rates = Estimate(remaining(diagnosis)), read_rates(RESULTS)
    calibration = Calibration(diagnosis)
    if not diagnosis.quick:
        calibration.prepare()
    ranges: dict[str, tuple[float, float]] = {}
    for reference, work in result.work.items():
        kind = signature(reference, diagnosis.plan.variants)
        rate = rates.seconds_of(kind)
        if rate is not None:
            result.each[reference], ranges[reference] = rate * _units(work, diagnosis), EARLIER
            result.earlier.append(reference)
        elif not diagnosis.quick and (seconds := calibration.seconds(work)) is not None:
            result.each[reference], ranges[reference] = seconds, (MEASURED[0], MEASURED[1] * diagnosis.busy)
            result.measured.append(reference)
        else:
            result.unknown.append(reference)
        low, high = _bytes(work, diagnosis, rates, calibration)
        result.bytes = result.bytes[0] + low, result.bytes[1] + high
    low, high = (finished_after(_steps(result, diagnosis, ranges, end), diagnosis.cores) for end in (0, 1))
    result.seconds = low, high
    return result


def _units(work: Remaining, diagnosis: Diagnosis) -> int | float:
    return units(work.options, work.images, diagnosis.pixels)


def _bytes(work: Remaining, diagnosis: Diagnosis, rates: Rates, calibration: Calibration) -> tuple[float, float]:
    """Lowest and highest, with the checkpoint of a training in the highest."""
    stage = work.reference.split("/")[0]
    known = rates.bytes_of(signature(work.reference, diagnosis.plan.variants))
    if not STAGES[stage].is_sharded:
        weights = known or calibration.bytes_of.get(work.reference)
        return (weights, CHECKPOINT * weights) if weights else (WEIGHTS / 4, CHECKPOINT * WEIGHTS)
    pixels = work.images * diagnosis.pixels
    if known is None:
        others = list(by_stage(rates.bytes_each, stage))
        known = median(others) if others else STAGES[stage].bytes_per_pixel
        known *= diagnosis.tags / STORED_TAGS if STAGES[stage].holds == "cams" and not others else 1
    return known * pixels * STORED_RANGE[0], known * pixels * STORED_RANGE[1]


def _steps(result: Estimate, diagnosis: Diagnosis, ranges: dict[str, tuple[float, float]], end: int) -> dict[str, Step]:
    """Jobs with what they wait for; few of a variant stand for many where there are too many to place."""
    plan, steps = diagnosis.plan, {}
    images = len(plan.listing.entries)
    if not Path(plan.in_index("set.json")).exists():
        steps["index"] = Step(1 + images * SECONDS_AN_IMAGE["index"] / diagnosis.cores, diagnosis.cores)
    together = max(1, sum(work.jobs for work in result.work.values()) // MOST_STEPS)
    names: dict[str, list[str]] = {}
    for reference, work in result.work.items():
        seconds = result.each.get(reference, 0.0) * ranges.get(reference, (1, 1))[end]
        shards = work.shards[::together] if work.shards else ("",)
        names[reference] = [f"{reference} {shard}" for shard in shards]
        for shard in shards:
            after = ["index"]
            for source in (source for source in work.options.references() if source in result.work):
                same = f"{source} {shard}"
                after += [same] if shard and same in steps and not work.options.fit() else names[source]
            steps[f"{reference} {shard}"] = Step(seconds / len(shards), plan.threads(reference), after)
        if reference in plan.evaluation.scored():
            steps[f"scores {reference}"] = Step(
                1 + work.images * SECONDS_AN_IMAGE["evaluation"], after=names[reference]
            )
    if result.work:
        steps["report"] = Step(REPORT_SECONDS, after=list(steps))
    return steps


def check_remaining(diagnosis: Diagnosis) -> Iterator[Finding]:
    """The estimate, and whether the disk can take it."""
    if not diagnosis.plan.listing.entries or not diagnosis.sizes:
        return
    result = estimate(diagnosis)
    if not result.work:
        yield ok("run", "everything is made")
    else:
        yield _time(result, diagnosis)
        if result.unknown:
            listed = ", ".join(result.unknown[:SHOWN]) + " ..." * (len(result.unknown) > SHOWN)
            yield warning(
                "time",
                f"not known, and not in this, of {len(result.unknown)} variants ({listed})",
                "leave out --quick to measure them" if diagnosis.quick else "a first run tells",
            )
    yield _disk(result, diagnosis)


def _time(result: Estimate, diagnosis: Diagnosis) -> Finding:
    jobs = sum(work.jobs for work in result.work.values())
    if not result.each:
        return ok("time", f"not estimated; {jobs} jobs of {len(result.work)} variants remain")
    longest = sorted(result.each, key=lambda name: result.each[name], reverse=True)[:SHOWN]
    parts = ", ".join(f"{name} {format_seconds(result.each[name])}" for name in longest)
    low, high = map(format_seconds, result.seconds)
    text = f"{low} to {high} on {diagnosis.cores} cores for {jobs} jobs that remain"
    return ok("time", f"{text}; longest: {parts} ({result.sources()})")


def _disk(result: Estimate, diagnosis: Diagnosis) -> Finding:
    low, high = result.bytes
    free = shutil.disk_usage(diagnosis.disk).free
    text = f"{format_bytes(low)} to {format_bytes(high)} with checkpoints of trainings, {format_bytes(free)} are free"
    if low > free:
        return problem("disk", text, "free some, or start the run on another disk")
    if high > free:
        return warning("disk", text, "free some before a long run")
    return ok("disk", text)


def format_seconds(seconds: int | float) -> str:
    """`40 s`, `12 min` or `3.5 h`."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 100 * 60 else f"{seconds / 3600:.1f} h"


def format_bytes(count: int | float) -> str:
    """`12 MB` or `3.4 GB`."""
    return f"{count / 1e6:.0f} MB" if count < 1e9 else f"{count / 1e9:.1f} GB"
