"""Seeds spread by a random walk that learned boundaries stop."""

from collections.abc import Callable
from functools import partial

import numpy as np
import torch

from seedmask.inference.classifier import TrainedClassifier
from seedmask.job import Job
from seedmask.masks.background import background_of
from seedmask.masks.random_walk.options import RandomWalkOptions
from seedmask.masks.writing import Seed, write_masks
from seedmask.methods.boundary import boundary_map
from seedmask.methods.random_walk import WalkSettings, double_walk_mask, single_walk_mask
from seedmask.methods.threshold import score_probabilities
from seedmask.storage.shard import Shard


def run(job: Job, device: str) -> None:
    """Make the masks of a shard."""
    options, shard = RandomWalkOptions.model_validate(job.settings), Shard(job)
    torch.set_num_threads(options.threads)
    network = TrainedClassifier(shard, options.boundary, device, options.engine, options.precision)
    logits = network.function("logits")  # of boundaries
    outside = network.network.encoder.normalised.mean.flatten().tolist()
    boundary = partial(boundary_map, logits, device=device, canvas=options.canvas, outside=outside)
    background = background_of(job, options.threshold) if options.walk == "double" else None
    write_masks(shard, device, options, background, partial(mask, boundary=boundary))


def mask(seed: Seed, options: RandomWalkOptions, boundary: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Mask of one image; `boundary` gives its boundaries."""
    edges = boundary(seed.image)
    settings = WalkSettings(options.beta, options.log2_steps, options.radius)
    how = {"power": options.power, "background": options.background, "settings": settings}
    if options.walk == "single":
        return single_walk_mask(seed.cams, edges, seed.classes, **how)
    scores = score_probabilities(seed.cams, seed.background, seed.kind)
    return double_walk_mask(scores, edges, seed.classes, **how)
