"""Seeds after one dense CRF over background and the classes present."""

import numpy as np

from seedmask.job import Job
from seedmask.masks.background import background_of
from seedmask.masks.crf.options import CrfOptions
from seedmask.masks.writing import Seed, write_masks
from seedmask.methods.crf import joint_crf_mask
from seedmask.storage.shard import Shard


def run(job: Job, device: str) -> None:
    """Make the masks of a shard."""
    options = CrfOptions.model_validate(job.settings)
    write_masks(Shard(job), device, options, background_of(job, options.threshold), mask)


def mask(seed: Seed, options: CrfOptions) -> np.ndarray:
    """Mask of one image."""
    return joint_crf_mask(
        seed.image,
        seed.cams,
        seed.classes,
        background=seed.background,
        kind=seed.kind,
        unary=options.unary,
        confidence=options.confidence,
        settings=options.crf.settings(),
    )
