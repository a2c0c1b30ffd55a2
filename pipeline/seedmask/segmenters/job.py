"""Train a segmenter on masks."""

import importlib

import torch
from torch import nn

from seedmask.job import Job
from seedmask.segmenters.options import SegmenterOptions
from seedmask.training.epochs import Batch
from seedmask.training.on_masks import train_on_masks


def run(job: Job, device: str) -> None:
    """Train the segmenter of a job."""
    options = SegmenterOptions.model_validate(job.settings)
    loss = importlib.import_module(options.loss.runs).build(options.loss)
    weak = options.loss.of_weak_labels
    architecture = importlib.import_module(options.arch.runs)

    def build(options: SegmenterOptions, classes: int) -> nn.Module:
        return architecture.build(options.arch, options, classes + 1)

    def of_masks(network: nn.Module, batch: Batch) -> torch.Tensor:
        pictures, labels = batch
        return network.training_loss(network(pictures), labels, loss)

    def of_weak_labels(network: nn.Module, batch: Batch) -> torch.Tensor:
        pictures, labels, shown = batch
        features, logits = network.decoded(pictures)
        return loss(features, logits, labels, shown)

    train_on_masks(job, device, options, build, of_weak_labels if weak else of_masks, weak=weak)
