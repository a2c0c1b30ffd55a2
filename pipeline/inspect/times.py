"""How long each variant took, from the benchmark files that Snakemake leaves beside the results."""

import csv
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.config.graph import STAGES
from pipeline.errors import SeedmaskError
from pipeline.storage.manifest import Manifest

ORDER = ("index", *STAGES, "evaluation", "report")


@dataclass(frozen=True)
class Time:
    """Seconds of a variant's jobs; a job that found its work done counts with its last run."""

    name: str
    jobs: int
    seconds: float
    images: int
    """Images in these jobs' shards; 0 where jobs are not cut by image."""

    @property
    def each(self) -> float | None:
        """Seconds per image."""
        return self.seconds / self.images if self.images else None


def read_times(results: Path) -> list[Time]:
    """Times of all variants, in the order of the stages.

    Raises:
        SeedmaskError: there are no benchmark files.
    """
    found: dict[tuple[int, str], list[tuple[float, int]]] = defaultdict(list)
    for path in sorted(results.rglob("*.tsv")):
        parts = path.relative_to(results).parts
        if parts[0] not in ORDER:
            continue
        sharded = path.parent.name == "benchmarks"
        name = "/".join(parts[: -2 if sharded else -1]) + (" fit" if path.name == "fit.tsv" else "")
        images = _images(path.parents[1] / "manifests" / f"{path.stem}.json") if sharded else 0
        found[ORDER.index(parts[0]), name] += [(seconds, images) for seconds in seconds_of(path)]
    if not found:
        raise SeedmaskError(f"{results}: holds no benchmark files; name a folder like results/stamps")
    return [
        Time(name, len(jobs), sum(s for s, _ in jobs), sum(n for _, n in jobs))
        for (_, name), jobs in sorted(found.items())
    ]


def seconds_of(path: Path) -> Iterator[float]:
    """Seconds in a benchmark file."""
    with path.open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file, delimiter="\t"):
            yield float(line["s"])


def _images(manifest: Path) -> int:
    return len(Manifest.read(manifest).images) if manifest.exists() else 0
