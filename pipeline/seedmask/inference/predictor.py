"""A trained segmenter with its test-time augmentation."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from jaxtyping import Float, UInt8

from seedmask.config.views import ViewOptions
from seedmask.inference.out_of_memory import run_within_memory
from seedmask.inference.segmenter import trained_segmenter
from seedmask.labels import LabelSet
from seedmask.methods.coarse_logits import CoarseLogits
from seedmask.methods.crf import LEAST_PROBABILITY, dense_crf
from seedmask.methods.inference import PresentProbabilities, most_probable, probability_strips
from seedmask.storage.shard import Shard


class Predictor:
    """Masks and probabilities of images. The last bits depend on torch's number of threads: `views.threads`.

    Args:
        network: coarse logits of images, as segmenters have them.
        labels: its labels.
        views: scales, mirror images, windows and CRF.
        device: where the network is, `cpu` or `cuda`.
    """

    def __init__(
        self, network: Callable[[torch.Tensor], CoarseLogits], labels: LabelSet, views: ViewOptions, device: str
    ):
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
        network, labels = trained_segmenter(shard.job.results, shard.inputs.trained[views.source], device)
        coarse_logits = network.function("coarse_logits", views.engine, device, views.precision)
        return cls(coarse_logits, labels, views, device)

    def predict(
        self, image: UInt8[np.ndarray, "H W 3"], labels: Sequence[int] | None = None
    ) -> tuple[UInt8[np.ndarray, "H W"], Float[np.ndarray, "H W"]]:
        """Mask and probability of its labels, float32 in 0..1.

        Args:
            image: RGB.
            labels: labels that may be predicted, ascending, by default all; probabilities are normalised over them.
        """
        views, allowed = self._views, np.array(self.labels.values if labels is None else labels, np.uint8)
        strips = probability_strips(
            self._coarse_logits,
            image,
            views.scales,
            views.flip,
            window=views.window,
            stride=views.window_stride,
            channels=None if labels is None else [label - self.labels.first for label in labels],
            short_side=views.short_side,
            longest=views.longest,
            resample=views.resample,
            device=self._device,
        )
        if views.crf is None:
            numbers, probability = most_probable(strips, image.shape[:2])
        else:
            kept = PresentProbabilities(strips, image.shape[:2], LEAST_PROBABILITY)
            present = kept.present if views.crf.classes == "present" else range(len(allowed))
            marginals = dense_crf(image, kept.planes(present), views.crf.settings())
            numbers, probability = marginals.argmax(axis=0), marginals.max(axis=0)
            allowed = allowed[list(present)]
        return allowed[numbers], np.clip(probability, 0, 1)

    def _coarse_logits(self, images: torch.Tensor) -> CoarseLogits:
        return CoarseLogits(*run_within_memory(self._network, images))
