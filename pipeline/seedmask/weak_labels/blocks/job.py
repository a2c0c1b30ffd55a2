"""All pixels of some rectangles."""

from functools import partial

from seedmask.job import Job
from seedmask.methods.blocks import simulated_blocks
from seedmask.storage.shard import Shard
from seedmask.weak_labels.blocks.options import BlocksOptions
from seedmask.weak_labels.writing import write_annotations


def run(job: Job, device: str) -> None:  # noqa: ARG001  needs no network
    """Make the labels of a shard."""
    options = BlocksOptions.model_validate(job.settings)
    write_annotations(Shard(job), options, partial(simulated_blocks, share=options.share, side=options.side))
