"""Whether another network predicted a mask of every image."""

from seedmask.job import Job
from seedmask.masks.elsewhere import look_for_masks
from seedmask.predictions.folder.options import PredictionFolderOptions


def run(job: Job, device: str) -> None:  # noqa: ARG001  files are read on the CPU
    """Look for the masks, and write `fit.json`."""
    look_for_masks(job, PredictionFolderOptions.model_validate(job.settings), "keep")
