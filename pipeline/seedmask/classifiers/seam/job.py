"""Train SEAM on whole pictures, or on PMM's tiles."""

from functools import partial

import torch
from torch import nn

from seedmask.classifiers.seam.network import build
from seedmask.classifiers.seam.options import SeamOptions
from seedmask.classifiers.seam.views import TileViews
from seedmask.classifiers.training import AugmentedImages, Objective, TrainingContext, train
from seedmask.job import Job
from seedmask.methods.seam import seam_loss, smaller_view
from seedmask.training.epochs import Batch


def run(job: Job, device: str) -> None:
    """Train the classifier of a job."""
    train(job, device, SeamOptions.model_validate(job.settings), build, objective)


def objective(options: SeamOptions, context: TrainingContext) -> Objective:
    """Two sizes of each view; with `crops`, of tiles that rough maps give tags to."""
    loss = partial(_loss, small_view=options.small_view)
    if options.crops is None:
        return Objective(AugmentedImages(context, options), loss)
    rough = context.inputs.stored[options.crops.rough]
    return Objective(TileViews(context.catalogue, context.rows, rough, options.crops, options.augmentation), loss)


def _loss(network: nn.Module, batch: Batch, *, small_view: float) -> torch.Tensor:
    pictures, wanted = batch
    large, small = network(pictures), network(smaller_view(pictures, small_view))
    with torch.autocast(pictures.device.type, enabled=False):  # half precision loses the 1e-5
        maps = (map_.float() for map_ in (*large, *small))
        return seam_loss(*maps, wanted).total
