"""All pixels of some rectangles."""

from functools import partial

from pipeline.config.weak_labels.blocks import Blocks
from pipeline.job import Job
from pipeline.methods.blocks import simulated_blocks
from pipeline.stages.loops.weak_label_maps import write_annotations
from pipeline.storage.shard import Shard


def run(job: Job, device: str) -> None:  # noqa: ARG001  nothing is computed by a network
    """Make the labels of a shard."""
    options = Blocks.model_validate(job.settings)
    write_annotations(Shard(job), options, partial(simulated_blocks, share=options.share, side=options.side))
