"""Train I2CRC's classifier: tags, and distances of scores that saliency measures."""

import torch

from seedmask.classifiers.i2crc.network import I2crcClassifier as Network
from seedmask.classifiers.i2crc.network import build
from seedmask.classifiers.i2crc.options import I2crcOptions, RelationWeights
from seedmask.classifiers.i2crc.views import SalientViews
from seedmask.classifiers.training import Objective, TrainingContext, train
from seedmask.job import Job
from seedmask.methods.relation import i2crc_loss
from seedmask.training.epochs import Batch


def run(job: Job, device: str) -> None:
    """Train the classifier of a job."""
    train(job, device, I2crcOptions.model_validate(job.settings), build, objective)


def objective(options: I2crcOptions, context: TrainingContext) -> Objective:
    """Views with their saliency, and the classification with the three distances."""
    saliency = context.inputs.stored[options.saliency]

    def loss(network: Network, batch: Batch) -> torch.Tensor:
        pictures, labels, salient = batch
        maps = network.score_maps(pictures)
        with torch.autocast(pictures.device.type, enabled=False):  # half precision loses the 1e-5
            return total_loss(maps.float(), salient, labels, options.loss)

    return Objective(SalientViews(context.catalogue, context.rows, saliency, options), loss)


def total_loss(
    maps: torch.Tensor, saliency: torch.Tensor, labels: torch.Tensor, weights: RelationWeights
) -> torch.Tensor:
    """Loss of a batch with the weights of the options."""
    return i2crc_loss(
        maps,
        saliency,
        labels,
        weights=(weights.w_object, weights.w_background, weights.w_class),
        saliency_power=weights.saliency_power,
        min_saliency=weights.min_saliency,
        select=weights.select,
        detach=weights.detach,
    ).total
