"""Class activation maps of one shard."""

import time
from collections.abc import Callable

import numpy as np
import torch

from pipeline.config.classifiers import CamClassifier as ClassifierSettings
from pipeline.config.seeds import MultiScaleSeeds as Settings
from pipeline.data.catalogue import Catalogue
from pipeline.errors import SeedmaskError
from pipeline.job import Job, log
from pipeline.methods.cam import multi_scale_cam
from pipeline.stages.classifiers import build
from pipeline.storage.canvas import CLASSES, cam_spec, encode
from pipeline.storage.reader import Arrays
from pipeline.storage.shard import Task, layout_of, tasks_of, write_shard
from pipeline.storage.training import load_weights, read_manifest


def run(job: Job, device: str) -> None:
    """Compute the seeds of a shard."""
    settings = Settings.model_validate(job.settings)
    catalogue = Catalogue(job.results)
    torch.set_num_threads(settings.threads)
    classifier = read_manifest(job.results, settings.source, job.upstream[settings.source])
    spec = cam_spec(settings.dtype)
    tasks = tasks_of(job, catalogue, settings.splits, {"classifier": classifier.digest})
    untagged = [task.image.id for task in tasks if task.image.tags is None]
    if untagged:
        raise SeedmaskError(
            f"image {untagged[0]} and {len(untagged) - 1} more have no tags; add them or leave out the split"
        )

    network = build(
        ClassifierSettings.model_validate(classifier.settings), len(classifier.facts["classes"]), first_weights=False
    )
    network.load_state_dict(load_weights(job.results, settings.source, classifier))
    forwards = _Timed(network.eval().to(device).score_maps, device)

    def compute(task: Task) -> Arrays:
        picture, classes = catalogue.picture(task.image), task.image.tags
        cams = multi_scale_cam(forwards, picture, classes, settings.scales, settings.flip, device=device)
        return {"cam": encode(cams, spec), "classes": np.array(classes, CLASSES.dtype)}

    started = time.perf_counter()
    write_shard(job, layout_of(job, catalogue, {"cam": spec, "classes": CLASSES}), tasks, compute)
    if forwards.seconds:
        whole = time.perf_counter() - started
        log.info("network forwards %.1f s, the shard %.2f times that", forwards.seconds, whole / forwards.seconds)


class _Timed:
    """A network that adds up the seconds of its forwards."""

    def __init__(self, network: Callable[[torch.Tensor], torch.Tensor], device: str):
        self._network, self._device = network, device
        self.seconds = 0.0

    def __call__(self, images: torch.Tensor) -> torch.Tensor:
        started = time.perf_counter()
        maps = self._network(images)
        if self._device == "cuda":
            torch.cuda.synchronize()
        self.seconds += time.perf_counter() - started
        return maps
