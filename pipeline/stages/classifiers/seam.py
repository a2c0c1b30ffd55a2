"""Train SEAM on whole pictures, or on PMM's tiles."""

from functools import partial

import torch
from torch import nn

from pipeline.config.classifiers.seam import SeamClassifier
from pipeline.job import Job
from pipeline.machines.epochs import Batch
from pipeline.machines.tile_views import TileViews
from pipeline.methods.seam import seam_loss, smaller_view
from pipeline.nets.classifiers.seam import build
from pipeline.stages.loops.lesson import Class, Lesson, Views, train


def run(job: Job, device: str) -> None:
    """Train the classifier of a job."""
    train(job, device, SeamClassifier.model_validate(job.settings), build, lesson)


def lesson(options: SeamClassifier, of: Class) -> Lesson:
    """Two sizes of each view; with `crops`, of tiles that rough maps give tags to."""
    loss = partial(_loss, small_view=options.small_view)
    if options.crops is None:
        return Lesson(Views(of, options), loss)
    rough = of.inputs.stored[options.crops.rough]
    return Lesson(TileViews(of.catalogue, of.rows, rough, options.crops, options.augmentation), loss)


def _loss(network: nn.Module, batch: Batch, *, small_view: float) -> torch.Tensor:
    pictures, wanted = batch
    large, small = network(pictures), network(smaller_view(pictures, small_view))
    with torch.autocast(pictures.device.type, enabled=False):  # half precision loses the 1e-5
        maps = (map_.float() for map_ in (*large, *small))
        return seam_loss(*maps, wanted).total
