"""Boxes of a file with those of all pictures, cut into what the job of each shard reads of them."""

from pipeline.data.weak_labels.boxes import read_boxes
from pipeline.job import Job
from pipeline.stages.loops.given_labels import cut_into_shards


def run(job: Job, device: str) -> None:  # noqa: ARG001  nothing is computed by a network
    """Write a part for each shard, and `fit.json`."""
    cut_into_shards(job, read_boxes)
