"""PMM's masks: one binary CRF for each class, and a pixel to the class that it has the largest share of."""

import numpy as np

from seedmask.job import Job
from seedmask.masks.proportional.options import ProportionalOptions
from seedmask.masks.writing import Background, Seed, fitted, write_masks
from seedmask.methods.proportional import proportional_mask, smooth_cams
from seedmask.storage.shard import Shard


def run(job: Job, device: str) -> None:
    """Make the masks of a shard."""
    options = ProportionalOptions.model_validate(job.settings)
    given = isinstance(options.exponent, float)
    background = Background(options.exponent, "exponent", "exponent") if given else fitted(job)
    write_masks(Shard(job), device, options, background, mask)


def mask(seed: Seed, options: ProportionalOptions) -> np.ndarray:
    """Mask of one image."""
    return proportional_mask(
        seed.image,
        seed.cams,
        seed.classes,
        exponent=seed.background.value,
        threshold=options.threshold,
        scale=options.scale,
        shares=options.shares,
        crf=options.crf and options.crf.settings(),
    )


def changed_cams(cams: np.ndarray, options: ProportionalOptions) -> np.ndarray | None:
    """The maps as the method looks at them, for people; None where it takes them as they are."""
    return smooth_cams(cams, threshold=options.threshold, scale=options.scale) if options.scale else None
