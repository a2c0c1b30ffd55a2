"""Masks that another program made."""

from seedmask.job import Job
from seedmask.masks.elsewhere import write_found_masks
from seedmask.masks.folder.options import MaskFolderOptions
from seedmask.storage.shard import Shard


def run(job: Job, device: str) -> None:  # noqa: ARG001  files are read on the CPU
    """Read the masks of a shard."""
    options = MaskFolderOptions.model_validate(job.settings)
    write_found_masks(Shard(job), options, options.other_classes)
