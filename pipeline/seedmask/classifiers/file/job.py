"""Read a classifier that another program trained."""

from seedmask.classifiers.file.options import ClassifierFileOptions
from seedmask.job import Job
from seedmask.training.from_file import read_network


def run(job: Job, device: str) -> None:  # noqa: ARG001  nothing is computed
    """Read the network of a job."""
    read_network(job, ClassifierFileOptions.model_validate(job.settings))
