"""How long each variant took, and when, from the benchmark files that Snakemake leaves beside the results."""

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
"""What Snakemake writes of a job that ended before its first look."""
ORDER = ("index", *STAGES, "evaluation", "report")


@dataclass(frozen=True)
class VariantTime:
    """Seconds of a variant's jobs; a job that found its work done counts with its last run."""

    name: str
    jobs: int
    seconds: float
    images: int
    """Images in these jobs' shards; 0 where jobs are not cut by image."""
    memory: float
    """Megabytes that the largest job held at once; 0 where it ended before it was measured."""
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
    found = find_times(results)
    if not found:
        raise SeedmaskError(f"{results}: holds no benchmark files; name a folder like results/stamps")
    return found


def find_times(results: Path) -> list[VariantTime]:
    """The same; none where there are no benchmark files."""
    found: dict[tuple[int, str], list[TimedRun]] = defaultdict(list)
    for path in sorted(results.rglob("*.tsv")):
        parts = path.relative_to(results).parts
        if parts[0] not in ORDER:
            continue
        sharded = path.parent.name == "benchmarks"
        name = "/".join(parts[: -2 if sharded else -1]) + (" fit" if path.name == "fit.tsv" else "")
        images = _images(path.parents[1] / "manifests" / f"{path.stem}.json") if sharded else 0
        found[ORDER.index(parts[0]), name] += read_benchmark(path, images)
    return [
        VariantTime(
            name,
            len(jobs),
            sum(job.seconds for job in jobs),
            sum(job.images for job in jobs),
            max(job.memory for job in jobs),
            max(job.ended for job in jobs),
        )
        for (_, name), jobs in sorted(found.items())
    ]


@dataclass(frozen=True)
class TimedRun:
    """A line of a benchmark file: one run of a job."""

    seconds: float
    memory: float
    images: int
    ended: float


def read_benchmark(path: Path, images: int = 0) -> Iterator[TimedRun]:
    """Lines of a benchmark file; the job is about some images."""
    with path.open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file, delimiter="\t"):
            memory = line.get("max_rss", NOT_MEASURED)
            held = 0.0 if memory == NOT_MEASURED else float(memory)
            yield TimedRun(float(line["s"]), held, images, path.stat().st_mtime)


def run_started(folder: Path) -> float | None:
    """When the last run of Snakemake began, in seconds since 1970, by the name of its log; None where none is kept.

    Args:
        folder: where Snakemake was started.
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
