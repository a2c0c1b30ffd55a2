"""Seed masks: the strongest class above a background score."""

import numpy as np

from pipeline.config.masks.threshold import ThresholdMasks
from pipeline.job import Job
from pipeline.methods.threshold import threshold_labels
from pipeline.stages.loops.seed_masks import Seed, background_of, write_masks
from pipeline.storage.shard import Shard


def run(job: Job, device: str) -> None:
    """Make the masks of a shard."""
    options = ThresholdMasks.model_validate(job.settings)
    write_masks(Shard(job), device, options, background_of(job, options.threshold), mask)


def mask(seed: Seed, options: ThresholdMasks) -> np.ndarray:  # noqa: ARG001  all it needs is in the seed
    """Mask of one image."""
    return threshold_labels(seed.cams, seed.classes, seed.background.value, seed.background.kind)
