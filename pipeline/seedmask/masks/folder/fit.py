"""Whether another program made a mask of every image."""

from seedmask.job import Job
from seedmask.masks.elsewhere import look_for_masks
from seedmask.masks.folder.options import MaskFolderOptions


def run(job: Job, device: str) -> None:  # noqa: ARG001  files are read on the CPU
    """Look for the masks, and write `fit.json`."""
    options = MaskFolderOptions.model_validate(job.settings)
    look_for_masks(job, options, options.other_classes)
