"""A trained classifier that is asked for the scores of its classes at each place."""

import importlib
import time

import torch

from pipeline.config.rooms import options_of
from pipeline.storage.shard import Shard
from pipeline.storage.training import load_weights


class TrainedClassifier:
    """RGB (N, 3, H, W) in 0..1 to score maps (N, C, h, w); adds up the seconds that this takes.

    Args:
        shard: the shard whose images are shown to it.
        reference: the classifier, `classifiers/cam`.
        device: `cpu` or `cuda`.
    """

    def __init__(self, shard: Shard, reference: str, device: str):
        manifest = shard.inputs.trained[reference]
        self.classes = len(manifest.facts["classes"])
        self.device = device
        self.seconds = 0.0
        options = options_of("classifiers", manifest.settings)
        network = importlib.import_module(options.network()).build(options, self.classes, first_weights=False)
        network.load_state_dict(load_weights(shard.job.results, reference, manifest))
        self._score_maps = network.eval().to(device).score_maps

    def __call__(self, images: torch.Tensor) -> torch.Tensor:
        """Score maps of pictures."""
        started = time.perf_counter()
        maps = self._score_maps(images)
        if self.device == "cuda":
            torch.cuda.synchronize()
        self.seconds += time.perf_counter() - started
        return maps
