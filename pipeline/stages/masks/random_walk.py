"""Seeds spread by a random walk that learned boundaries stop."""

from functools import partial

import numpy as np
import torch

from pipeline.config.masks.random_walk import RandomWalkMasks
from pipeline.job import Job
from pipeline.machines.classifier import TrainedClassifier
from pipeline.methods.boundary import boundary_map
from pipeline.methods.random_walk import WalkSettings, double_walk_mask, single_walk_mask
from pipeline.methods.threshold import score_probabilities
from pipeline.stages.loops.seed_masks import Seed, background_of, write_masks
from pipeline.storage.shard import Shard


def run(job: Job, device: str) -> None:
    """Make the masks of a shard."""
    options, shard = RandomWalkMasks.model_validate(job.settings), Shard(job)
    torch.set_num_threads(options.threads)
    network = TrainedClassifier(shard, options.boundary, device).network
    background = background_of(job, options.threshold) if options.walk == "double" else None
    write_masks(shard, device, options, background, partial(mask, boundaries=network.logits))


def mask(seed: Seed, options: RandomWalkMasks, boundaries) -> np.ndarray:
    """Mask of one image, with the network that says where boundaries are."""
    boundary = boundary_map(boundaries, seed.image, device=seed.device)
    settings = WalkSettings(options.beta, options.log2_steps, options.radius)
    how = {"power": options.power, "background": options.background, "settings": settings}
    if options.walk == "single":
        return single_walk_mask(seed.cams, boundary, seed.classes, **how)
    scores = score_probabilities(seed.cams, seed.background.value, seed.background.kind)
    return double_walk_mask(scores, boundary, seed.classes, **how)
