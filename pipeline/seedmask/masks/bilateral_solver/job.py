"""Seeds after the fast bilateral solver."""

import numpy as np
import torch

from seedmask.job import Job
from seedmask.masks.background import background_of
from seedmask.masks.bilateral_solver.options import BilateralSolverOptions
from seedmask.masks.writing import Seed, write_masks
from seedmask.methods.bilateral_solver import bilateral_solver_mask
from seedmask.storage.shard import Shard


def run(job: Job, device: str) -> None:
    """Make the masks of a shard."""
    options = BilateralSolverOptions.model_validate(job.settings)
    torch.set_num_threads(options.threads)
    write_masks(Shard(job), device, options, background_of(job, options.threshold), mask)


def mask(seed: Seed, options: BilateralSolverOptions) -> np.ndarray:
    """Mask of one image."""
    return bilateral_solver_mask(
        seed.image,
        seed.cams,
        seed.classes,
        background=seed.background,
        kind=seed.kind,
        spatial=options.spatial,
        luma=options.luma,
        chroma=options.chroma,
        smoothness=options.smoothness,
        iterations=options.iterations,
        device=seed.device,
    )
