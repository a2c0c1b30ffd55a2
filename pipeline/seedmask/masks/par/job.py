"""Seeds after pixel-adaptive refinement."""

import numpy as np
import torch

from seedmask.job import Job
from seedmask.masks.background import background_of
from seedmask.masks.par.options import ParOptions
from seedmask.masks.writing import Seed, write_masks
from seedmask.methods.par import par_mask
from seedmask.storage.shard import Shard


def run(job: Job, device: str) -> None:
    """Make the masks of a shard."""
    options = ParOptions.model_validate(job.settings)
    torch.set_num_threads(options.threads)
    write_masks(Shard(job), device, options, background_of(job, options.threshold), mask)


def mask(seed: Seed, options: ParOptions) -> np.ndarray:
    """Mask of one image."""
    return par_mask(
        seed.image,
        seed.cams,
        seed.classes,
        background=seed.background,
        kind=seed.kind,
        dilations=options.dilations,
        iterations=options.iterations,
        device=seed.device,
    )
