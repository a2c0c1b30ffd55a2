"""Why a run would make a result again: which setting, which function, which library, which of its sources changed."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from seedmask.config.stages import STAGES, is_sharded
from seedmask.dataset.catalogue import Catalogue
from seedmask.dataset.changes import classes_change, classes_input, has_other_images, other_folder
from seedmask.dataset.index import shards_of
from seedmask.dataset.listing import StoredListing
from seedmask.dataset.picture_reading import asked_reading
from seedmask.errors import SeedmaskError
from seedmask.fingerprint import digest
from seedmask.job import Job, manifest_path
from seedmask.plan import Plan
from seedmask.plan.variants import TRAINED_ON
from seedmask.storage.changes import changes
from seedmask.storage.fits import inputs_of, read_fit
from seedmask.storage.manifest import Manifest, read_manifest
from seedmask.storage.reader import StoredVariant
from seedmask.storage.variants import list_variants


def unnamed(plan: Plan) -> dict[str, int]:
    """Variants that have a folder but are not in the configuration, with their bytes on disk."""
    stored = list_variants(plan.results, STAGES)
    return {name: _bytes(plan.results / name) for name in stored if name not in plan.variants}


def _bytes(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


READ_DIFFERENTLY = "pictures: `bands` or `range` of the data set have changed since they were indexed"
LABELLED_DIFFERENTLY = "masks: `background` of the data set has changed since they were indexed"


@dataclass(frozen=True)
class Reason:
    """Why a result would be made again."""

    text: str
    certain: bool = True
    """Whether the new result differs; a source that is only missing may come out as it was."""

    def __str__(self) -> str:
        return self.text


class Rerun:
    """Results that a run of a configuration would make again, with the reasons.

    Args:
        plan: the configuration.
    """

    def __init__(self, plan: Plan):
        self._plan = plan
        self._results = plan.results
        self.reasons = cache(self._reasons)
        self._of_fit = cache(self._reasons_of_fit)
        self._has_new_images = cache(self._has_other_images)
        self._catalogue = cache(lambda: Catalogue(plan.results))
        self._change_of_index = cache(lambda: classes_change(plan.results, plan.listing))

    def of_variant(self, reference: str) -> dict[str, list[Reason]]:
        """Reasons of a variant's results, by the names of those that would be made again."""
        shards = self._plan.shards(reference) if is_sharded(reference) else [None]
        all_reasons = {name_of(reference, shard): self.reasons(reference, shard) for shard in shards}
        return {name: reasons for name, reasons in all_reasons.items() if reasons}

    def _reasons(self, reference: str, shard: str | None = None) -> list[Reason]:
        """Why one result would be made again; empty where it would not."""
        try:
            stage, variant = reference.split("/")
            made = Manifest.read(manifest_path(self._results, stage, variant, shard))
        except SeedmaskError as error:
            return [Reason(str(error), certain=False)]
        job = Job.model_validate_json(self._plan.job(reference, shard))
        now = {**made.inputs, **dict(self._inputs(made, job))}
        reasons = list(map(Reason, changes(made, job, now, self._layout(made, job))))
        if list(made.splits) != list(job.splits):
            reasons.append(Reason(f"splits: {', '.join(made.splits)}, now {', '.join(job.splits)}"))
        if change := self._classes_change(made):
            # Every job waits for the list; only what was made from it comes out otherwise.
            reasons.append(Reason(f"the list of classes changed: {change}", certain="classes" in made.inputs))
        if made.inputs.keys() & {"picture", "pictures", "reading"} and self._is_read_differently():
            reasons.append(Reason(READ_DIFFERENTLY))
        if self._is_labelled_differently():
            reasons.append(Reason(LABELLED_DIFFERENTLY))
        if (shard or "pictures" in made.inputs) and self._has_new_images(job.splits or TRAINED_ON, shard):
            reasons.append(Reason("pictures: their files or tags have changed since they were indexed"))
        for source in job.upstream:
            same = shard if is_sharded(source) else None
            needed = [same] if same or not is_sharded(source) else self._plan.shards(source)
            if of_source := [reason for one in needed for reason in self.reasons(source, one)]:
                certain = any(reason.certain for reason in of_source)
                reasons.append(Reason(f"source: {source} would be made again itself", certain))
        return reasons + [reason for reason in self._of_fit(reference) if str(reason) not in map(str, reasons)]

    def _reasons_of_fit(self, reference: str) -> list[Reason]:
        """Why the fit over the whole set would be made again; it may come out as it was."""
        fit = self._plan.variants[reference].fit()
        if fit is None:
            return []
        job = Job.model_validate_json(self._plan.fit_job(reference))
        sources = [source for source in fit.sources if self.of_variant(source)]
        try:
            changed = changes(read_fit(self._results / reference), job, None if sources else inputs_of(job))
        except SeedmaskError as error:
            return [Reason(str(error), certain=False)]
        lines = [f"source: {source} would be made again itself" for source in sources]
        lines += [f"fit over the whole set: {change}" for change in changed]
        return [Reason(line, certain=False) for line in lines]

    def of_index(self) -> list[Reason]:
        """Why the index would hold something else than it does."""
        plan = self._plan
        change = classes_change(self._results, plan.listing)
        other = other_folder(self._results, plan.listing, plan.config.dataset.root)
        reasons = [Reason(f"the list of classes changed: {change}")] if change else []
        reasons += [Reason(READ_DIFFERENTLY)] if self._is_read_differently() else []
        reasons += [Reason(LABELLED_DIFFERENTLY)] if self._is_labelled_differently() else []
        return reasons + ([Reason(str(other))] if other and not other.same else [])

    def _classes_change(self, made: Manifest) -> str:
        """Names of the classes before and now, where they differ; a training knows which ones it learned."""
        if made.inputs.get("classes") == classes_input(self._plan.labels):
            return ""
        if "classes" in made.inputs and "classes" in made.facts:
            before, now = made.facts["classes"], list(self._plan.listing.classes)
            return "" if before == now else f"{', '.join(before)}, now {', '.join(now)}"
        return self._change_of_index()

    def _is_read_differently(self) -> bool:
        """Whether the pictures were indexed with other settings of their bands and values."""
        try:
            return not self._catalogue().reading.is_asked_by(asked_reading(self._plan.config.dataset))
        except SeedmaskError:  # no index, which is a reason of its own
            return False

    def _is_labelled_differently(self) -> bool:
        """Whether the pictures were indexed as those of a data set with a background, and it has none, or reversed."""
        try:
            return self._catalogue().index.labels.background != self._plan.labels.background
        except SeedmaskError:  # no index, which is a reason of its own
            return False

    def _has_other_images(self, splits: Sequence[str], shard: str | None) -> bool:
        """Whether the images of some splits, in a shard or in all, differ from those of the index."""
        try:
            before = StoredListing(self._results, Path(self._plan.config.dataset.root))
            return has_other_images(before, self._plan.listing, splits, shard)
        except SeedmaskError:  # no listing
            return True

    def _inputs(self, made: Manifest, job: Job) -> Iterator[tuple[str, str]]:
        """Digests of what a result would be made from, as far as they are known without making it."""
        rows = self._rows(made, job)
        try:
            pictures = [row.digest for _, row in rows]
            if made.shard:
                yield "picture", digest(pictures)
            elif "pictures" in made.inputs:  # a network that is not trained here reads none
                yield "pictures", digest(digest(pictures))
            for source in job.upstream:
                if is_sharded(source):
                    shards = shards_of((number for number, _ in rows), job.shard_size)
                    stored = StoredVariant(self._results, source, shards)
                    digests = [stored.digest(row.id) for _, row in rows]
                    yield source, digest(digests) if made.shard else digest(digest(digests))
                else:
                    one = read_manifest(self._results, source).digest
                    yield source, digest([one] * len(rows)) if made.shard else digest(one)
        except SeedmaskError:  # a source is missing, which is a reason of that source
            return

    def _rows(self, made: Manifest, job: Job) -> list[Any]:
        splits = job.splits if made.shard else TRAINED_ON
        return list(self._catalogue().rows(splits, made.shard))

    def _layout(self, made: Manifest, job: Job) -> dict[str, Any] | None:
        if not made.layout:
            return None
        extent = asdict(self._catalogue().index.shard_extent)
        return {**made.layout, "shard": extent, "shard_size": job.shard_size}


