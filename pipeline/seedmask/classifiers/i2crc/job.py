"""Train I2CRC's classifier: tags, and distances of scores that saliency measures."""

import torch

from seedmask.classifiers.i2crc.network import I2crcClassifier, build
from seedmask.classifiers.i2crc.options import I2crcOptions, RelationWeights
from seedmask.classifiers.i2crc.samples import SalientViews
from seedmask.classifiers.training import Objective, TrainingContext, train
from seedmask.job import Job
from seedmask.methods.relation import i2crc_loss
from seedmask.training.epochs import Batch


def run(job: Job, device: str) -> None:
    """Train the classifier of a job."""
    train(job, device, I2crcOptions.model_validate(job.settings), build, objective)


def objective(options: I2crcOptions, context: TrainingContext[I2crcClassifier]) -> Objective[I2crcClassifier]:
    """Views with their saliency, and the classification loss with the three distances."""
    saliency = context.inputs.stored[options.saliency]

    def loss(network: I2crcClassifier, batch: Batch) -> torch.Tensor:
        images, labels, salient = batch
        scores = network.score_maps(images)
        with torch.autocast(images.device.type, enabled=False):  # half precision loses the 1e-5
            return total_loss(scores.float(), salient, labels, options.loss)

    return Objective(SalientViews(context.catalogue, context.rows, saliency, options), loss)


def total_loss(
    scores: torch.Tensor, saliency: torch.Tensor, labels: torch.Tensor, weights: RelationWeights
) -> torch.Tensor:
    """Loss of a batch with the weights of the options."""
    return i2crc_loss(
        scores,
        saliency,
        labels,
        weights=(weights.w_object, weights.w_background, weights.w_class),
        saliency_power=weights.saliency_power,
        min_saliency=weights.min_saliency,
        select=weights.select,
        detach=weights.detach,
    ).total
