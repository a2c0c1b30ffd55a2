"""Seeds after one dense CRF over background and the classes present."""

import numpy as np

from pipeline.config.masks.crf import CrfMasks
from pipeline.job import Job
from pipeline.machines.kernels import kernels
from pipeline.methods.crf import joint_crf_mask
from pipeline.stages.loops.seed_masks import Seed, background_of, write_masks
from pipeline.storage.shard import Shard


def run(job: Job, device: str) -> None:
    """Make the masks of a shard."""
    options = CrfMasks.model_validate(job.settings)
    write_masks(Shard(job), device, options, background_of(job, options.threshold), mask)


def mask(seed: Seed, options: CrfMasks) -> np.ndarray:
    """Mask of one image."""
    return joint_crf_mask(
        seed.image,
        seed.cams,
        seed.classes,
        background=seed.background.value,
        kind=seed.background.kind,
        unary=options.unary,
        confidence=options.confidence,
        settings=kernels(options.crf),
    )
