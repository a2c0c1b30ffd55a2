"""Train a segmenter on masks."""

import importlib

import torch

from seedmask.job import Job
from seedmask.networks.segmenter import SegmenterNetwork
from seedmask.segmenters.networks import build_segmenter
from seedmask.segmenters.trained.options import SegmenterOptions
from seedmask.training.epochs import Batch
from seedmask.training.on_masks import train_on_masks


def run(job: Job, device: str) -> None:
    """Train the segmenter of a job."""
    options = SegmenterOptions.model_validate(job.settings)
    loss = importlib.import_module(options.loss.runs).build(options.loss)
    weak = options.loss.of_weak_labels

    def build(options: SegmenterOptions, classes: int) -> SegmenterNetwork:
        return build_segmenter(options, classes)

    def of_masks(network: SegmenterNetwork, batch: Batch) -> torch.Tensor:
        images, labels = batch
        return network.training_loss(network(images), labels, loss)

    def of_weak_labels(network: SegmenterNetwork, batch: Batch) -> torch.Tensor:
        images, labels, shown = batch
        features, logits = network.decoded(images)
        return loss(features, logits, labels, shown)

    train_on_masks(job, device, options, build, of_weak_labels if weak else of_masks, weak=weak)
