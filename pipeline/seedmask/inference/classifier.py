"""Trained classifiers, rebuilt from their manifests."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import torch

from seedmask.inference.networks import trained_network
from seedmask.inference.out_of_memory import run_within_memory
from seedmask.networks.classifier import ClassifierNetwork
from seedmask.storage.manifest import Manifest
from seedmask.storage.shard import Shard

Output = TypeVar("Output")


def trained_classifier(results: Path, manifest: Manifest, device: str) -> ClassifierNetwork:
    """A network of the classifiers stage in evaluation mode.

    Args:
        results: folder of all results of the data set.
        manifest: of the classifier.
        device: `cpu` or `cuda`.

    Raises:
        SeedmaskError: its weights are missing, damaged or of another run, or its method has no network.
    """
    return trained_network(results, manifest, device)


class TrainedClassifier:
    """A network of the classifiers stage that measures its own computing time.

    A call computes score maps (N, C, h, w) of RGB images (N, 3, H, W) in 0..1.

    Args:
        shard: the shard whose images it is applied to.
        reference: the classifier, `classifiers/cam`.
        device: `cpu` or `cuda`.
    """

    def __init__(self, shard: Shard, reference: str, device: str):
        manifest = shard.inputs.trained[reference]
        self.classes = len(manifest.facts["classes"])
        self.device = device
        self.seconds = 0.0
        """Seconds that the network has computed."""
        self.network = trained_classifier(shard.job.results, manifest, device)

    def __call__(self, images: torch.Tensor) -> torch.Tensor:
        """Score maps of images."""
        return self.timed(self.network.score_maps, images)

    def timed(self, function: Callable[[torch.Tensor], Output], images: torch.Tensor) -> Output:
        """Outputs of a function of the network for images; adds to `seconds`."""
        started = time.perf_counter()
        output = run_within_memory(function, images)
        if self.device == "cuda":
            torch.cuda.synchronize()
        self.seconds += time.perf_counter() - started
        return output
