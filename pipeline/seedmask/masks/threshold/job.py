"""Seed masks: the strongest class above a background score."""

import numpy as np

from seedmask.job import Job
from seedmask.masks.background import background_of
from seedmask.masks.threshold.options import ThresholdOptions
from seedmask.masks.writing import Seed, write_masks
from seedmask.methods.threshold import threshold_labels
from seedmask.storage.shard import Shard


def run(job: Job, device: str) -> None:
    """Make the masks of a shard."""
    options = ThresholdOptions.model_validate(job.settings)
    write_masks(Shard(job), device, options, background_of(job, options.threshold), mask)


def mask(seed: Seed, options: ThresholdOptions) -> np.ndarray:  # noqa: ARG001  the seed holds the score
    """Mask of one image."""
    return threshold_labels(seed.cams, seed.classes, seed.background, seed.kind)
