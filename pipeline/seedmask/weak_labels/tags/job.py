"""Confident labels of seeds or masks."""

from seedmask.dataset.index import Row
from seedmask.job import Job
from seedmask.masks.background import background_of
from seedmask.methods.confident_labels import sure_labels
from seedmask.methods.weak_labels import UNLABELLED, VOID, Labels, uncertain_band
from seedmask.seeds.cam_sets import CamSets
from seedmask.storage.shard import Shard
from seedmask.weak_labels.tags.options import TagsOptions
from seedmask.weak_labels.writing import write_weak_labels


def run(job: Job, device: str) -> None:  # noqa: ARG001  needs no network
    """Make the labels of a shard."""
    options, shard = TagsOptions.model_validate(job.settings), Shard(job)
    source = shard.inputs.stored[options.source]
    cams = CamSets(source, options.cams)
    level = background_of(job, options.threshold).value if options.from_seeds else 0.0

    def labels(row: Row) -> Labels:
        if options.from_seeds:
            arrays = cams.read(row.id)
            low = None if options.background_factor is None else options.background_factor * level
            sure = sure_labels(arrays["cam"], arrays["classes"], foreground=level, background=low)
        else:
            mask = source.read(row.id)["mask"].copy()
            mask[mask == VOID] = UNLABELLED
            sure = mask
        return uncertain_band(sure, options.band)

    write_weak_labels(shard, labels)
