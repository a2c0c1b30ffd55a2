"""Read and check the images, tags and masks of one shard of the listing.

Files that have not changed since they were read are not read again. Problems are written down; the job `index` reports
those of all shards at once.
"""

from contextlib import suppress
from functools import partial
from pathlib import Path

from seedmask.config.dataset import Dataset, read_dataset
from seedmask.dataset.entries import ListedImage
from seedmask.dataset.formats import mask_codes
from seedmask.dataset.index import index_row, read_rows, sealed_path, truth_path
from seedmask.dataset.index_writing import write_index_shard
from seedmask.dataset.listing import planned_listing
from seedmask.dataset.picture_reading import asked_reading
from seedmask.dataset.reading import ImageReader, reuse_facts
from seedmask.errors import SeedmaskError
from seedmask.events import note
from seedmask.job import Job, log
from seedmask.storage.files import writing_below
from seedmask.storage.lock import only_writer


def run(job: Job, device: str) -> None:  # noqa: ARG001  pictures are read on the CPU
    """Write the rows of a shard, their digest, and its manifest."""
    settings, folder, shard = job.settings, job.results / "index", _shard(job)
    dataset = read_dataset(settings["dataset"])
    with writing_below(folder, "finished shards"), only_writer(folder / "locks" / f"{shard}.lock", job.name):
        images = reuse_facts(_listed(job, dataset), _earlier(job))
        asked = asked_reading(dataset)
        labels = range(*settings["labels"])
        known = labels, settings["reader"], asked, mask_codes(dataset), dataset.tags_from_truth
        reader = ImageReader(Path(dataset.root), dataset.readable_side, *known, partial(truth_path, job.results))
        new = sum(not reader.is_known(image) for image in images)
        read, problems, values = reader.read_values(images)
        write_index_shard(job.results, shard, read, problems, None if asked.is_plain else values)
    for image in read:
        if image.facts and image.facts.note:
            note("%s: %s", index_row(image).name, image.facts.note)
    log.info("%d pictures, %d of them read, %d problems", len(images), new, len(problems))


def _listed(job: Job, dataset: Dataset) -> list[ListedImage]:
    """The images that the job was planned with."""
    shard, planned = _shard(job), job.settings["listed"]
    listing = planned_listing(dataset, job.results, lambda listing: listing.digests.get(shard) == planned)
    return list(listing.images(shard))


def _earlier(job: Job) -> list[ListedImage]:
    """The images of this shard when it was last made."""
    with suppress(SeedmaskError):
        return read_rows(job.results, _shard(job), sealed_path(job.results, _shard(job)))
    return []


def _shard(job: Job) -> str:
    if job.shard is None:
        raise ValueError(f"{job.name} names no shard")
    return job.shard
