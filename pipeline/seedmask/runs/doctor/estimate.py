"""Time and disk of what remains of a run, as ranges, and what they rest on."""

from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from seedmask.config.stages import STAGES
from seedmask.plan.variants import RESULTS
from seedmask.runs.doctor.calibration import Calibration
from seedmask.runs.doctor.diagnosis import Diagnosis
from seedmask.runs.doctor.rates import Rates, by_stage, measured
from seedmask.runs.doctor.schedule import Step, finished_after
from seedmask.runs.doctor.work import Remaining, remaining, signature, units

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

    def rests_on(self) -> str:
        """Where the times are from, for people."""
        parts = [
            f"{len(self.earlier)} variants as in earlier results" if self.earlier else "",
            f"{len(self.measured)} measured on a few pictures now" if self.measured else "",
        ]
        return ", ".join(filter(None, parts))


def estimate(patient: Diagnosis) -> Estimate:
    """Time and bytes of what is not made yet."""
    found, rates = Estimate(remaining(patient)), measured(RESULTS)
    calibration = Calibration(patient)
    if not patient.quick:
        calibration.prepare()
    ranges: dict[str, tuple[float, float]] = {}
    for reference, work in found.work.items():
        kind = signature(reference, patient.plan.variants)
        rate = rates.seconds_of(kind)
        if rate is not None:
            found.each[reference], ranges[reference] = rate * _units(work, patient), EARLIER
            found.earlier.append(reference)
        elif not patient.quick and (seconds := calibration.seconds(work)) is not None:
            found.each[reference], ranges[reference] = seconds, (MEASURED[0], MEASURED[1] * patient.busy)
            found.measured.append(reference)
        else:
            found.unknown.append(reference)
        low, high = _bytes(work, patient, rates, calibration)
        found.bytes = found.bytes[0] + low, found.bytes[1] + high
    found.seconds = tuple(
        finished_after(steps, patient.cores) for steps in (_steps(found, patient, ranges, end) for end in (0, 1))
    )
    return found


def _units(work: Remaining, patient: Diagnosis) -> int | float:
    return units(work.options, work.images, patient.pixels)


def _bytes(work: Remaining, patient: Diagnosis, rates: Rates, calibration: Calibration) -> tuple[float, float]:
    """Lowest and highest, with the checkpoint of a training in the highest."""
    stage = work.reference.split("/")[0]
    known = rates.bytes_of(signature(work.reference, patient.plan.variants))
    if not STAGES[stage].is_sharded:
        weights = known or calibration.bytes_of.get(work.reference)
        return (weights, CHECKPOINT * weights) if weights else (WEIGHTS / 4, CHECKPOINT * WEIGHTS)
    pixels = work.images * patient.pixels
    if known is None:
        others = list(by_stage(rates.bytes_each, stage))
        known = median(others) if others else STAGES[stage].bytes_per_pixel
        known *= patient.tags / STORED_TAGS if STAGES[stage].holds == "cams" and not others else 1
    return known * pixels * STORED_RANGE[0], known * pixels * STORED_RANGE[1]


def _steps(found: Estimate, patient: Diagnosis, ranges: dict[str, tuple[float, float]], end: int) -> dict[str, Step]:
    """Jobs with what they wait for; few of a variant stand for many where there are too many to place."""
    plan, steps = patient.plan, {}
    images = len(plan.listing.entries)
    if not Path(plan.in_index("set.json")).exists():
        steps["index"] = Step(1 + images * SECONDS_AN_IMAGE["index"] / patient.cores, patient.cores)
    together = max(1, sum(work.jobs for work in found.work.values()) // MOST_STEPS)
    names: dict[str, list[str]] = {}
    for reference, work in found.work.items():
        seconds = found.each.get(reference, 0.0) * ranges.get(reference, (1, 1))[end]
        shards = work.shards[::together] if work.shards else ("",)
        names[reference] = [f"{reference} {shard}" for shard in shards]
        for shard in shards:
            after = ["index"]
            for source in (source for source in work.options.references() if source in found.work):
                same = f"{source} {shard}"
                after += [same] if shard and same in steps and not work.options.fit() else names[source]
            steps[f"{reference} {shard}"] = Step(seconds / len(shards), plan.threads(reference), after)
        if reference in plan.evaluation.scored():
            steps[f"scores {reference}"] = Step(
                1 + work.images * SECONDS_AN_IMAGE["evaluation"], after=names[reference]
            )
    if found.work:
        steps["report"] = Step(REPORT_SECONDS, after=list(steps))
    return steps
