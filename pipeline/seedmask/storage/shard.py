"""The job contract of every stage that is cut into shards.

One job writes one whole shard: its images are computed in memory, the shard is renamed into place, then the manifest.
Between those there is no state to repair; a kill at any instant costs at most this shard.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from seedmask.dataset.catalogue import Catalogue
from seedmask.dataset.index import Row, shards_of
from seedmask.errors import SeedmaskError
from seedmask.events import Kept, note, report
from seedmask.fingerprint import digest
from seedmask.job import Job, log, manifest_path
from seedmask.memory import brief, is_exhausted, remedy
from seedmask.storage import canvas
from seedmask.storage.at_once import IN_HAND, in_order
from seedmask.storage.canvas import ArraySpec, Layout, StoreSize
from seedmask.storage.changes import log_changes, store_definitions
from seedmask.storage.files import writing_below
from seedmask.storage.lock import only_writer
from seedmask.storage.manifest import ImageEntry, Manifest, images_digest
from seedmask.storage.reader import Arrays, Inputs, StoredVariant, arrays_digest, read_entry


@dataclass(frozen=True)
class ShardTask:
    """One image to compute.

    Args:
        row: its row in the index.
        image: its entry in the index.
        inputs: digests of all that the result depends on, by name.
    """

    row: int
    image: Row
    inputs: Mapping[str, Any]


class Shard:
    """The shard of a job: its images, its inputs, and its writing.

    Args:
        job: the job.
    """

    def __init__(self, job: Job):
        self.job = job
        self.catalogue = Catalogue(job.results)
        self.rows = list(self.catalogue.rows(job.splits, job.shard))
        self.inputs = Inputs(job, self.rows)

    def write(
        self,
        arrays: Mapping[str, ArraySpec],
        compute: Callable[[Row], Arrays],
        inputs: Callable[[Row], Mapping[str, Any]] = lambda _: {},
        facts: Mapping[str, Any] | None = None,
    ) -> None:
        """Compute and write the shard, unless it exists already, made from the same inputs.

        Args:
            arrays: names and types of an image's arrays.
            compute: makes them, each of the image's own size.
            inputs: what an image depends on besides picture, tags and the variants that are read.
            facts: see `write_shard`.

        Raises:
            SeedmaskError: see `write_shard`.
        """
        tasks = [
            ShardTask(number, row, {"picture": row.digest, **self.inputs.digests(row.id), **inputs(row)})
            for number, row in self.rows
        ]
        index = self.catalogue.index
        layout = Layout(arrays, index.shard_extent, self.job.shard_size)
        write_shard(self.job, layout, StoreSize.of(index), tasks, lambda task: compute(task.image), facts)


def open_variant(job: Job, reference: str, rows: Iterable[tuple[int, Row]]) -> StoredVariant:
    """Shards of another variant that hold some rows of the index, for jobs that need more than one shard."""
    shards = shards_of((number for number, _ in rows), job.shard_size)
    return StoredVariant(job.results, reference, shards, job.upstream[reference])


def write_shard(
    job: Job,
    layout: Layout,
    size: StoreSize,
    tasks: Sequence[ShardTask],
    compute: Callable[[ShardTask], Arrays],
    facts: Mapping[str, Any] | None = None,
) -> None:
    """Compute and write the shard of a job, unless it exists already, made from the same inputs.

    Args:
        job: the job; its `shard` is the shard's number.
        layout: layout of the whole store.
        size: size of the whole store.
        tasks: the images of the shard that the variant covers.
        compute: makes one image's arrays, with the names and types of the layout and the image's own sizes.
        facts: what a reader may want to know of the shard.

    Raises:
        SeedmaskError: an image cannot be computed; the disk is full or read-only.
    """
    declared = manifest_path(job.results, job.stage, job.variant, job.shard)
    sealed = _sealed(job.folder, job.shard)
    fingerprint = digest(
        [job.recipe, layout.as_json(), [[task.row, task.image.id, dict(task.inputs)] for task in tasks]]
    )
    lock = job.folder / "locks" / f"{job.shard}.lock"
    with writing_below(job.folder, "finished shards"), only_writer(lock, job.name):
        manifest = _still_good(sealed, fingerprint, job, layout, tasks)
        if manifest is None:
            declared.unlink(missing_ok=True)
            sealed.unlink(missing_ok=True)
            store_definitions(job)
            manifest = _make(job, layout, size, tasks, compute).model_copy(
                update={
                    "fingerprint": fingerprint,
                    "inputs": _of_all(tasks),
                    "facts": {**_provenance(job), **(facts or {})},
                }
            )
            manifest.write(sealed)
        else:
            _fit_store(job, layout, size)  # the set may have grown elsewhere
        manifest.write(declared)


def _fit_store(job: Job, layout: Layout, size: StoreSize) -> None:
    """Create the store, or let it have the size of the set."""
    with only_writer(job.folder / "locks" / "store.lock", f"{job.name} store"):
        canvas.create(job.folder / "data.zarr", layout, size, _provenance(job))


def _of_all(tasks: Sequence[ShardTask]) -> dict[str, str]:
    """Digest of each input over all images of a shard."""
    names = dict.fromkeys(name for task in tasks for name in task.inputs)
    return {name: digest([task.inputs.get(name) for task in tasks]) for name in names}


def _provenance(job: Job) -> dict[str, str]:
    return {"provenance": job.provenance} if job.provenance else {}


def _make(
    job: Job, layout: Layout, size: StoreSize, tasks: Sequence[ShardTask], compute: Callable[[ShardTask], Arrays]
) -> Manifest:
    rows: dict[int, Arrays] = {}
    entries: list[ImageEntry] = []
    started = time.monotonic()
    one = partial(_computed, job, layout, size, compute)
    for entry, arrays in in_order(one, tasks, IN_HAND[job.device]):
        rows[entry.row] = arrays
        entries.append(entry)
    assert job.shard is not None, job.name
    store = job.folder / "data.zarr"
    _fit_store(job, layout, size)
    # Zarr reads an old shard before it writes a new one, and fails where the old one is torn.
    canvas.clear_shard(store, int(job.shard))
    canvas.write_rows(store, layout, int(job.shard) * layout.shard_size, rows)
    seconds = time.monotonic() - started
    log.info("%d images in %.1f s, %.2f s each", len(tasks), seconds, seconds / max(len(tasks), 1))
    return Manifest(
        stage=job.stage,
        variant=job.variant,
        shard=job.shard,
        recipe=job.recipe,
        fingerprint="",
        settings=job.settings,
        basis=job.basis,
        device=job.device,
        layout=layout.as_json(),
        splits=job.splits,
        pixel_labels=job.pixel_labels,
        made_elsewhere=job.made_elsewhere,
        images=tuple(entries),
        digest=images_digest(tuple(entries)),
    )


def _computed(
    job: Job, layout: Layout, size: StoreSize, compute: Callable[[ShardTask], Arrays], task: ShardTask
) -> tuple[ImageEntry, Arrays]:
    """Arrays of an image, with its entry in the manifest; safe to be called from several threads if `compute` is."""
    image = task.image
    try:
        arrays = compute(task)
    except (ValueError, FloatingPointError) as error:
        raise SeedmaskError(f"image {image.id}: {error}") from error
    except (MemoryError, RuntimeError, OSError) as error:
        if not is_exhausted(error):
            raise
        found = f"image {image.id} of {image.width} x {image.height} pixels: out of memory ({brief(error)})"
        raise SeedmaskError(f"{found}; {remedy(job.stage)}") from error
    slots = _check(job, task, arrays, layout.arrays, size.largest.slots)
    entry = ImageEntry(
        row=task.row, id=image.id, height=image.height, width=image.width, slots=slots, digest=arrays_digest(arrays)
    )
    return entry, arrays


def _check(
    job: Job, task: ShardTask, arrays: Mapping[str, Any], specs: Mapping[str, ArraySpec], most_slots: int
) -> int:
    """Number of slots of an image whose arrays are those of the store and fit it."""
    made_by = f"image {task.image.id}: {job.made_by or job.name} made"
    if set(arrays) != set(specs):
        raise SeedmaskError(f"{made_by} arrays {sorted(arrays)}, expected {sorted(specs)}; mend it")
    for name, array in arrays.items():
        if not isinstance(array, np.ndarray) or array.ndim != len(specs[name].axes):
            found = f"{array.dtype} {array.shape}" if isinstance(array, np.ndarray) else type(array).__name__
            axes = ", ".join(specs[name].axes)
            raise SeedmaskError(f"{made_by} {found} as {name}, expected an array ({axes}); mend it")
    slots = {arrays[name].shape[spec.axes.index("slot")] for name, spec in specs.items() if "slot" in spec.axes} or {0}
    sizes = {"slot": max(slots), "y": task.image.height, "x": task.image.width}
    for name, spec in specs.items():
        expected = tuple(sizes[axis] for axis in spec.axes)
        if arrays[name].shape != expected or arrays[name].dtype != spec.dtype:
            found = f"{arrays[name].dtype} {arrays[name].shape}"
            raise SeedmaskError(f"{made_by} {found} as {name}, expected {spec.dtype} {expected}; mend it")
    if max(slots) > most_slots:
        raise SeedmaskError(f"{made_by} {max(slots)} slots, expected {most_slots} at most; mend it")
    return max(slots)


def _sealed(folder: Path, shard: str | None) -> Path:
    """A second copy of the manifest; Snakemake deletes the declared one before it runs a job again."""
    return folder / "sealed" / f"{shard}.json"


def _still_good(
    sealed: Path, fingerprint: str, job: Job, layout: Layout, tasks: Sequence[ShardTask]
) -> Manifest | None:
    """The manifest of an earlier run, if the fingerprint is the same and the shard is undamaged."""
    if not sealed.exists():
        return None
    try:
        manifest = Manifest.read(sealed)
        if manifest.fingerprint != fingerprint:
            log_changes(manifest, job, _of_all(tasks), layout.as_json())
            return None
        for entry in manifest.images:
            read_entry(job.folder, manifest, entry)
    except SeedmaskError as error:
        note("%s; it is made again", error)
        return None
    report(Kept(), "already there, made from the same inputs: kept")
    return manifest
