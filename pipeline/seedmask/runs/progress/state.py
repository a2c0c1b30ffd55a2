"""How far each variant is, from the plan, the manifests, and the events and times that jobs leave beside them."""

import json
import platform
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from itertools import starmap
from pathlib import Path
from typing import Any

from seedmask.config.stages import SHARDED
from seedmask.dataset.changes import classes_input
from seedmask.errors import SeedmaskError
from seedmask.events import Epoch, path_beside
from seedmask.job import manifest_path
from seedmask.plan import Plan
from seedmask.runs.progress.job_events import JobEvents
from seedmask.storage.lock import is_held
from seedmask.storage.manifest import Manifest
from seedmask.storage.records import read_record

LAST = 8
"""Finished shards, the latest, whose times say how fast a variant is made."""
STARTING = 120
"""Seconds that a job on another machine may take until it holds its lock."""


class State(StrEnum):
    """State of a variant."""

    waiting = "waiting"
    running = "running"
    done = "done"
    failed = "failed"
    stopped = "stopped"
    """Somebody ended its last job, or the machine went down."""
    stale = "stale"
    """Made with other settings, code or classes than there are now, or from a stale variant."""


@dataclass(frozen=True)
class ProgressRow:
    """How far one variant is; or the index, the scores or the report."""

    name: str
    """Like `seeds/cam`."""
    state: State
    done: int
    jobs: int
    """Shards, or trainings, or files of scores."""
    images_done: int = 0
    images: int = 0
    """Images in its shards; 0 where jobs are not cut by image."""
    running: int = 0
    """Jobs that run now."""
    rate: float | None = None
    """Images a second and job."""
    epoch: Epoch | None = None
    left: float | None = None
    """Seconds until it is done, where a job runs and its speed is known."""
    trouble: str = ""
    """What failed, in full."""

    @property
    def throughput(self) -> float | None:
        """Images a second, of all jobs that run at the same time."""
        return self.rate and self.rate * max(1, self.running)


@dataclass(frozen=True)
class _JobFiles:
    """Where a job leaves its result, its events and its time."""

    made: Path
    events: Path
    times: Path | None = None
    """Snakemake's benchmark; none where no image is counted."""
    images: int = 0
    lock: Path | None = None
    """Held while the job runs; none where it takes none."""


def _in_folder(made: Path, lock: Path | None = None) -> _JobFiles:
    return _JobFiles(made, path_beside(made.with_name("log.txt")), lock=lock)


