"""A segmenter's masks of one shard, with the probability of each label."""

import numpy as np
import torch

from pipeline.config.predictions import Predictions as Settings
from pipeline.config.segmenters import Segmenter as SegmenterSettings
from pipeline.data.catalogue import Catalogue
from pipeline.job import Job
from pipeline.methods.crf import CRFSettings, dense_crf
from pipeline.methods.inference import multi_scale_probabilities
from pipeline.stages.segmenters import build
from pipeline.storage.canvas import CONFIDENCE, MASK, encode
from pipeline.storage.reader import Arrays
from pipeline.storage.shard import Task, layout_of, tasks_of, write_shard
from pipeline.storage.training import load_weights, read_manifest


def run(job: Job, device: str) -> None:
    """Predict the images of a shard."""
    settings = Settings.model_validate(job.settings)
    catalogue = Catalogue(job.results)
    torch.set_num_threads(settings.threads)
    segmenter = read_manifest(job.results, settings.source, job.upstream[settings.source])
    network = build(
        SegmenterSettings.model_validate(segmenter.settings), len(segmenter.facts["classes"]) + 1, first_weights=False
    )
    network.load_state_dict(load_weights(job.results, settings.source, segmenter))
    network.eval().to(device)

    def compute(task: Task) -> Arrays:
        picture = catalogue.picture(task.image)
        probabilities = multi_scale_probabilities(
            network,
            picture,
            settings.scales,
            settings.flip,
            window=settings.window,
            stride=settings.window_stride,
            device=device,
        )
        if settings.crf:
            probabilities = dense_crf(picture, probabilities, CRFSettings(**settings.crf.model_dump()))
        confidence = np.clip(probabilities.max(axis=0), 0, 1)
        return {"mask": probabilities.argmax(axis=0).astype(np.uint8), "confidence": encode(confidence, CONFIDENCE)}

    splits = settings.splits or catalogue.index.splits
    tasks = tasks_of(job, catalogue, splits, {"segmenter": segmenter.digest})
    write_shard(job, layout_of(job, catalogue, {"mask": MASK, "confidence": CONFIDENCE}), tasks, compute)
