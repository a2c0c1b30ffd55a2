"""Trained classifiers, rebuilt from their manifests."""

import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import torch

from seedmask.config.base import Engine, Precision
from seedmask.inference.networks import trained_source
from seedmask.inference.out_of_memory import run_within_memory
from seedmask.storage.shard import Shard

if TYPE_CHECKING:
    from seedmask.networks.classifier import ClassifierNetwork

Output = TypeVar("Output")


class TrainedClassifier:
    """A network of the classifiers stage that measures its own computing time.

    A call computes score maps (N, C, h, w) of RGB images (N, 3, H, W) in 0..1. Torch's number of threads must be set
    before the first one.

    Args:
        shard: the shard whose images it is applied to.
        reference: the classifier, `classifiers/cam`.
        device: `cpu` or `cuda`.
        engine: what computes it.
        precision: number format that it is computed in.

    Raises:
        SeedmaskError: its weights are missing, damaged or of another run.
    """

    def __init__(
        self,
        shard: Shard,
        reference: str,
        device: str,
        engine: Engine = "auto",
        precision: Precision = "float32",
    ):
        manifest = shard.inputs.trained[reference]
        self.classes = len(manifest.facts["classes"])
        self.device = device
        self.seconds = 0.0
        """Seconds that the network has computed; not measured on a GPU, which would have to be waited for."""
        self._source = trained_source(shard.job.results, manifest, device)
        self._engine: Engine = engine
        self._precision: Precision = precision
        self._score_maps = self.function("score_maps")

    @property
    def network(self) -> "ClassifierNetwork":
        """The network itself, in evaluation mode."""
        return self._source.network

    def __call__(self, images: torch.Tensor) -> torch.Tensor:
        """Score maps of images."""
        return self._score_maps(images)

    def function(self, name: str) -> Callable[[torch.Tensor], Any]:
        """A function of the network for images, such as `logits`; adds to `seconds`.

        Args:
            name: a method that returns a tensor (N, ...) or a named tuple of such tensors.
        """
        return partial(self._timed, self._source.function(name, self._engine, self.device, self._precision))

    def _timed(self, function: Callable[[torch.Tensor], Output], images: torch.Tensor) -> Output:
        started = time.perf_counter()
        output = run_within_memory(function, images)
        if self.device == "cpu":
            self.seconds += time.perf_counter() - started
        return output
