"""Labels where a high and a low background score agree."""

import numpy as np

from seedmask.job import Job
from seedmask.masks.background import background_of
from seedmask.masks.confidence.options import ConfidenceOptions
from seedmask.masks.writing import Seed, write_masks
from seedmask.methods.confidence import confidence_labels
from seedmask.storage.shard import Shard


def run(job: Job, device: str) -> None:
    """Make the masks of a shard."""
    options = ConfidenceOptions.model_validate(job.settings)
    write_masks(Shard(job), device, options, background_of(job, options.threshold), mask)


def mask(seed: Seed, options: ConfidenceOptions) -> np.ndarray:
    """Mask of one image."""
    return confidence_labels(
        seed.image,
        seed.cams,
        seed.classes,
        background=seed.background,
        kind=seed.kind,
        background_factor=options.background_factor,
        confidence=options.confidence,
        settings=options.crf.settings(),
    )
