"""Train a segmenter on masks."""

import importlib

import torch
from torch import nn

from pipeline.config.segmenters import Segmenter
from pipeline.job import Job
from pipeline.machines.epochs import Batch
from pipeline.stages.loops.mask_lesson import train_on_masks


def run(job: Job, device: str) -> None:
    """Train the segmenter of a job."""
    options = Segmenter.model_validate(job.settings)
    loss = importlib.import_module(options.loss.runs).of(options.loss)
    weak = options.loss.of_weak_labels
    architecture = importlib.import_module(options.arch.runs)

    def build(options: Segmenter, classes: int) -> nn.Module:
        return architecture.build(options.arch, options, classes + 1)

    def of_masks(network: nn.Module, batch: Batch) -> torch.Tensor:
        pictures, labels = batch
        return network.training_loss(network(pictures), labels, loss)

    def of_weak_labels(network: nn.Module, batch: Batch) -> torch.Tensor:
        pictures, labels, shown = batch
        features, logits = network.decoded(pictures)
        return loss(features, logits, labels, shown)

    train_on_masks(job, device, options, build, of_weak_labels if weak else of_masks, weak=weak)
