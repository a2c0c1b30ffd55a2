"""Labels where seeds and saliency agree."""

import numpy as np

from seedmask.job import Job
from seedmask.masks.background import Background, fitted_background
from seedmask.masks.saliency_labels.options import SaliencyLabelsOptions
from seedmask.masks.writing import Seed, write_masks
from seedmask.methods.cams import check_cams
from seedmask.methods.saliency_labels import initial_labels
from seedmask.storage.shard import Shard


def run(job: Job, device: str) -> None:
    """Make the masks of a shard."""
    options = SaliencyLabelsOptions.model_validate(job.settings)
    foreground = options.foreground
    fitted = foreground == "label_free"
    background = fitted_background(job) if fitted else Background(foreground, "constant", "fixed")
    write_masks(Shard(job), device, options, background, mask)


def mask(seed: Seed, options: SaliencyLabelsOptions) -> np.ndarray:
    """Mask of one image."""
    check_cams(seed.cams, seed.classes, seed.image.shape[:2])
    attention = dict(zip(map(int, seed.classes), map(_bytes, seed.cams), strict=True))
    return initial_labels(
        _bytes(seed.others[options.saliency]["map"]),
        attention,
        conflict=options.conflict,
        foreground=float(seed.background),
        background=options.background,
        attention_limit=options.attention_limit,
        min_share=options.min_share,
    )


def _bytes(values: np.ndarray) -> np.ndarray:
    """Numbers 0..1 as bytes, in steps of 1/255."""
    return np.rint(255 * np.asarray(values, np.float32)).astype(np.uint8)
