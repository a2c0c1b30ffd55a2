"""A trained segmenter with the views it is shown."""

from collections.abc import Sequence

import numpy as np
import torch

from pipeline.config.views import Views
from pipeline.data.index import Row
from pipeline.machines.kernels import kernels
from pipeline.machines.segmenter import trained_segmenter
from pipeline.methods.crf import dense_crf
from pipeline.methods.inference import multi_scale_probabilities
from pipeline.storage.shard import Shard


class Predictor:
    """Masks and probabilities of a shard's images.

    Args:
        shard: the shard that is predicted.
        views: segmenter, views and CRF.
        device: `cpu` or `cuda`.
    """

    def __init__(self, shard: Shard, views: Views, device: str):
        torch.set_num_threads(views.threads)
        self._catalogue, self._views, self._device = shard.catalogue, views, device
        self._network, self.labels = trained_segmenter(shard, views.source, device)

    def predict(self, row: Row, labels: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
        """Mask and probability of its labels, 0..1.

        Args:
            row: the image.
            labels: labels that may be predicted, ascending; probabilities are shared among them.
        """
        views, picture = self._views, self._catalogue.picture(row)
        enlargement = views.short_side / min(picture.shape[:2]) if views.short_side else 1.0
        probabilities = multi_scale_probabilities(
            self._network,
            picture,
            [scale * enlargement for scale in views.scales],
            views.flip,
            window=views.window,
            stride=views.window_stride,
            device=self._device,
        )[list(labels)]
        probabilities = probabilities / np.maximum(probabilities.sum(axis=0), np.finfo(np.float32).tiny)
        if views.crf:
            probabilities = dense_crf(picture, probabilities, kernels(views.crf))
        mask = np.array(labels, np.uint8)[probabilities.argmax(axis=0)]
        return mask, np.clip(probabilities.max(axis=0), 0, 1)
