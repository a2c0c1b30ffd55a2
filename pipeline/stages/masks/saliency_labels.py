"""Labels where seeds and saliency agree."""

import numpy as np

from pipeline.config.masks.saliency_labels import SaliencyLabels
from pipeline.job import Job
from pipeline.methods.cams import check_cams
from pipeline.methods.saliency_labels import initial_labels
from pipeline.stages.loops.seed_masks import Background, Seed, fitted, write_masks
from pipeline.storage.shard import Shard


def run(job: Job, device: str) -> None:
    """Make the masks of a shard."""
    options = SaliencyLabels.model_validate(job.settings)
    given = isinstance(options.foreground, float)
    least = Background(options.foreground, "constant", "fixed") if given else fitted(job)
    write_masks(Shard(job), device, options, least, mask)


def mask(seed: Seed, options: SaliencyLabels) -> np.ndarray:
    """Mask of one image."""
    check_cams(seed.cams, seed.classes, seed.image.shape[:2])
    levels = dict(zip(map(int, seed.classes), map(_bytes, seed.cams), strict=True))
    return initial_labels(
        _bytes(seed.others[options.saliency]["map"]),
        levels,
        conflict=options.conflict,
        foreground=seed.background.value,
        background=options.background,
        attention_limit=options.attention_limit,
        min_share=options.min_share,
    )


def _bytes(map_: np.ndarray) -> np.ndarray:
    """Numbers 0..1 in steps of 1/255."""
    return np.rint(255 * np.asarray(map_, np.float32)).astype(np.uint8)