def grouped(reasons_of: Mapping[str, Sequence[Reason]]) -> dict[str, Sequence[Reason]]:
    """Shards of a variant that have the same reasons as one: `masks/crf, 42 shards`."""
    groups: dict[tuple[str, tuple[Reason, ...]], list[str]] = {}
    for name, reasons in reasons_of.items():
        groups.setdefault((name.split(" ")[0], tuple(reasons)), []).append(name)
    return {
        names[0] if len(names) == 1 else f"{reference}, {len(names)} shards from {names[0].split(' ')[-1]}": reasons
        for (reference, reasons), names in groups.items()
    }


def name_of(reference: str, shard: str | None) -> str:
    """`masks/crf shard 0003`, or `classifiers/cam`."""
    return f"{reference} shard {shard}" if shard else reference


def stale(plan: Plan, references: Iterable[str]) -> dict[str, list[Reason]]:
    """Existing results that do not fit the configuration, code or pictures, each with the reasons; the index first."""
    rerun = Rerun(plan)
    result = {"index": reasons} if (reasons := rerun.of_index()) else {}
    for reference in references:
        if (plan.results / reference).is_dir():
            reasons = rerun.of_variant(reference)
            result |= {name: why for name, why in reasons.items() if any(reason.certain for reason in why)}
    return result
