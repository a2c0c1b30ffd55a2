"""How far each variant is, from the plan, the manifests, and the logs and times that jobs leave beside them."""

import json
import platform
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import starmap
from pathlib import Path
from typing import Any

from seedmask.config.stages import SHARDED
from seedmask.errors import SeedmaskError
from seedmask.job import manifest_path
from seedmask.plan import Plan
from seedmask.runs.progress.job_log import Epoch, JobLog, runs
from seedmask.runs.progress.rows import ProgressRow, State
from seedmask.storage.lock import is_held
from seedmask.storage.manifest import Manifest

LAST = 8
"""Finished shards, the latest, whose times say how fast a variant is made."""
STARTING = 120
"""Seconds that a job on another machine may take until it holds its lock."""


@dataclass(frozen=True)
class _Files:
    """Where a job leaves what it made, its log and its time."""

    made: Path
    log: Path
    times: Path | None = None
    """Snakemake's benchmark; none where no image is counted."""
    images: int = 0
    lock: Path | None = None
    """Held while the job runs; none where it takes none."""


def _beside(made: Path, lock: Path | None = None) -> _Files:
    return _Files(made, made.with_name("log.txt"), lock=lock)


class RunProgress:
    """Looks at the results of a plan, again and again; files that have not changed are read once.

    Args:
        plan: the plan.
        since: seconds since the epoch; logs that are older say nothing of what runs or has failed.
    """

    def __init__(self, plan: Plan, since: float = 0.0):
        self._plan, self._since = plan, since
        self._running: Mapping[str, int] | None = None
        self._read: dict[Path, tuple[tuple[int, int], Any]] = {}

    def rows(self, running: Mapping[str, int] | None = None) -> list[ProgressRow]:
        """Index, variants in the order of the stages, scores, classifiers that are tried, numbers, and report.

        Args:
            running: how many jobs run now, by the name of their row; found out from their logs when not given.
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
        """The row, which is stale where something is that it was made from."""
        if row.state != State.done:
            return row
        sources = (made[name] for name in self._plan.variants[row.name].references())
        stale = any(self._with_sources(source, made).state == State.stale for source in sources)
        return replace(row, state=State.stale) if stale else row

    def _index(self) -> ProgressRow:
        folder = self._plan.results / "index"
        shards = [_Files(Path(table), folder / "logs" / f"{Path(table).stem}.txt") for table in self._plan.tables()]
        whole = _beside(folder / "set.json")
        fresh = not whole.made.exists() or all(job.made.exists() for job in shards)
        return self._simple("index", [*shards, whole], fresh)

    def _scores(self, whole: set[str]) -> ProgressRow:
        evaluation = self._plan.evaluation
        jobs = {reference: _beside(Path(evaluation.scores(reference))) for reference in evaluation.scored()}
        return self._judged("evaluation", jobs, whole)

    def _tags(self, whole: set[str]) -> ProgressRow:
        evaluation = self._plan.evaluation
        files = {reference: Path(evaluation.tags(reference)) for reference in evaluation.tested_classifiers()}
        jobs = {reference: _Files(made, made.with_suffix(".txt")) for reference, made in files.items()}
        return self._judged("tags", jobs, whole)

    def _judged(self, name: str, jobs: Mapping[str, _Files], whole: set[str]) -> ProgressRow:
        """A row of one job for each of some variants; what is there is fresh if its variant is whole."""
        fresh = all(reference in whole for reference, job in jobs.items() if job.made.exists())
        return self._simple(name, list(jobs.values()), fresh)

    def _images(self, whole: bool) -> ProgressRow:
        numbers = Path(self._plan.page.beside("images.csv"))
        return self._simple("images", [_Files(numbers, numbers.with_suffix(".txt"))], whole)

    def _report(self, whole: bool) -> ProgressRow:
        page = self._plan.page
        return self._simple("report", [_Files(Path(page.path), Path(page.beside("log.txt")))], whole)

    def _simple(self, name: str, jobs: Sequence[_Files], fresh: bool) -> ProgressRow:
        """A row of jobs that have no manifest; all that is there is fresh, or some is not."""
        there = [job.made.exists() for job in jobs]
        left = [job for job, made in zip(jobs, there, strict=True) if not made]
        return self._row(name, jobs, sum(there), left, stale=any(there) and not fresh)

    def _variant(self, reference: str) -> ProgressRow:
        jobs, recipe = self._jobs[reference], self._plan.recipe(reference)
        finished: list[_Files] = []
        left: list[_Files] = []
        stale, damage = False, ""
        for job in jobs:
            try:
                made_by = self._once(job.made, _recipe)
            except SeedmaskError as error:
                made_by, damage = None, str(error) if job.made.exists() else ""
            stale |= made_by not in (None, recipe)
            (finished if made_by == recipe else left).append(job)
        row = self._row(reference, jobs, len(finished), left, stale, self._fit(reference))
        if damage and row.state != State.running:
            row = replace(row, state=State.failed, trouble=damage)
        images = sum(job.images for job in jobs)
        row = replace(row, images=images, images_done=sum(job.images for job in finished))
        return self._timed(row, finished) if images else self._trained(row, jobs[0])

    @cached_property
    def _jobs(self) -> dict[str, list[_Files]]:
        """Jobs of each variant that make its shards or its network."""
        return {reference: self._jobs_of(reference) for reference in self._plan.variants}

    def _jobs_of(self, reference: str) -> list[_Files]:
        folder = self._plan.results / reference
        stage, variant = reference.split("/")
        if stage not in SHARDED:
            return [_beside(manifest_path(self._plan.results, stage, variant, None), folder / "lock")]
        return [
            _Files(
                manifest_path(self._plan.results, stage, variant, shard),
                folder / "logs" / f"{shard}.txt",
                folder / "benchmarks" / f"{shard}.tsv",
                count,
                folder / "locks" / f"{shard}.lock",
            )
            for shard, count in self._plan.images(reference).items()
        ]

    def _fit(self, reference: str) -> list[_Files]:
        """The job before the shards, where it is not done."""
        if not self._plan.variants[reference].fit():
            return []
        path = Path(self._plan.fit(reference))
        return [] if path.exists() else [_Files(path, path.with_suffix(".txt"))]

    def _row(
        self,
        name: str,
        jobs: Sequence[_Files],
        done: int,
        left: Sequence[_Files],
        stale: bool,
        before: Sequence[_Files] = (),
    ) -> ProgressRow:
        logged = [(job, log) for job in (*before, *left) if (log := self._log(job.log, self._since))]
        logs = [log for _, log in logged]
        running = sum(starmap(_runs, logged)) if self._running is None else self._running.get(name, 0)
        trouble = next(filter(None, (log.failure() for log in logs)), "")
        if running:
            state = State.running
        elif trouble:
            state = State.failed
        elif stale:
            state = State.stale
        elif not left:
            state = State.done
        else:
            # A job that runs no more and has made nothing; its log may be that of a result deleted since.
            state = State.stopped if any(log.process() and not log.ended() for log in logs) else State.waiting
        return ProgressRow(name, state, done, len(jobs), running=running, trouble="" if running else trouble)

    def _timed(self, row: ProgressRow, finished: Sequence[_Files]) -> ProgressRow:
        """With the speed of its latest shards that were not found done."""
        latest = sorted(finished, key=lambda job: job.made.stat().st_mtime)[-LAST:]
        counted = [
            (seconds, job.images)
            for job in latest
            if (seconds := self._once(job.times, _seconds)) and not (self._log(job.log) or JobLog(())).kept()
        ]
        seconds = sum(seconds for seconds, _ in counted)
        row = replace(row, rate=sum(images for _, images in counted) / seconds if seconds else None)
        if row.state != State.running or not row.throughput:
            return row
        return replace(row, left=(row.images - row.images_done) / row.throughput)

    def _trained(self, row: ProgressRow, job: _Files) -> ProgressRow:
        """With its last epoch; a finished training's metrics count all of them."""
        log = self._log(job.log)
        epoch = log.epoch() if log else None
        if row.state == State.done:
            lines = self._once(job.made.with_name("metrics.jsonl"), _metrics) or []
            last = lines[-1] if lines else {}
            seconds = epoch.seconds if epoch else 0.0
            epoch = Epoch(len(lines), len(lines), last.get("loss"), seconds) if lines else None
            return replace(row, epoch=epoch)
        if row.state != State.running or not epoch:
            return row
        since = time.time() - job.log.stat().st_mtime
        return replace(row, epoch=epoch, left=max((epoch.of - epoch.number) * epoch.seconds - since, 0))

    def _log(self, path: Path, since: float = 0.0) -> JobLog | None:
        """The log of a job, unless there is none or only an older one."""
        try:
            if path.stat().st_mtime < since:
                return None
        except OSError:
            return None
        return self._once(path, JobLog.read)

    def _once(self, path: Path, read: Callable[[Path], Any]) -> Any:
        """What is in a file, read again when it has changed; None where it is not there."""
        try:
            stat = path.stat()
        except OSError:
            self._read.pop(path, None)
            return None
        mark = (stat.st_mtime_ns, stat.st_size)
        if path not in self._read or self._read[path][0] != mark:
            try:
                self._read[path] = (mark, read(path))
            except (FileNotFoundError, ValueError):  # it went meanwhile, or is no such file
                return None
        return self._read[path][1]


def _runs(job: _Files, log: JobLog) -> bool:
    """Whether a job is alive; one on another machine holds its lock, but for the time that it takes to start."""
    if not runs(log) or job.lock is None or log.process()[1] == platform.node():
        return runs(log)
    return is_held(job.lock) or time.time() - job.log.stat().st_mtime < STARTING


def _recipe(path: Path) -> str:
    return Manifest.read(path).recipe


def _seconds(path: Path) -> float | None:
    """Seconds of the last run of a job, from Snakemake's benchmark file."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return float(lines[-1].split("\t")[0]) if len(lines) > 1 else None


def _metrics(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
