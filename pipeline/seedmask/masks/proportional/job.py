"""PMM's masks: one binary CRF for each class; a pixel goes to the class that it has the largest share of."""

import numpy as np

from seedmask.job import Job
from seedmask.masks.background import Background, fitted_background
from seedmask.masks.proportional.options import ProportionalOptions
from seedmask.masks.writing import Seed, write_masks
from seedmask.methods.proportional import proportional_mask, smooth_cams
from seedmask.storage.shard import Shard


def run(job: Job, device: str) -> None:
    """Make the masks of a shard."""
    options = ProportionalOptions.model_validate(job.settings)
    exponent = options.exponent
    fitted = exponent == "label_free"
    background = fitted_background(job) if fitted else Background(exponent, "exponent", "exponent")
    write_masks(Shard(job), device, options, background, mask)


def mask(seed: Seed, options: ProportionalOptions) -> np.ndarray:
    """Mask of one image."""
    return proportional_mask(
        seed.image,
        seed.cams,
        seed.classes,
        exponent=float(seed.background),
        threshold=options.threshold,
        scale=options.scale,
        shares=options.shares,
        crf=options.crf and options.crf.settings(),
    )


def changed_cams(cams: np.ndarray, options: ProportionalOptions) -> np.ndarray | None:
    """The smoothed CAMs, for `seedmask compare`; None where nothing is smoothed."""
    return smooth_cams(cams, threshold=options.threshold, scale=options.scale) if options.scale else None
