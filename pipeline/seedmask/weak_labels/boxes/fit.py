"""Boxes of a file with those of all pictures, cut into what the job of each shard reads of them."""

from seedmask.job import Job
from seedmask.weak_labels.annotations import cut_into_shards
from seedmask.weak_labels.boxes.files import read_boxes


def run(job: Job, device: str) -> None:  # noqa: ARG001  nothing is computed by a network
    """Write a part for each shard, and `fit.json`."""
    cut_into_shards(job, read_boxes)
