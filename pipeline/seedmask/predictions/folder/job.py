"""Masks that another network predicted."""

from seedmask.job import Job
from seedmask.masks.elsewhere import write_found_masks
from seedmask.predictions.folder.options import PredictionFolderOptions
from seedmask.storage.shard import Shard


def run(job: Job, device: str) -> None:  # noqa: ARG001  files are read on the CPU
    """Read the masks of a shard."""
    write_found_masks(Shard(job), PredictionFolderOptions.model_validate(job.settings), "keep")
