"""What seeds or masks are sure of."""

from pipeline.config.weak_labels.tags import TagLabels
from pipeline.data.index import Row
from pipeline.job import Job
from pipeline.machines.map_sets import MapSets
from pipeline.methods.confident_labels import sure_labels
from pipeline.methods.weak_labels import UNLABELLED, VOID, Labels, uncertain_band
from pipeline.stages.loops.seed_masks import background_of
from pipeline.stages.loops.weak_label_maps import write_weak_labels
from pipeline.storage.shard import Shard


def run(job: Job, device: str) -> None:  # noqa: ARG001  nothing is computed by a network
    """Make the labels of a shard."""
    options, shard = TagLabels.model_validate(job.settings), Shard(job)
    source = shard.inputs.stored[options.source]
    maps = MapSets(source, options.maps)
    level = background_of(job, options.threshold).value if options.from_seeds else 0.0

    def labels(row: Row) -> Labels:
        if options.from_seeds:
            found = maps.read(row.id)
            low = options.background_factor * level
            sure = sure_labels(found["cam"], found["classes"], foreground=level, background=low)
        else:
            mask = source.read(row.id)["mask"].copy()
            mask[mask == VOID] = UNLABELLED
            sure = mask
        return uncertain_band(sure, options.band)

    write_weak_labels(shard, labels)
