"""Trained networks, built again from what their manifests say."""

import importlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import torch
from torch import nn

from seedmask.config.registry import options_of
from seedmask.inference.out_of_memory import run_within_memory
from seedmask.storage.manifest import Manifest
from seedmask.storage.shard import Shard
from seedmask.storage.training import load_weights

Answer = TypeVar("Answer")


def trained_classifier(results: Path, manifest: Manifest, device: str) -> nn.Module:
    """A network of the classifiers stage in evaluation mode.

    Args:
        results: folder of all results of the data set.
        manifest: of the classifier.
        device: `cpu` or `cuda`.

    Raises:
        SeedmaskError: its weights are missing, damaged or of another run.
    """
    options = options_of("classifiers", manifest.settings)
    build = importlib.import_module(options.network()).build
    network = build(options, len(manifest.facts["classes"]), first_weights=False)
    network.load_state_dict(load_weights(results, manifest.name, manifest))
    return network.eval().to(device)


class TrainedClassifier:
    """A network of the classifiers stage; adds up the seconds that it is asked for.

    Called, it gives the scores of its classes: RGB (N, 3, H, W) in 0..1 to maps (N, C, h, w).

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
        self.network = trained_classifier(shard.job.results, manifest, device)

    def __call__(self, images: torch.Tensor) -> torch.Tensor:
        """Score maps of pictures."""
        return self.timed(self.network.score_maps, images)

    def timed(self, asked: Callable[[torch.Tensor], Answer], images: torch.Tensor) -> Answer:
        """What a function of the network says of pictures."""
        started = time.perf_counter()
        answer = run_within_memory(asked, images)
        if self.device == "cuda":
            torch.cuda.synchronize()
        self.seconds += time.perf_counter() - started
        return answer
