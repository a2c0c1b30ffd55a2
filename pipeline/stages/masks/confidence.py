"""Labels where a high and a low background score agree."""

import numpy as np

from pipeline.config.masks.confidence import ConfidenceMasks
from pipeline.job import Job
from pipeline.machines.kernels import kernels
from pipeline.methods.confidence import confidence_labels
from pipeline.stages.loops.seed_masks import Seed, background_of, write_masks
from pipeline.storage.shard import Shard


def run(job: Job, device: str) -> None:
    """Make the masks of a shard."""
    options = ConfidenceMasks.model_validate(job.settings)
    write_masks(Shard(job), device, options, background_of(job, options.threshold), mask)


def mask(seed: Seed, options: ConfidenceMasks) -> np.ndarray:
    """Mask of one image."""
    return confidence_labels(
        seed.image,
        seed.cams,
        seed.classes,
        background=seed.background.value,
        kind=seed.background.kind,
        background_factor=options.background_factor,
        confidence=options.confidence,
        settings=kernels(options.crf),
    )
