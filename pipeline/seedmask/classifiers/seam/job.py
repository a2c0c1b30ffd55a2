"""Train SEAM on whole images, or on PMM's tiles."""

from functools import partial

import torch

from seedmask.classifiers.seam.network import SeamClassifier, build
from seedmask.classifiers.seam.options import SeamOptions
from seedmask.classifiers.seam.samples import TileViews
from seedmask.classifiers.training import AugmentedImages, Objective, TrainingContext, train
from seedmask.job import Job
from seedmask.methods.seam import seam_loss, smaller_view
from seedmask.training.epochs import Batch


def run(job: Job, device: str) -> None:
    """Train the classifier of a job."""
    train(job, device, SeamOptions.model_validate(job.settings), build, objective)


def objective(options: SeamOptions, context: TrainingContext[SeamClassifier]) -> Objective[SeamClassifier]:
    """Two sizes of each view; with `crops`, views of tiles whose tags come from rough CAMs."""
    loss = partial(_loss, small_view=options.small_view)
    if options.crops is None:
        return Objective(AugmentedImages(context, options), loss)
    rough = context.inputs.stored[options.crops.rough]
    return Objective(TileViews(context.catalogue, context.rows, rough, options.crops, options.augmentation), loss)


def _loss(network: SeamClassifier, batch: Batch, *, small_view: float) -> torch.Tensor:
    images, labels = batch
    large, small = network(images), network(smaller_view(images, small_view))
    with torch.autocast(images.device.type, enabled=False):  # half precision loses the 1e-5
        return seam_loss(
            large.scores.float(), large.refined.float(), small.scores.float(), small.refined.float(), labels
        ).total