class RunProgress:
    """Reads the progress of a plan from its results; a file that has not changed is read once.

    Args:
        plan: the plan.
        since: seconds since the epoch; older events do not say what runs or has failed.
    """

    def __init__(self, plan: Plan, since: float = 0.0):
        self._plan, self._since = plan, since
        self._running: Mapping[str, int] | None = None
        self._read: dict[Path, tuple[tuple[int, int], Any]] = {}

    def rows(self, running: Mapping[str, int] | None = None) -> list[ProgressRow]:
        """Index, variants in the order of the stages, scores, scores of tags, numbers of images, and report.

        Args:
            running: how many jobs run now, by the name of their row; read from their events when not given.
        """
        self._running = running
        made = {reference: self._variant(reference) for reference in self._plan.variants}
        rows = [self._index(), *(self._with_sources(row, made) for row in made.values())]
        finished = {row.name for row in rows if row.state == State.done}
        if self._plan.evaluation.scored():
            rows.append(self._scores(finished))
        if self._plan.evaluation.tested_classifiers():
            rows.append(self._tags(finished))
        whole = all(row.state == State.done for row in rows)
        return [*rows, self._images(whole), self._report(whole)]

    def _with_sources(self, row: ProgressRow, made: Mapping[str, ProgressRow]) -> ProgressRow:
        """The row; stale where one of its sources is stale."""
        if row.state != State.done:
            return row
        sources = (made[name] for name in self._plan.variants[row.name].references())
        stale = any(self._with_sources(source, made).state == State.stale for source in sources)
        return replace(row, state=State.stale) if stale else row

    def _index(self) -> ProgressRow:
        folder = self._plan.results / "index"
        shards = [
            _JobFiles(Path(table), folder / "logs" / f"{Path(table).stem}.jsonl") for table in self._plan.tables()
        ]
        whole = _in_folder(folder / "set.json")
        fresh = not whole.made.exists() or all(job.made.exists() for job in shards)
        fresh &= self._once(whole.made, _classes) in (None, self._plan.listing.classes)
        return self._simple("index", [*shards, whole], fresh)

    def _scores(self, whole: set[str]) -> ProgressRow:
        evaluation = self._plan.evaluation
        jobs = {reference: _in_folder(Path(evaluation.scores(reference))) for reference in evaluation.scored()}
        return self._judged("evaluation", jobs, whole)

    def _tags(self, whole: set[str]) -> ProgressRow:
        evaluation = self._plan.evaluation
        files = {reference: Path(evaluation.tags(reference)) for reference in evaluation.tested_classifiers()}
        jobs = {reference: _JobFiles(made, path_beside(made)) for reference, made in files.items()}
        return self._judged("tags", jobs, whole)

    def _judged(self, name: str, jobs: Mapping[str, _JobFiles], whole: set[str]) -> ProgressRow:
        """A row with one job for each of some variants; a result is fresh if its variant is in `whole`."""
        fresh = all(reference in whole for reference, job in jobs.items() if job.made.exists())
        return self._simple(name, list(jobs.values()), fresh)

    def _images(self, whole: bool) -> ProgressRow:
        numbers = Path(self._plan.page.beside("images.csv"))
        return self._simple("images", [_JobFiles(numbers, path_beside(numbers))], whole)

    def _report(self, whole: bool) -> ProgressRow:
        page = self._plan.page
        return self._simple("report", [_JobFiles(Path(page.path), path_beside(Path(page.beside("log.txt"))))], whole)

    def _simple(self, name: str, jobs: Sequence[_JobFiles], fresh: bool) -> ProgressRow:
        """A row of jobs without manifests; it is stale where there are results and they are not fresh."""
        there = [job.made.exists() for job in jobs]
        left = [job for job, made in zip(jobs, there, strict=True) if not made]
        return self._row(name, jobs, sum(there), left, stale=any(there) and not fresh)

    def _variant(self, reference: str) -> ProgressRow:
        jobs, recipe = self._jobs[reference], self._plan.recipe(reference)
        classes = classes_input(self._plan.labels)
        finished: list[_JobFiles] = []
        left: list[_JobFiles] = []
        stale, damage = False, ""
        for job in jobs:
            try:
                made = self._once(job.made, _origin)
            except SeedmaskError as error:
                made, damage = None, str(error) if job.made.exists() else ""
            fits = made is not None and made[0] == recipe and made[1] in (None, classes)
            stale |= made is not None and not fits
            (finished if fits else left).append(job)
        row = self._row(reference, jobs, len(finished), left, stale, self._fit(reference))
        if damage and row.state != State.running:
            row = replace(row, state=State.failed, trouble=damage)
        images = sum(job.images for job in jobs)
        row = replace(row, images=images, images_done=sum(job.images for job in finished))
        return self._timed(row, finished) if images else self._trained(row, jobs[0])

    @cached_property
    def _jobs(self) -> dict[str, list[_JobFiles]]:
        """Jobs of each variant that make its shards or its network."""
        return {reference: self._jobs_of(reference) for reference in self._plan.variants}

    def _jobs_of(self, reference: str) -> list[_JobFiles]:
        folder = self._plan.results / reference
        stage, variant = reference.split("/")
        if stage not in SHARDED:
            return [_in_folder(manifest_path(self._plan.results, stage, variant, None), folder / "lock")]
        return [
            _JobFiles(
                manifest_path(self._plan.results, stage, variant, shard),
                folder / "logs" / f"{shard}.jsonl",
                folder / "benchmarks" / f"{shard}.tsv",
                count,
                folder / "locks" / f"{shard}.lock",
            )
            for shard, count in self._plan.images(reference).items()
        ]

    def _fit(self, reference: str) -> list[_JobFiles]:
        """The job before the shards, where it is not done."""
        if not self._plan.variants[reference].fit():
            return []
        path = Path(self._plan.fit(reference))
        return [] if path.exists() else [_JobFiles(path, path_beside(path))]

    def _row(
        self,
        name: str,
        jobs: Sequence[_JobFiles],
        done: int,
        left: Sequence[_JobFiles],
        stale: bool,
        before: Sequence[_JobFiles] = (),
    ) -> ProgressRow:
        reported = [(job, found) for job in (*before, *left) if (found := self._events(job.events, self._since))]
        running = sum(starmap(_is_running, reported)) if self._running is None else self._running.get(name, 0)
        trouble = next(filter(None, (found.failure for _, found in reported)), "")
        if running:
            state = State.running
        elif trouble:
            state = State.failed
        elif stale:
            state = State.stale
        elif not left:
            state = State.done
        else:
            # A job that has ended without a result; where it made one, the result was deleted since.
            stopped = any(found.started and not found.ended for _, found in reported)
            state = State.stopped if stopped else State.waiting
        return ProgressRow(name, state, done, len(jobs), running=running, trouble="" if running else trouble)

    def _timed(self, row: ProgressRow, finished: Sequence[_JobFiles]) -> ProgressRow:
        """With the speed of its latest shards, without those that were already there."""
        latest = sorted(finished, key=lambda job: job.made.stat().st_mtime)[-LAST:]
        counted = [
            (seconds, job.images)
            for job in latest
            if (seconds := self._once(job.times, _seconds)) and not (self._events(job.events) or JobEvents(())).kept
        ]
        seconds = sum(seconds for seconds, _ in counted)
        row = replace(row, rate=sum(images for _, images in counted) / seconds if seconds else None)
        if row.state != State.running or not row.throughput:
            return row
        return replace(row, left=(row.images - row.images_done) / row.throughput)

    def _trained(self, row: ProgressRow, job: _JobFiles) -> ProgressRow:
        """With its last epoch; a finished training's metrics count all of them."""
        found = self._events(job.events)
        epoch = found.epoch if found else None
        if row.state == State.done:
            lines = self._once(job.made.with_name("metrics.jsonl"), _metrics) or []
            last = lines[-1] if lines else {}
            seconds = epoch.seconds if epoch else 0.0
            done = Epoch(number=len(lines), of=len(lines), loss=last.get("loss"), seconds=seconds) if lines else None
            return replace(row, epoch=done)
        if row.state != State.running or not epoch:
            return row
        since = time.time() - job.events.stat().st_mtime
        return replace(row, epoch=epoch, left=max((epoch.of - epoch.number) * epoch.seconds - since, 0))

    def _events(self, path: Path, since: float = 0.0) -> JobEvents | None:
        """The events of a job, unless there are none or only older ones."""
        try:
            if path.stat().st_mtime < since:
                return None
        except OSError:
            return None
        return self._once(path, JobEvents.read)

    def _once(self, path: Path | None, read: Callable[[Path], Any]) -> Any:
        """Content of a file, read again when it has changed; None where there is no file."""
        if path is None:
            return None
        try:
            stat = path.stat()
        except OSError:
            self._read.pop(path, None)
            return None
        mark = (stat.st_mtime_ns, stat.st_size)
        if path not in self._read or self._read[path][0] != mark:
            try:
                self._read[path] = (mark, read(path))
            except (FileNotFoundError, ValueError):  # deleted meanwhile, or damaged
                return None
        return self._read[path][1]


def _is_running(job: _JobFiles, found: JobEvents) -> bool:
    """Whether a job is alive; one on another machine holds its lock, but for the time that it takes to start."""
    started = found.started
    if not found.is_running() or not started or not job.lock or started.machine == platform.node():
        return found.is_running()
    return is_held(job.lock) or time.time() - job.events.stat().st_mtime < STARTING


def _origin(path: Path) -> tuple[str, str | None]:
    """Recipe of a result, and digest of the list of classes that it was made from, if it was."""
    made = Manifest.read(path)
    return made.recipe, made.inputs.get("classes")


def _classes(path: Path) -> tuple[str, ...] | None:
    """Classes of an index; None if it is damaged."""
    try:
        return tuple(read_record(path)["classes"])
    except SeedmaskError:
        return None


def _seconds(path: Path) -> float | None:
    """Seconds of the last run of a job, from Snakemake's benchmark file."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return float(lines[-1].split("\t")[0]) if len(lines) > 1 else None


def _metrics(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
