"""A trained segmenter with its test-time augmentation."""

from collections.abc import Sequence
from functools import partial

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import nn

from seedmask.config.views import ViewOptions
from seedmask.inference.out_of_memory import run_within_memory
from seedmask.inference.segmenter import trained_segmenter
from seedmask.labels import LabelSet
from seedmask.methods.crf import dense_crf
from seedmask.methods.inference import multi_scale_probabilities
from seedmask.storage.shard import Shard


class Predictor:
    """Masks and probabilities of images. The last bits depend on torch's number of threads: `views.threads`.

    Args:
        network: a segmenter in evaluation mode.
        labels: its labels.
        views: scales, mirror images, windows and CRF.
        device: where the network is, `cpu` or `cuda`.
    """

    def __init__(self, network: nn.Module, labels: LabelSet, views: ViewOptions, device: str):
        self.labels = labels
        self._network, self._views, self._device = network, views, device

    @classmethod
    def from_shard(cls, shard: Shard, views: ViewOptions, device: str) -> "Predictor":
        """The predictor of a job; sets the number of threads of the process to `views.threads`.

        Args:
            shard: the shard that is predicted.
            views: segmenter, views and CRF.
            device: `cpu` or `cuda`.
        """
        torch.set_num_threads(views.threads)
        return cls(*trained_segmenter(shard.job.results, shard.inputs.trained[views.source], device), views, device)

    def predict(
        self, image: UInt8[np.ndarray, "H W 3"], labels: Sequence[int] | None = None
    ) -> tuple[UInt8[np.ndarray, "H W"], Float[np.ndarray, "H W"]]:
        """Mask and probability of its labels, float32 in 0..1.

        Args:
            image: RGB.
            labels: labels that may be predicted, ascending, by default all; probabilities are normalised over them.
        """
        views, allowed = self._views, np.array(self.labels.values if labels is None else labels, np.uint8)
        probabilities = multi_scale_probabilities(
            partial(run_within_memory, self._network),
            image,
            views.scales,
            views.flip,
            window=views.window,
            stride=views.window_stride,
            short_side=views.short_side,
            longest=views.longest,
            resample=views.resample,
            device=self._device,
        )[allowed - self.labels.first]
        probabilities = probabilities / np.maximum(probabilities.sum(axis=0), np.finfo(np.float32).tiny)
        if views.crf:
            probabilities = dense_crf(image, probabilities, views.crf.settings())
        mask = allowed[probabilities.argmax(axis=0)]
        return mask, np.clip(probabilities.max(axis=0), 0, 1)
