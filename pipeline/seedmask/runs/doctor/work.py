"""What remains to be made, how much work it is, and how long a unit of such work took in earlier results.

The unit is a pixel that a network or a method looks at, so that it grows as the time does.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from statistics import fmean, median
from typing import Any

from pydantic import TypeAdapter, ValidationError

from seedmask.config.graph import Config
from seedmask.config.length import length_of
from seedmask.config.networks import ClassifierOptions, EncoderOptions, FromMasks
from seedmask.config.stages import STAGES, is_sharded
from seedmask.config.variant import Component, Variant
from seedmask.dataset.changes import classes_input, has_other_images
from seedmask.dataset.index import StoredIndex, set_path
from seedmask.dataset.listing import ShardedListing, StoredListing
from seedmask.errors import SeedmaskError
from seedmask.plan import Plan
from seedmask.plan.variants import TRAINED_ON
from seedmask.report.times import read_benchmark
from seedmask.runs.doctor.diagnosis import Diagnosis
from seedmask.storage.manifest import Manifest
from seedmask.storage.variants import list_variants

Signature = tuple[Any, ...]
"""What two variants must have in common for the time of one to predict that of the other."""
Training = FromMasks | ClassifierOptions
"""Options of a network that is trained."""


@dataclass(frozen=True)
class Remaining:
    """Jobs of a variant that are not done.

    Args:
        reference: the variant.
        options: its settings.
        shards: numbers of the shards that are missing; none for a training.
        images: pictures in them, or pictures of a training.
    """

    reference: str
    options: Variant
    shards: tuple[str, ...]
    images: int

    @property
    def jobs(self) -> int:
        """How many jobs that is, without fits and scores."""
        return max(len(self.shards), 1)


def remaining(diagnosis: Diagnosis) -> dict[str, Remaining]:
    """Variants with something to make: without a manifest, of other settings or code, or made from one of these."""
    plan, made_with = diagnosis.plan, _stored_listing(diagnosis.plan)
    has_changed = cache(lambda splits, shard: has_other_images(made_with, plan.listing, splits, shard))
    result: dict[str, Remaining] = {}
    for reference in _in_order(plan):
        options = plan.variants[reference]
        sources = [result[source] for source in options.references() if source in result]
        if is_sharded(reference):
            every_shard = any(not source.shards for source in sources) or (bool(options.fit()) and bool(sources))
            stale = {shard for source in sources for shard in source.shards}
            shards = tuple(
                shard
                for shard in plan.shards(reference)
                if every_shard or shard in stale or not _is_made(plan, has_changed, reference, shard)
            )
            if shards:
                images = diagnosis.count_images(plan.splits(reference), shards)
                result[reference] = Remaining(reference, options, shards, images)
        elif sources or not _is_made(plan, has_changed, reference, None):
            result[reference] = Remaining(reference, options, (), diagnosis.count_images(TRAINED_ON))
    return result


def _in_order(plan: Plan) -> list[str]:
    """Variants, each after those that it is made from."""
    ordered: list[str] = []

    def add(reference: str) -> None:
        if reference not in ordered:
            for source in plan.variants[reference].references():
                add(source)
            ordered.append(reference)

    for reference in plan.variants:
        add(reference)
    return ordered


def _stored_listing(plan: Plan) -> ShardedListing:
    """The listing that results were made with; the one of now where none is stored."""
    try:
        return StoredListing(plan.results, Path(plan.config.dataset.root))
    except SeedmaskError:
        return plan.listing


def _is_made(
    plan: Plan, has_changed: Callable[[Sequence[str], str | None], bool], reference: str, shard: str | None
) -> bool:
    """Whether a result has the settings and code of the plan, and its classes, pictures and tags are those of now."""
    try:
        made = Manifest.read(Path(plan.manifest(reference, shard)))
        if made.recipe != plan.recipe(reference):
            return False
        if made.inputs.get("classes") not in (None, classes_input(plan.labels)):
            return False
        reads_pictures = bool(shard) or "pictures" in made.inputs
        return not (reads_pictures and has_changed(plan.splits(reference) if shard else TRAINED_ON, shard))
    except SeedmaskError:
        return False


def signature(reference: str, variants: Mapping[str, Variant]) -> Signature:
    """Stage, method, parts, encoders, model and extras of a variant."""
    options = variants[reference]
    networks = [variants[name] for name in (reference, *options.references()) if name in variants]
    options_of = [network.network_options() for network in networks]
    encoders = sorted({one.encoder for one in options_of if isinstance(one, EncoderOptions)})
    titles = tuple(group.title for _, group in options.groups() if isinstance(group, Component))
    return (
        reference.split("/")[0],
        options.title,
        titles,
        tuple(encoders),
        is_frozen(options),
        dict(options).get("model"),
        tuple(sorted(options.extras() - {"weights"})),
    )


def is_frozen(options: Variant) -> bool:
    """Whether a training leaves the whole encoder as it came."""
    return dict(options).get("frozen_stages") == "all"


def units(options: Variant, images: int, pixels: int | float) -> int | float:
    """Pixels that a network or a method looks at: of crops in all steps, of all views of a picture, or of the picture.

    Args:
        options: settings of the variant.
        images: pictures that are trained on, or that shards hold.
        pixels: of one picture.
    """
    if not isinstance(options, Training):
        return images * pixels * views(options)
    if is_frozen(options):
        return 2.0 * images * pixels
    return samples(options, images) * crop_pixels(options)


def samples(options: Training, images: int) -> int:
    """Pictures that a training looks at in all its steps."""
    length = length_of(options, max(images, 1))
    return length.steps * length.seen // length.steps_an_epoch


def crop_pixels(options: Training) -> int:
    """Pixels of a picture in a training."""
    view = options.augmentation
    return (view.square or view.crop) ** 2


def views(options: Variant) -> float:
    """How often a network looks at each pixel of a picture; 1 where there is none."""
    fields = dict(options)
    scales, flip = fields.get("scales", (1.0,)), fields.get("flip", False)
    return sum(scale**2 for scale in scales) * (1 + bool(flip))


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


def read_rates(results: Path) -> Rates:
    """Rates of every data set's results; results that cannot be read are left out.

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
    manifests = {name: read for name in list_variants(folder, STAGES) if (read := _manifests(folder / name))}
    options = {name: known for name, read in manifests.items() if (known := _options(name, read[0][1])) is not None}
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
                stored = _stored_bytes(folder / name, manifest.layout["arrays"], int(manifest.shard))
                rates.bytes_each[kind].append(stored / max(pixels, 1))
            if benchmark.is_file() and work:
                rates.seconds[kind] += [run.seconds / work for run in read_benchmark(benchmark)]


def _manifests(folder: Path) -> list[tuple[Path, Manifest]]:
    """Undamaged manifests of a variant, each with its path."""
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
        return TypeAdapter(field_type).validate_python({"x": manifest.settings})["x"]  # pyright: ignore[reportArgumentType]  a field has a type
    except ValidationError:
        return None


def _stored_bytes(folder: Path, arrays: Iterable[str], shard: int) -> int:
    """Bytes of the arrays of a shard."""
    return sum(
        file.stat().st_size
        for name in arrays
        for part in (folder / "data.zarr" / name / "c").glob(str(shard))
        for file in ([part] if part.is_file() else part.rglob("*"))
        if file.is_file()
    )


def by_stage(rates: Mapping[Signature, list[float]], stage: str) -> Iterator[float]:
    """All rates of a stage, of any method."""
    return (value for kind, values in rates.items() if kind[0] == stage for value in values)
