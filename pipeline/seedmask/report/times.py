"""How long the jobs of each variant took, and when they ended, from Snakemake's benchmark files."""

import csv
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from seedmask.config.stages import STAGES
from seedmask.errors import SeedmaskError
from seedmask.storage.manifest import Manifest
from seedmask.storage.records import read_record

NOT_MEASURED = "NA"
"""Snakemake's entry for a job that ended before its first measurement."""
ORDER = ("index", *STAGES, "evaluation", "report")


@dataclass(frozen=True)
class VariantTime:
    """Time and memory of a variant's jobs, each by its last run."""

    name: str
    jobs: int
    seconds: float
    images: int
    """Images in the shards of these jobs; 0 if the jobs are not cut into shards."""
    memory: float
    """Peak memory of the largest job in megabytes; 0 if it ended before it was measured."""
    made: float
    """When the last job ended, in seconds since 1970."""

    @property
    def each(self) -> float | None:
        """Seconds per image."""
        return self.seconds / self.images if self.images else None


def read_times(results: Path) -> list[VariantTime]:
    """Times of all variants, in the order of the stages.

    Raises:
        SeedmaskError: there are no benchmark files.
    """
    times = find_times(results)
    if not times:
        raise SeedmaskError(f"{results}: holds no benchmark files; name a folder like results/stamps")
    return times


def find_times(results: Path) -> list[VariantTime]:
    """As `read_times`, but an empty list if there are no benchmark files."""
    runs: dict[tuple[int, str], list[TimedRun]] = defaultdict(list)
    for path in sorted(results.rglob("*.tsv")):
        parts = path.relative_to(results).parts
        if parts[0] not in ORDER:
            continue
        sharded = path.parent.name == "benchmarks"
        name = "/".join(parts[: -2 if sharded else -1]) + (" fit" if path.name == "fit.tsv" else "")
        images = _images(path.parents[1] / "manifests" / f"{path.stem}.json") if sharded else 0
        runs[ORDER.index(parts[0]), name] += read_benchmark(path, images)
    return [
        VariantTime(
            name,
            len(jobs),
            sum(job.seconds for job in jobs),
            sum(job.images for job in jobs),
            max(job.memory for job in jobs),
            max(job.ended for job in jobs),
        )
        for (_, name), jobs in sorted(runs.items())
    ]


@dataclass(frozen=True)
class TimedRun:
    """A line of a benchmark file: one run of a job."""

    seconds: float
    memory: float
    images: int
    ended: float


def read_benchmark(path: Path, images: int = 0) -> Iterator[TimedRun]:
    """Lines of a benchmark file of a job.

    Args:
        path: the file.
        images: number of images of the job.
    """
    with path.open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file, delimiter="\t"):
            memory = line.get("max_rss", NOT_MEASURED)
            held = 0.0 if memory == NOT_MEASURED else float(memory)
            yield TimedRun(float(line["s"]), held, images, path.stat().st_mtime)


def run_started(folder: Path) -> float | None:
    """When the last run of Snakemake began, in seconds since 1970, by the name of its log; None if there is no log.

    Args:
        folder: working directory of Snakemake.
    """
    names = sorted(path.name for path in (folder / ".snakemake" / "log").glob("*.snakemake.log"))
    try:
        return datetime.strptime(names[-1].removesuffix(".snakemake.log"), "%Y-%m-%dT%H%M%S.%f").timestamp()
    except (IndexError, ValueError):
        return None


def _images(manifest: Path) -> int:
    if not manifest.exists():
        return 0
    of_index = manifest.parents[1].name == "index"
    return len(read_record(manifest)["images"] if of_index else Manifest.read(manifest).images)
