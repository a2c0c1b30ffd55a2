"""What earlier results on this machine tell: seconds and bytes for a unit of work, by kind of variant."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean, median
from typing import Any

from pydantic import TypeAdapter, ValidationError

from seedmask.config.graph import Config
from seedmask.config.stages import STAGES
from seedmask.config.variant import Variant
from seedmask.dataset.index import StoredIndex, set_path
from seedmask.errors import SeedmaskError
from seedmask.report.times import read_benchmark
from seedmask.runs.doctor.work import signature, units
from seedmask.storage.manifest import Manifest
from seedmask.storage.variants import list_variants

Signature = tuple[Any, ...]


@dataclass
class Rates:
    """Of each kind of variant, by what it has in common with others (`work.signature`)."""

    seconds: dict[Signature, list[float]] = field(default_factory=lambda: defaultdict(list))
    """Seconds for a unit of work, of each job."""
    bytes_each: dict[Signature, list[float]] = field(default_factory=lambda: defaultdict(list))
    """Stored bytes for a pixel of a picture, or bytes of a network's weights."""

    def seconds_of(self, kind: Signature) -> float | None:
        """The usual seconds for a unit, which a job that waited for others does not move."""
        return median(self.seconds[kind]) if self.seconds.get(kind) else None

    def bytes_of(self, kind: Signature) -> float | None:
        """The usual bytes."""
        return fmean(self.bytes_each[kind]) if self.bytes_each.get(kind) else None


def measured(results: Path) -> Rates:
    """Rates of every data set's results; what cannot be read tells nothing.

    Args:
        results: folder with a folder for each data set.
    """
    rates = Rates()
    for folder in sorted(results.glob("*")):
        if set_path(folder).is_file():
            try:
                _add(folder, rates)
            except (SeedmaskError, OSError, ValueError, KeyError):
                continue
    return rates


def _add(folder: Path, rates: Rates) -> None:
    rows = StoredIndex(folder).rows
    trained = [row for row in rows if row.split == "train"]
    manifests = {name: found for name in list_variants(folder, STAGES) if (found := _manifests(folder / name))}
    options = {name: made for name, found in manifests.items() if (made := _options(name, found[0][1])) is not None}
    for name, settings in options.items():
        kind = signature(name, options)
        for path, manifest in manifests[name]:
            if manifest.shard is None:
                work = units(settings, len(trained), fmean(row.width * row.height for row in trained))
                rates.bytes_each[kind].append(float((folder / name / "weights.safetensors").stat().st_size))
                benchmark = folder / name / "benchmark.tsv"
            else:
                pixels = sum(image.width * image.height for image in manifest.images)
                work = units(settings, 1, pixels)
                benchmark = path.parents[1] / "benchmarks" / f"{manifest.shard}.tsv"
                rates.bytes_each[kind].append(_stored(folder / name, manifest) / max(pixels, 1))
            if benchmark.is_file() and work:
                rates.seconds[kind] += [run.seconds / work for run in read_benchmark(benchmark)]


def _manifests(folder: Path) -> list[tuple[Path, Manifest]]:
    """Whole manifests of a variant, each with its place."""
    paths = [*sorted((folder / "manifests").glob("*.json")), *folder.glob("manifest.json")]
    return [(path, manifest) for path in paths if (manifest := _read(path)) is not None]


def _read(path: Path) -> Manifest | None:
    try:
        return Manifest.read(path)
    except SeedmaskError:
        return None


def _options(name: str, manifest: Manifest) -> Variant | None:
    """Settings as the configuration has them; None where they are of another version."""
    field_type = Config.model_fields[name.split("/")[0]].annotation
    try:
        return TypeAdapter(field_type).validate_python({"x": manifest.settings})["x"]
    except ValidationError:
        return None


def _stored(folder: Path, manifest: Manifest) -> int:
    """Bytes of a shard's arrays."""
    return sum(
        file.stat().st_size
        for name in manifest.layout["arrays"]
        for found in (folder / "data.zarr" / name / "c").glob(str(int(manifest.shard)))
        for file in ([found] if found.is_file() else found.rglob("*"))
        if file.is_file()
    )


def by_stage(rates: Mapping[Signature, list[float]], stage: str) -> Iterator[float]:
    """Everything that is known of a stage, whatever the method."""
    return (value for kind, values in rates.items() if kind[0] == stage for value in values)
