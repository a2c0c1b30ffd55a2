"""Read a segmenter that another program trained."""

from seedmask.job import Job
from seedmask.segmenters.file.options import SegmenterFileOptions
from seedmask.training.from_file import read_network


def run(job: Job, device: str) -> None:  # noqa: ARG001  nothing is computed
    """Read the network of a job."""
    read_network(job, SegmenterFileOptions.model_validate(job.settings))
