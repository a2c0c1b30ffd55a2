"""A segmenter's masks of one shard, with the probability of each label."""

from collections.abc import Sequence

import numpy as np
import torch

from pipeline.config.masks import CyclicMasks
from pipeline.config.predictions import Predictions as Settings
from pipeline.config.segmenters import Segmenter as SegmenterSettings
from pipeline.data.catalogue import Catalogue
from pipeline.data.index import Row
from pipeline.errors import SeedmaskError
from pipeline.job import Job
from pipeline.methods.crf import dense_crf
from pipeline.methods.inference import multi_scale_probabilities
from pipeline.stages.kernels import kernels
from pipeline.stages.segmenters import build
from pipeline.storage.canvas import CONFIDENCE, MASK, encode
from pipeline.storage.reader import Arrays
from pipeline.storage.shard import Task, layout_of, tasks_of, write_shard
from pipeline.storage.training import load_weights, read_manifest


def run(job: Job, device: str) -> None:
    """Predict the images of a shard."""
    settings = Settings.model_validate(job.settings)
    catalogue = Catalogue(job.results)
    predictor = Predictor(job, catalogue, settings, device)

    def compute(task: Task) -> Arrays:
        mask, confidence = predictor.predict(task.image, range(predictor.labels))
        return {"mask": mask, "confidence": encode(confidence, CONFIDENCE)}

    tasks = tasks_of(job, catalogue, settings.splits or catalogue.index.splits, {"segmenter": predictor.digest})
    write_shard(job, layout_of(job, catalogue, {"mask": MASK, "confidence": CONFIDENCE}), tasks, compute)


class Predictor:
    """A trained segmenter with the views it is shown.

    Args:
        job: the job that predicts.
        catalogue: the data set.
        settings: segmenter, views and CRF.
        device: `cpu` or `cuda`.
    """

    def __init__(self, job: Job, catalogue: Catalogue, settings: Settings | CyclicMasks, device: str):
        torch.set_num_threads(settings.threads)
        self._catalogue, self._settings, self._device = catalogue, settings, device
        segmenter = read_manifest(job.results, settings.source, job.upstream[settings.source])
        self.digest: str = segmenter.digest
        self.labels = len(segmenter.facts["classes"]) + 1
        trained = SegmenterSettings.model_validate(segmenter.settings)
        network = build(trained, self.labels, first_weights=False)
        network.load_state_dict(load_weights(job.results, settings.source, segmenter))
        self._network = network.eval().to(device)

    def predict(self, row: Row, labels: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
        """Mask and probability of its labels, 0..1.

        Args:
            row: the image.
            labels: labels that may be predicted, ascending; probabilities are shared among them.
        """
        settings, picture = self._settings, self._catalogue.picture(row)
        enlargement = settings.short_side / min(picture.shape[:2]) if settings.short_side else 1.0
        probabilities = multi_scale_probabilities(
            self._network,
            picture,
            [scale * enlargement for scale in settings.scales],
            settings.flip,
            window=settings.window,
            stride=settings.window_stride,
            device=self._device,
        )[list(labels)]
        probabilities = probabilities / np.maximum(probabilities.sum(axis=0), np.finfo(np.float32).tiny)
        if settings.crf:
            probabilities = dense_crf(picture, probabilities, kernels(settings.crf))
        mask = np.array(labels, np.uint8)[probabilities.argmax(axis=0)]
        return mask, np.clip(probabilities.max(axis=0), 0, 1)


def allowed_labels(row: Row, count: int) -> list[int]:
    """Background and the labels of an image's tags.

    Raises:
        SeedmaskError: the image has no tags.
    """
    if row.tags is None:
        raise SeedmaskError(f"image {row.id} has no tags to filter by; add them, or set `filter_by_tags: false`")
    return [label for label in range(count) if label == 0 or label - 1 in row.tags]
